"""A phone's first visit is light: few bytes, few requests, nothing from elsewhere, nothing kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask, Response
from playwright.sync_api import Browser, BrowserContext, expect

from recovery import create_app
from recovery.clock import system_now
from recovery.domain.ride import RideState
from recovery.services.audit import Actor
from recovery.services.ride_links import ride_link
from recovery.services.welcome import make_welcome_link
from recovery.store.sign_ins import Face
from recovery.web.access import cookie_name
from recovery.web.headers import CONTENT_SECURITY_POLICY
from recovery.web.joining import joined
from tests.browser.chromium import phone_look
from tests.browser.live import LiveServer
from tests.browser.wire_meter import Answer, MeteredServer
from tests.builders import a_clinic, a_patient, a_ride, a_staff, a_visit, signed_in
from tests.conftest import settings_for
from tests.notices import a_discharged_visit
from tests.waiting import until

pytestmark = pytest.mark.browser

MOST_BYTES: Final = 50_000
MOST_REQUESTS: Final = 10
FOR_EVER: Final = "max-age=31536000, immutable, public"
QUIET: Final = 700
"""Milliseconds without a request, after which a page has asked for all that it wants."""
NAMES: Final = (
    *("welcome", "code", "ride-link", "offline", "wait", "check-in", "help", "allow"),
    *("settle", "day", "step", "name-driver", "ride", "driver-allow", "driver-help"),
)
Place = tuple[Face | None, str, str]
"""Who is signed in, the cookie's value, the address."""


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[MeteredServer]:
    """The app on the machine's own clock."""
    folder = tmp_path_factory.mktemp("first-visit")
    (folder / "homeward.db").write_bytes(sqlite_template.read_bytes())
    server = MeteredServer(create_app(settings_for(f"sqlite:///{folder / 'homeward.db'}", folder)))
    yield server
    server.stop()


def places_in(app: Flask) -> dict[str, Place]:
    """Pages that patients and drivers may open first."""
    now = system_now()
    with app.app_context():
        clinic = a_clinic()
        waiting, coming = a_patient(clinic), a_patient(clinic)
        gone = a_discharged_visit(waiting, now)
        visit = a_visit(coming, gone.protocol_version, start_at=now + timedelta(days=2))
        ride, asked = a_ride(visit), a_ride(visit, RideState.ASKED, phone="+12125550178", code="")
        link = ride_link(asked.id, Actor("patient", coming.id), now).token
        welcome = make_welcome_link(a_staff(clinic), coming.id, now)
        tokens: dict[Any, Any] = {}
        for face, person in (
            (Face.PATIENT, waiting),
            (Face.PATIENT, coming),
            (Face.DRIVER, ride.contact),
        ):
            client = signed_in(app.test_client(), face, person, now)
            cookie = client.get_cookie(cookie_name(face))
            assert cookie is not None
            tokens[person.id, face] = cookie.value
        at_home, before = tokens[waiting.id, Face.PATIENT], tokens[coming.id, Face.PATIENT]
        driver = tokens[ride.contact.id, Face.DRIVER]
        here, there = f"/me/visits/{visit.id}", f"/me/visits/{gone.id}"
        return {
            "welcome": (None, "", f"/welcome/{welcome}"),
            "code": (None, "", "/code"),
            "ride-link": (None, "", f"/ride/{link}"),
            "offline": (None, "", "/offline"),
            "wait": (Face.PATIENT, at_home, "/me"),
            "check-in": (Face.PATIENT, at_home, f"{there}/check-ins/last-questions"),
            "help": (Face.PATIENT, at_home, "/me/help"),
            "allow": (Face.PATIENT, at_home, "/me/notices/allow"),
            "settle": (Face.PATIENT, at_home, "/me/settle"),
            "day": (Face.PATIENT, before, "/me"),
            "step": (Face.PATIENT, before, f"{here}/steps/health"),
            "name-driver": (Face.PATIENT, before, f"{here}/driver/name"),
            "ride": (Face.DRIVER, driver, f"/driver/rides/{ride.id}"),
            "driver-allow": (Face.DRIVER, driver, f"/driver/rides/{ride.id}/notices"),
            "driver-help": (Face.DRIVER, driver, f"/driver/rides/{ride.id}/help"),
        }


@pytest.fixture(scope="module")
def places(server: MeteredServer) -> dict[str, Place]:
    return places_in(server.app)  # type: ignore[arg-type]


