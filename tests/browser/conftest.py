"""Browsers and push services live as long as the tests in this folder; servers one test each."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from tests.browser.chromium import Chromium, launch, phone_look
from tests.browser.fake_fcm import FakeFcm
from tests.browser.firefox import Firefox
from tests.browser.live import LiveServer, WsgiApp
from tests.push_service import PushService

ARTEFACTS = Path(__file__).parents[1] / "artefacts"


@pytest.fixture(scope="package")
def artefacts() -> Path:
    """The folder in which pictures of pages are kept after the run."""
    ARTEFACTS.mkdir(exist_ok=True)
    return ARTEFACTS


@pytest.fixture
def live_server() -> Iterator[Callable[[WsgiApp], LiveServer]]:
    """Call it with an app to have it served until the test ends."""
    running: list[LiveServer] = []

    def serve(app: WsgiApp) -> LiveServer:
        running.append(LiveServer(app))
        return running[-1]

    yield serve
    for server in running:
        server.stop()


@pytest.fixture(scope="package")
def push_service() -> Iterator[PushService]:
    with PushService() as service:
        yield service


@pytest.fixture(autouse=True)
def _no_fault_outlives_its_test(push_service: PushService) -> Iterator[None]:
    yield
    push_service.faults.clear()


@pytest.fixture(scope="package")
def firefox_of(
    push_service: PushService, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Firefox]]:
    """Call it with a name ("patient", "driver") for that person's Firefox, always the same."""
    running: dict[str, Firefox] = {}

    def open_for(who: str) -> Firefox:
        if who not in running:
            profile = tmp_path_factory.mktemp(f"firefox-{who}")
            running[who] = Firefox(profile, push_service.websocket_url).start()
        return running[who]

    yield open_for
    for browser in running.values():
        browser.close()


@pytest.fixture(scope="package")
def firefox(firefox_of: Callable[[str], Firefox]) -> Firefox:
    return firefox_of("patient")


@pytest.fixture(scope="package")
def playwright_driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def chromium_pages(playwright_driver: Playwright) -> Iterator[Browser]:
    """A Chromium for pages that need no push; `chromium_phone` opens them."""
    browser = launch(playwright_driver)
    yield browser
    browser.close()


@pytest.fixture
def chromium_phone(chromium_pages: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Call it with what `phone_look` takes for a fresh phone; it forgets all after the test."""
    contexts: list[BrowserContext] = []

    def pick_up(**look: Any) -> BrowserContext:
        contexts.append(chromium_pages.new_context(**phone_look(**look)))
        return contexts[-1]

    yield pick_up
    for context in contexts:
        context.close()


@pytest.fixture(scope="package")
def fake_fcm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeFcm]:
    fcm = FakeFcm(tmp_path_factory.mktemp("fcm"))
    yield fcm
    fcm.stop()


@pytest.fixture(scope="package")
def chromium(
    playwright_driver: Playwright, fake_fcm: FakeFcm, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chromium]:
    """A Chromium with a profile that lasts, real push through `fake_fcm`, and a desktop."""
    browser = Chromium(playwright_driver, tmp_path_factory.mktemp("chromium"), fake_fcm.flags)
    yield browser
    browser.close()
