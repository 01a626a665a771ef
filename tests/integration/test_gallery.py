"""The gallery has every page, each in the state that its name says, and each is well made."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from flask import Response, request, request_finished, template_rendered
from sqlalchemy import select
from werkzeug.test import TestResponse

from recovery.config import ROOT
from recovery.store.audit import AuditRow
from recovery.store.database import db
from recovery.web.staff_timeline_words import VERBS
from tests.gallery import GALLERY
from tests.gallery.entry import Entry
from tests.gallery.house import House, open_house
from tests.page_parts import PageParts
from tests.page_words import PageWords
from tests.spanish_reader import Reader
from tests.visitor import Visitor

#: Bytes of a page alone, sent as it is, that leave room for what it loads within 50,000.
HEAVIEST_PAGE: Final = 14_000
#: Answer scripts and other machines, not people.
FOR_MACHINES = {
    "calendar_feed.feed",
    "clinic_look.logo",
    "clinic_look.style",
    "devices.driver_device",
    "devices.form_token",
    "devices.patient_device",
    "driver.state",
    "driver_calendar.calendar",
    "health.healthz",
    "metrics.metrics",
    "patient_calendar.calendar",
    "patient_keep.keep",
    "patient_notices.state",
    "pwa.manifest",
    "pwa.worker",
    "staff_board.pulse",
    "staff_reach.state",
    "static",
}


class Walked:
    """What was answered to each entry, in both languages; and which templates and views spoke."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], TestResponse] = {}
        self.templates: set[str] = set()
        self.views: set[str | None] = set()

    def pages(self) -> Iterator[tuple[Entry, str, TestResponse]]:
        for entry in GALLERY:
            for language in ("en", "es"):
                yield entry, language, self.answers[entry.name, language]


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("gallery")
    copy = folder / "gallery.db"
    copy.write_bytes(sqlite_template.read_bytes())
    with open_house(f"sqlite:///{copy}", folder) as house:
        yield house


@pytest.fixture(scope="module")
def walked(house: House) -> Walked:
    """Walk through the gallery once in each language, without scripts."""
    walked = Walked()

    def seen(_app: Any, template: Any, **_more: Any) -> None:
        walked.templates.add(template.name)

    def answered(_app: Any, response: Response, **_more: Any) -> None:
        if request.method == "GET" and response.status_code < 400:
            walked.views.add(request.endpoint)

    heard = template_rendered.connected_to(seen, house.app)
    with heard, request_finished.connected_to(answered, house.app):
        for language in ("en", "es"):
            house.speak(language)
            for entry in GALLERY:
                walked.answers[entry.name, language] = house.answer(entry)
    return walked


def test_no_two_entries_have_the_same_name() -> None:
    assert [name for name, n in Counter(entry.name for entry in GALLERY).items() if n > 1] == []


def test_every_entry_is_answered_as_it_says(walked: Walked) -> None:
    answered = {entry.name: page.status_code for entry, _, page in walked.pages()}
    assert answered == {entry.name: entry.status for entry in GALLERY}


def test_what_a_script_uncovers_is_there_and_hidden(walked: Walked) -> None:
    for entry, _, page in walked.pages():
        assert entry.shows.strip("[]").partition("=")[0] in page.text, entry.name


def test_every_page_is_in_the_gallery(house: House, walked: Walked) -> None:
    for_people = {
        rule.endpoint
        for rule in house.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint not in FOR_MACHINES
    }
    assert for_people - walked.views - {"fail"} == set()


def test_every_template_is_seen_in_the_gallery(walked: Walked) -> None:
    folder = ROOT / "templates"
    pages = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.html")
        if "{% extends" in path.read_text(encoding="utf-8")
    }
    frames = {name for name in pages if name.startswith("layouts/") or name.endswith("/base.html")}
    assert pages - frames - walked.templates == set()


def test_every_page_has_one_heading_a_title_and_no_id_twice(walked: Walked) -> None:
    for entry, language, page in walked.pages():
        parts = PageParts(page.text)
        assert parts.count("h1") == 1, entry.name
        assert parts.title.removesuffix("– Homeward").strip(), entry.name
        assert [name for name, n in Counter(parts.ids).items() if n > 1] == [], entry.name
        assert parts.of("html")[0]["lang"] == language, entry.name


def test_every_label_names_its_field_and_every_description_is_there(walked: Walked) -> None:
    for entry, _, page in walked.pages():
        parts = PageParts(page.text)
        for name in ("for", "aria-describedby", "aria-labelledby"):
            for words in parts.values(name):
                assert set(words.split()) <= set(parts.ids), (entry.name, words)


def test_phone_36_errors_have_a_focused_summary_with_links_and_error_in_the_title(
    walked: Walked,
) -> None:
    for entry, _, page in walked.pages():
        parts = PageParts(page.text)
        summaries = [given for given in parts.of("div") if given.get("class") == "errors"]
        if entry.face != "styleguide":
            assert parts.title.startswith("Error:") == bool(summaries), entry.name
        if entry.name.endswith("-errors"):
            assert page.status_code == 422, entry.name
        if page.status_code == 422 and entry.name != "public-error-422":
            [summary] = summaries
            assert (summary["tabindex"], summary["role"]) == ("-1", "alert")
            assert "data-focus" in summary
            links = {link.removeprefix("#") for link in parts.links_within("errors")}
            assert links or not entry.name.endswith("-errors"), entry.name
            assert links <= set(parts.ids), entry.name