@dataclass
class Visit:
    """What a phone that had seen nothing yet asked for when it opened a page."""

    answers: list[Answer]
    elsewhere: list[str]

    @property
    def at_once(self) -> list[Answer]:
        """All but what the service worker keeps ahead while nobody waits for it."""
        return [answer for answer in self.answers if not answer.is_kept_ahead]


@pytest.fixture(scope="module")
def first_visit(
    server: MeteredServer, places: dict[str, Place], chromium_pages: Browser
) -> Callable[[str], Visit]:
    """Call it with a page's name; each is opened once."""

    @cache
    def visit(name: str) -> Visit:
        face, token, address = places[name]
        phone = chromium_pages.new_context(**phone_look())
        if face:
            cookie = {"name": f"homeward-{face.value}", "value": token, "url": server.url}
            phone.add_cookies([cookie])  # type: ignore[list-item]
        asked: list[str] = []
        phone.on("request", lambda request: asked.append(request.url))
        server.answers.clear()
        open_and_wait(phone, server, server.url + address)
        phone.close()
        others = [url for url in asked if not url.startswith(f"{server.url}/")]
        return Visit(list(server.answers), others)

    return visit


def open_and_wait(phone: BrowserContext, server: MeteredServer, url: str) -> None:
    """Open a page and stay until it asks for nothing more."""
    page = phone.new_page()
    answer = page.goto(url)
    assert answer is not None
    assert answer.ok
    # A browser with a window reads it by itself, to see whether the page can be installed.
    phone.new_cdp_session(page).send("Page.getAppManifest")
    until(lambda: any("manifest" in each.path for each in server.answers), what="the manifest")
    seen = -1
    while seen != len(server.answers):
        seen = len(server.answers)
        page.wait_for_timeout(QUIET)


@pytest.mark.parametrize("name", NAMES)
def test_a_first_visit_takes_few_bytes_and_requests(
    first_visit: Callable[[str], Visit], artefacts: Path, name: str
) -> None:
    visit = first_visit(name)
    line = f"{name:12} {weight(visit.at_once)}; kept for later too: {weight(visit.answers)}\n"
    with (artefacts / "first-visits.txt").open("a", encoding="utf-8") as book:
        book.write(line)
    assert len(visit.at_once) <= MOST_REQUESTS, [answer.path for answer in visit.at_once]
    assert total(visit.answers) <= MOST_BYTES


@pytest.mark.parametrize("name", NAMES)
def test_phone_46_no_page_asks_anybody_else_for_anything(
    first_visit: Callable[[str], Visit], name: str
) -> None:
    assert first_visit(name).elsewhere == []


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_of_a_first_visit_is_guarded_and_only_files_are_stored(
    first_visit: Callable[[str], Visit], name: str
) -> None:
    for answer in first_visit(name).answers:
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        stored = answer.headers["Cache-Control"]
        if answer.headers["Content-Type"].startswith("text/html"):
            assert stored == "no-store", answer.path
            assert "Content-Encoding" not in answer.headers
        else:
            expected = FOR_EVER if answer.path.startswith("/static/") else "no-cache"
            assert stored == expected, answer.path


def weight(answers: list[Answer]) -> str:
    return f"{len(answers):2} requests {total(answers) / 1000:5.1f} kB"


def total(answers: list[Answer]) -> int:
    return sum(answer.bytes for answer in answers)


MODULES: Final = {
    "counter.js": "let count = 0;\nexport function next() {\n  return ++count;\n}\n",
    "names.js": "const inner = 'x';\nconst other = 'y';\nexport { inner as outer, other };\n",
    "first.js": 'import { next } from "./counter.js";\nexport const first = next();\n',
    "entry.js": (
        'import { first } from "./first.js";\nimport { next as more } from "./counter.js";\n'
        'import {\n  outer,\n  other as another,\n} from "./names.js";\n'
        "export async function later() {}\n"
        "document.title = [first, more(), outer, another, typeof later].join();\n"
    ),
}


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "joined"])
def test_joined_modules_do_what_they_do_one_by_one(
    live_server: Callable[..., LiveServer],
    chromium_phone: Callable[..., BrowserContext],
    tmp_path: Path,
    together: bool,
) -> None:
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text)
    site = Flask("site", static_folder=None)

    @site.get("/")
    def page() -> str:
        return '<!doctype html><script type="module" src="/entry.js"></script>'

    @site.get("/<name>")
    def script(name: str) -> Response:
        path = tmp_path / name
        return Response(joined(path) if together else path.read_bytes(), mimetype="text/javascript")

    opened = chromium_phone().new_page()
    opened.goto(live_server(site).url)
    expect(opened).to_have_title("1,2,x,y,function")
