"""One tap on the plan offers the visit to the phone's calendar; the plan stays where it was."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext

from recovery.store.sign_ins import Face
from recovery.web.access import cookie_name
from tests.browser.live import LiveServer
from tests.builders import a_clinic, a_patient, a_visit, signed_in
from tests.calendars import events_in

pytestmark = pytest.mark.browser


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """A link is the same on any database."""
    return sqlite_url


def test_a_tap_offers_the_visit_to_the_calendar(
    app: Flask,
    live_server: Callable[[Flask], LiveServer],
    chromium_phone: Callable[..., BrowserContext],
) -> None:
    server = live_server(app)
    with app.app_context():
        patient = a_patient(a_clinic())
        a_visit(patient)
        client = signed_in(app.test_client(), Face.PATIENT, patient)
        cookie = client.get_cookie(cookie_name(Face.PATIENT))
    assert cookie is not None
    phone = chromium_phone()
    phone.add_cookies([{"name": cookie.key, "value": cookie.value, "url": server.url}])
    page = phone.new_page()
    page.goto(f"{server.url}/me")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    with page.expect_download() as offered:
        page.get_by_role("link", name="Add to calendar").click()
    assert offered.value.suggested_filename == "visit.ics"
    assert len(events_in(Path(offered.value.path()).read_bytes())) == 6
    assert page.url == f"{server.url}/me"
