"""The way to a deadline stays true on an open page, whatever the phone's own clock says."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from recovery.store.sign_ins import Face
from recovery.web.access import cookie_name
from tests.addresses import step_page
from tests.browser.live import LiveServer
from tests.builders import a_clinic, a_patient, a_visit, signed_in
from tests.clock import TestClock

pytestmark = pytest.mark.browser

#: Wednesday 5:30 in New York: the last food before a visit at 11:30.
FOOD = datetime.fromisoformat("2026-03-04T05:30-05:00")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What a page counts down to does not depend on the database."""
    return sqlite_url


@pytest.fixture
def step_on(
    app: Flask,
    clock: TestClock,
    live_server: Callable[[Flask], LiveServer],
    chromium_phone: Callable[..., BrowserContext],
) -> Callable[..., Page]:
    """The step “Last food”, nine hours and a half before; the phone's clock is months ahead.
    Call it with what `phone_look` takes."""
    clock.move(to=FOOD - timedelta(hours=9, minutes=30))
    server = live_server(app)
    with app.app_context():
        patient = a_patient(a_clinic())
        visit = a_visit(patient, start_at=FOOD + timedelta(hours=6)).id
        cookie = signed_in(app.test_client(), Face.PATIENT, patient).get_cookie(
            cookie_name(Face.PATIENT)
        )
    assert cookie is not None
    name, value = cookie.key, cookie.value

    def open_on(**look: Any) -> Page:
        phone = chromium_phone(**look)
        phone.add_cookies([{"name": name, "value": value, "url": server.url}])
        page = phone.new_page()
        page.clock.install(time=datetime.fromisoformat("2026-11-25T12:00Z"))
        page.goto(server.url + step_page(visit, "food"))
        return page

    return open_on


@pytest.fixture
def step(step_on: Callable[..., Page]) -> Page:
    return step_on()


def test_the_countdown_goes_on_by_the_servers_clock(step: Page) -> None:
    left = step.locator("[data-away]")
    expect(left).to_have_text("in 9 hours")
    step.clock.fast_forward("08:40:00")
    expect(left).to_have_text("in 49 minutes")


def test_when_the_time_has_come_the_page_says_since_when(step: Page) -> None:
    expect(step.locator("[data-since]")).to_contain_text("Not after Wednesday 5:30")
    step.context.set_offline(True)
    step.clock.fast_forward("09:31:00")
    expect(step.locator("[data-since]")).to_have_text(
        "Since 5:30\N{NARROW NO-BREAK SPACE}AM on Wednesday: nothing to eat, no milk, no gum"
    )
    expect(step.locator("[data-away]")).to_have_count(0)


@pytest.mark.parametrize(
    ("locale", "clinics", "own"),
    [
        ("en-US", "5:30\N{NARROW NO-BREAK SPACE}AM", "10:30\N{NARROW NO-BREAK SPACE}AM"),
        ("en-GB", "05:30", "10:30"),
    ],
)
def test_both_clocks_count_their_hours_as_the_readers_country_does(
    step_on: Callable[..., Page], locale: str, clinics: str, own: str
) -> None:
    page = step_on(locale=locale, timezone_id="Europe/London")
    expect(page.locator("[data-since]")).to_have_text(f"Not after Wednesday {clinics}")
    expect(page.locator("[data-own-zone]")).to_have_text(f"On this phone’s clock: Wednesday {own}")
