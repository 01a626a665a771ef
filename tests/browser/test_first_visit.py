"""A phone's first visit is light: few bytes, few requests, nothing from elsewhere, nothing kept."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, BrowserContext

from recovery.web.headers import CONTENT_SECURITY_POLICY
from tests.browser.chromium import phone_look
from tests.browser.wire_meter import Answer, MeteredServer
from tests.gallery import GALLERY
from tests.gallery.entry import Entry
from tests.gallery.house import House, open_house
from tests.waiting import until

pytestmark = pytest.mark.browser

MOST_BYTES: Final = 50_000
MOST_REQUESTS: Final = 10
QUIET: Final = 500
"""Milliseconds without a request, after which a page has asked for all that it wants."""
#: What follows these in an address only chooses the words of a page. /me has many pages.
ALIKE: Final = re.compile(r"(/(?:steps|check-ins|help|red-flags|notices|fails-with)/)[^a].*")
VARIOUS: Final = "/me"
#: What would make a browser ask the person.
COUNT_PROMPTS: Final = """window.prompts = 0;
for (const [whose, what] of [
  [Notification, "requestPermission"], [PushManager.prototype, "subscribe"],
]) whose[what] = async () => void (window.prompts += 1);"""


def one_of_each() -> list[Entry]:
    """Of the pages that a phone may open first, one of each kind."""
    found: dict[tuple[str, str], Entry] = {}
    for entry in GALLERY:
        if entry.face in {"public", "patient", "driver"} and entry.sends is None:
            state = entry.name.split("-")[1] if entry.address == VARIOUS else ""
            found.setdefault((ALIKE.sub(r"\1", entry.address), state), entry)
    return list(found.values())


every_page: Final = pytest.mark.parametrize(
    "entry", one_of_each(), ids=lambda entry: str(entry.name)
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("first-visits")
    copy = shutil.copyfile(sqlite_template, folder / "homeward.db")
    with open_house(f"sqlite:///{copy}", folder) as house:
        yield house


@pytest.fixture(scope="module")
def server(house: House) -> Iterator[MeteredServer]:
    server = MeteredServer(house.app)
    yield server
    server.stop()


@dataclass
class Visit:
    """What a phone that had seen nothing yet asked for when it opened a page."""

    answers: list[Answer]
    elsewhere: list[str]
    prompts: int

    @property
    def at_once(self) -> list[Answer]:
        """All but what the service worker keeps ahead while nobody waits for it."""
        return [answer for answer in self.answers if not answer.is_kept_ahead]


@pytest.fixture(scope="module")
def first_visit(
    house: House, server: MeteredServer, chromium_pages: Browser
) -> Callable[[Entry], Visit]:
    """Call it with a page; each is opened once."""

    @cache
    def visit(entry: Entry) -> Visit:
        situation = house.situation_of(entry)
        phone = chromium_pages.new_context(**phone_look())
        for name, value in situation.cookies.items():
            cookie = {"name": name, "value": value, "url": server.url}
            phone.add_cookies([cookie])  # type: ignore[list-item]
        asked: list[str] = []
        phone.on("request", lambda request: asked.append(request.url))
        phone.add_init_script(COUNT_PROMPTS)
        server.answers.clear()
        path = entry.address.format(**situation.names)
        prompts = open_and_wait(phone, server, path, entry.status)
        phone.close()
        others = [url for url in asked if not url.startswith(f"{server.url}/")]
        # The phone before this one was put away: then its worker keeps the plan.
        return Visit([each for each in server.answers if each.path != "/me/keep"], others, prompts)

    return visit


def open_and_wait(phone: BrowserContext, server: MeteredServer, path: str, status: int) -> int:
    """Open a page and stay until it asks for nothing more; how often it would have prompted."""
    page = phone.new_page()
    answer = page.goto(server.url + path)
    assert answer is not None
    assert answer.status == status
    # A browser with a window reads it by itself, to see whether the page can be installed.
    phone.new_cdp_session(page).send("Page.getAppManifest")
    until(lambda: any("manifest" in each.path for each in server.answers), what="the manifest")
    seen = -1
    while seen != len(server.answers):
        seen = len(server.answers)
        page.wait_for_timeout(QUIET)
    return int(page.evaluate("window.prompts"))


@every_page
def test_a_first_visit_takes_few_bytes_and_requests(
    first_visit: Callable[[Entry], Visit], artefacts: Path, entry: Entry
) -> None:
    visit = first_visit(entry)
    line = f"{entry.name:28} {weight(visit.at_once)}; kept for later too: {weight(visit.answers)}\n"
    with (artefacts / "first-visits.txt").open("a", encoding="utf-8") as book:
        book.write(line)
    assert len(visit.at_once) <= MOST_REQUESTS, [answer.path for answer in visit.at_once]
    assert total(visit.at_once) <= MOST_BYTES
    assert total([each for each in visit.answers if not each.is_a_clinics_look]) <= MOST_BYTES


@every_page
def test_phone_46_no_page_asks_anybody_else_for_anything(
    first_visit: Callable[[Entry], Visit], entry: Entry
) -> None:
    assert first_visit(entry).elsewhere == []


@every_page
def test_phone_01_no_page_prompts_when_it_is_opened(
    first_visit: Callable[[Entry], Visit], entry: Entry
) -> None:
    assert first_visit(entry).prompts == 0


@every_page
def test_every_answer_of_a_first_visit_is_guarded_and_only_files_are_stored(
    first_visit: Callable[[Entry], Visit], entry: Entry
) -> None:
    for answer in first_visit(entry).answers:
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert answer.headers["Cache-Control"] == how_long_kept(answer), answer.path
        if answer.headers["Cache-Control"] == "no-store":
            # Secrets in a page could be told by its length; our worker's requests nobody can forge.
            assert answer.is_kept_ahead or "Content-Encoding" not in answer.headers


def how_long_kept(answer: Answer) -> str:
    if answer.path.startswith(("/static/", "/logo/")):
        return "max-age=31536000, immutable, public"
    public = answer.path.startswith(("/sw.js", "/manifest.webmanifest"))
    return "no-cache" if public else "no-store"


def weight(answers: list[Answer]) -> str:
    return f"{len(answers):2} requests {total(answers) / 1000:5.1f} kB"


def total(answers: list[Answer]) -> int:
    return sum(answer.bytes for answer in answers)
