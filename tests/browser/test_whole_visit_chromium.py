"""The same visit in Chromium at phone size, with a picture of every page, on PostgreSQL."""

import shutil
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from recovery import config
from recovery.delivery.endpoints import AllowedHosts
from recovery.delivery.keys import Vapid, load_key
from recovery.delivery.push import PushSender
from recovery.worker import Worker, worker_for
from tests.browser import fake_fcm as google
from tests.browser.chromium import Chromium
from tests.browser.collage import collage
from tests.browser.fake_fcm import FakeFcm
from tests.browser.homeward import served
from tests.browser.journey import Cast, at_the_desk, whole_visit
from tests.browser.live import LiveServer
from tests.browser.notifications import Shown
from tests.browser.people import Driver, Patient
from tests.browser.screens import ChromiumScreen

#: What the README shows.
JOURNEY = (
    "patient-*-preparation",
    "patient-*-food",
    "driver-*-asked",
    "driver-*-ready",
    "patient-*-wait",
    "patient-*-over",
)
pytestmark = [pytest.mark.browser, pytest.mark.screenshots]


def worker_on_the_way_to(fcm: FakeFcm) -> Callable[[Flask], Worker]:
    """Return how a worker is made whose way to Google's host ends on this machine."""

    def make(app: Flask) -> Worker:
        with app.app_context():
            settings = config.current()
        sender = PushSender(
            Vapid(load_key(settings.vapid_private_key.get_secret_value()), settings.vapid_subject),
            AllowedHosts(extra=frozenset({google.HOST}), loopback=True),
            routes=fcm.route,
            tls=ssl.create_default_context(cafile=str(fcm.trusted)),
        )
        return worker_for(app, sender)

    return make


def test_the_whole_visit_on_a_phone_with_a_picture_of_every_page(
    chromium: Chromium,
    chromium_pages: Browser,
    fake_fcm: FakeFcm,
    chromium_phone: Callable[..., BrowserContext],
    live_server: Callable[..., LiveServer],
    postgresql_url: str,
    tmp_path: Path,
    artefacts: Path,
) -> None:
    pictures = artefacts / "chromium"
    shutil.rmtree(pictures, ignore_errors=True)
    faults: list[str] = []

    def watched(page: Page) -> Page:
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        return page

    with served(
        postgresql_url,
        tmp_path,
        live_server,
        worker_on_the_way_to(fake_fcm),
        extra_push_hosts=(google.HOST,),
    ) as homeward:
        phone = ChromiumScreen(watched(chromium.open(f"{homeward.url}/offline")))
        sam = ChromiumScreen(watched(chromium_phone().new_page()))

        def tap(notice: Shown) -> None:
            phone.page = watched(chromium.click_opens(notice.id))

        whole_visit(
            homeward,
            Cast(
                rosa=Patient("patient", phone, homeward.url, pictures),
                sam=Driver("driver", sam, homeward.url, pictures),
                nora=at_the_desk(homeward, chromium_phone, pictures),
                phone=chromium.desktop,
                open_notice=tap,
            ),
        )
    assert faults == []
    collage(chromium_pages, [only(pictures, name) for name in JOURNEY], artefacts / "journey.png")


def only(pictures: Path, name: str) -> Path:
    """The picture whose name ends so, whatever its number."""
    [found] = pictures.glob(f"{name}.png")
    return found
