"""The main job in real Firefox: sign up, allow notices, go through the visit, be kept safe."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.firefox import Firefox
from tests.browser.homeward import served
from tests.browser.journey import Cast, at_the_desk, shown, whole_visit
from tests.browser.live import LiveServer
from tests.browser.notifications import Shown
from tests.browser.people import Driver, Patient
from tests.browser.screens import FirefoxScreen
from tests.waiting import until

pytestmark = pytest.mark.browser


def opener(firefox: Firefox) -> Callable[[Shown], None]:
    """Return how a notification is clicked: its page opens in a new tab or in an old one."""

    def click(notice: Shown) -> None:
        before = set(firefox.windows())
        firefox.desktop.click(notice.id)
        until(
            lambda: "/notices/" in firefox.url or set(firefox.windows()) - before,
            what="the page of the notice",
        )
        for tab in set(firefox.windows()) - before:
            firefox.switch(tab)
        until(lambda: "/notices/" in firefox.url, what="the page of the notice")

    return click


def test_the_whole_visit_from_the_welcome_link_to_the_end_of_the_wait(
    firefox_of: Callable[[str], Firefox],
    chromium_phone: Callable[..., BrowserContext],
    live_server: Callable[..., LiveServer],
    sqlite_url: str,
    tmp_path: Path,
    artefacts: Path,
) -> None:
    with served(sqlite_url, tmp_path, live_server) as homeward:
        phone, second = firefox_of("patient"), firefox_of("driver")
        url, pictures = homeward.url, artefacts / "firefox"
        sam = Driver("driver", FirefoxScreen(second), url, pictures)
        cast = Cast(
            rosa=Patient("patient", FirefoxScreen(phone), url, pictures),
            sam=sam,
            nora=at_the_desk(homeward, chromium_phone, pictures),
            phone=phone.desktop,
            open_notice=opener(phone),
        )
        sam.allows = True
        whole_visit(homeward, cast)
        shown(second.desktop, homeward.desk.protocol(), "you-have-the-patient")
