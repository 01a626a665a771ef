"""A phone's first visit is light: few bytes, few requests, nothing from elsewhere, nothing kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, cast

import pytest
from flask import Flask, Response
from playwright.sync_api import Browser, BrowserContext, expect

from recovery import create_app
from recovery.clock import system_now
from recovery.web.headers import CONTENT_SECURITY_POLICY
from recovery.web.joining import joined
from tests.browser.chromium import phone_look
from tests.browser.live import LiveServer
from tests.browser.wire_meter import Answer, MeteredServer
from tests.conftest import settings_for
from tests.phone_pages import Place, phone_pages
from tests.waiting import until

pytestmark = pytest.mark.browser

MOST_BYTES: Final = 50_000
MOST_REQUESTS: Final = 10
FOR_EVER: Final = "max-age=31536000, immutable, public"
QUIET: Final = 700
"""Milliseconds without a request, after which a page has asked for all that it wants."""
NAMES: Final = (
    *("welcome", "code", "ride-link", "offline", "wait", "check_in", "help", "allow"),
    *("settle", "day", "step", "driver", "ride", "ride_allow", "ride_help"),
)


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


@pytest.fixture(scope="module")
def places(server: MeteredServer) -> dict[str, Place]:
    app = cast(Flask, server.app)
    with app.app_context():
        return phone_pages(app, system_now())


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
        place = places[name]
        phone = chromium_pages.new_context(**phone_look())
        if place.cookie:
            cookie = {"name": place.cookie, "value": place.token, "url": server.url}
            phone.add_cookies([cookie])  # type: ignore[list-item]
        asked: list[str] = []
        phone.on("request", lambda request: asked.append(request.url))
        server.answers.clear()
        open_and_wait(phone, server, server.url + place.path)
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