def test_phone_41_spanish_is_complete_on_every_page_in_every_state(
    house: House, walked: Walked
) -> None:
    reader = Reader(Visitor(house.app))
    for entry, language, page in walked.pages():
        if language == "es" and entry.face != "styleguide":
            reader.must_understand(page.text, entry.name)
            assert PageParts(page.text).of("html")[0]["lang"] == "es", entry.name


def test_no_page_of_a_phone_in_any_state_is_heavier_than_a_first_visit_allows(
    walked: Walked,
) -> None:
    """The heaviest kinds of page are weighed in a browser: with less than 12,000 bytes of their own
    they take 44 kB. All else that they load is the same in every state."""
    phones = {"public", "patient", "driver"}
    heavy = {
        (entry.name, language): len(page.data)
        for entry, language, page in walked.pages()
        if entry.face in phones and len(page.data) > HEAVIEST_PAGE
    }
    assert heavy == {}


def test_phone_16_without_scripts_there_is_no_button_that_does_nothing(walked: Walked) -> None:
    for entry, _, page in walked.pages():
        if entry.face != "styleguide":
            assert PageParts(page.text).for_scripts == [], entry.name


def test_phone_46_no_page_asks_anybody_else_for_anything(walked: Walked) -> None:
    for entry, _, page in walked.pages():
        parts = PageParts(page.text)
        fetched = [*parts.values("src"), *parts.values("srcset"), *parts.values("action")]
        fetched += [str(given.get("href")) for given in (*parts.of("link"), *parts.of("use"))]
        assert [url for url in fetched if urlsplit(url).netloc or urlsplit(url).scheme] == []
        assert parts.of("iframe") == parts.of("embed") == parts.of("object") == [], entry.name


def test_phone_46_the_policy_lets_a_browser_ask_nobody_else_and_no_file_names_anybody(
    walked: Walked,
) -> None:
    for entry, _, page in walked.pages():
        policy = dict(
            part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; ")
        )
        fetched = {name: whence for name, whence in policy.items() if name.endswith("-src")}
        assert fetched.pop("default-src") == "'none'", entry.name
        assert set(fetched.values()) == {"'self'"}, entry.name
        assert policy["form-action"] == "'self'", entry.name
    for path in (ROOT / "static").rglob("*"):
        if path.suffix in {".css", ".js"}:
            assert "//" not in re.sub(r"(^|\s)//.*|/\*.*?\*/", "", path.read_text("utf-8")), (
                path.name
            )


def test_phone_38_what_was_typed_is_still_there_when_something_is_wrong(walked: Walked) -> None:
    for entry, _, page in walked.pages():
        if entry.status != 422 or not entry.sends:
            continue
        fields = {
            given.get("name", ""): given
            for given in PageParts(page.text).of("input")
            if given.get("type") not in {"radio", "checkbox"} or "checked" in given
        }
        for name, value in entry.sends.items():
            secret = fields.get(name, {}).get("autocomplete") in {
                "current-password",
                "new-password",
                "one-time-code",
            }
            if value and not secret:
                assert fields[name]["value"] == value, (entry.name, name)


def test_phone_33_nothing_needs_a_drag_a_swipe_or_a_long_press(walked: Walked) -> None:
    gestures = ("touch", "pointer", "drag", "swipe", "contextmenu", "mousedown", "mousemove")
    for script in (ROOT / "static").rglob("*.js"):
        heard = set(re.findall(r'(?:addEventListener\(|\bon)"?(\w+)"?', script.read_text("utf-8")))
        assert [name for name in heard if name.startswith(gestures)] == [], script.name
    for entry, _, page in walked.pages():
        assert PageParts(page.text).values("draggable") == [], entry.name


def test_whoever_has_no_visit_still_finds_whom_to_call_for_help(walked: Walked) -> None:
    for language in ("en", "es"):
        page = walked.answers["patient-help-without-visit", language]
        assert PageParts(page.text).links_within("emergency") == ["tel:911", "tel:+12125550100"]


def test_people_read_phone_numbers_as_people_write_them(walked: Walked) -> None:
    for entry, _, page in walked.pages():
        assert re.search(r"\+1\d{10}", " ".join(PageWords(page.text).pieces)) is None, entry.name


def test_a_timeline_has_words_for_all_that_is_in_the_trail(walked: Walked, house: House) -> None:
    with house.app.app_context():
        rows = select(AuditRow.subject, AuditRow.verb).where(AuditRow.visit_id.is_not(None))
        found = {(subject, verb) for subject, verb in db.session.execute(rows.distinct())}
    assert ("patient", "looked") in found
    assert found - VERBS.keys() == set()
