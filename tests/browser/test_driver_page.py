"""A driver's phone: one tap without JavaScript, a page that follows the visit by itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from recovery import create_app
from recovery.domain.ride import RideState
from recovery.domain.visit import VisitState
from recovery.services.audit import Actor
from recovery.services.ride_links import ride_link
from recovery.services.rides import withdraw_consent
from recovery.store.database import db
from recovery.store.rides import Promise, Ride
from recovery.store.sign_ins import Face
from recovery.store.visits import Visit
from recovery.web.access import cookie_name
from tests.browser.chromium import phone_look
from tests.browser.live import LiveServer
from tests.builders import NOW, a_clinic, a_patient, a_ride, a_visit, a_visit_at_the_door, signed_in
from tests.clock import TestClock
from tests.conftest import settings_for
from tests.waiting import until

pytestmark = pytest.mark.browser

LOOK_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"
HIDE = "Object.defineProperty(document, 'hidden', {get: () => true, configurable: true})"


@dataclass
class House:
    """A served app whose time only the test moves, with one patient who is resting."""

    app: Flask
    url: str
    visit: int
    ride: int
    patient: int
    cookie: dict[str, str]

    def set_visit(self, **changes: Any) -> None:
        with self.app.app_context():
            row = db.session.get_one(Visit, self.visit)
            for name, value in changes.items():
                setattr(row, name, value)
            db.session.commit()

    def open(self, context: BrowserContext) -> Page:
        """The driver's page, on the phone of the driver."""
        context.add_cookies([self.cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(f"{self.url}/driver/rides/{self.ride}")
        return page


@pytest.fixture
def house(
    sqlite_url: str, tmp_path: Path, live_server: Callable[..., LiveServer], clock: TestClock
) -> Iterator[House]:
    server = live_server(lambda *_: [])
    app = create_app(settings_for(sqlite_url, tmp_path, public_url=server.url), clock=clock)
    server.stop()
    server.app = app
    server.start()
    with app.app_context():
        resting = {"state": VisitState.RECOVERING.value, "ended_at": NOW, "ready_at": None}
        ride = a_ride(a_visit_at_the_door(a_patient(a_clinic()), **resting))
        client = signed_in(app.test_client(), Face.DRIVER, ride.contact)
        name = cookie_name(Face.DRIVER)
        cookie = client.get_cookie(name)
        assert cookie is not None
        held = {"name": name, "value": cookie.value, "url": server.url}
        found = House(app, server.url, ride.visit_id, ride.id, ride.visit.patient_id, held)
    yield found
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_the_page_follows_the_visit_by_itself(
    chromium_phone: Callable[..., BrowserContext], house: House
) -> None:
    page = house.open(chromium_phone())
    expect(page.locator("h1")).to_have_text("Rosa is resting")
    house.set_visit(state=VisitState.READY.value, ready_at=NOW)
    page.evaluate(LOOK_AGAIN)
    expect(page.locator("h1")).to_have_text("Rosa is ready")
    expect(page.locator(".code strong")).to_have_text("482 913")


def test_an_open_page_that_nobody_looks_at_asks_nothing(
    chromium_phone: Callable[..., BrowserContext], house: House
) -> None:
    page = house.open(chromium_phone())
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    with page.expect_response("**/state") as same:
        page.evaluate(LOOK_AGAIN)
    assert same.value.status == 304
    asked.clear()
    page.evaluate(HIDE)
    house.set_visit(state=VisitState.READY.value, ready_at=NOW)
    page.evaluate(LOOK_AGAIN)
    page.evaluate("fetch('/healthz')")
    until(lambda: [request for request in asked if "/healthz" in request.url], what="a request")
    assert not [request for request in asked if "/state" in request.url]
    expect(page.locator("h1")).to_have_text("Rosa is resting")


def test_phone_48_an_open_page_shows_nothing_more_when_the_consent_is_withdrawn(
    chromium_phone: Callable[..., BrowserContext], house: House
) -> None:
    page = house.open(chromium_phone())
    expect(page.locator("h1")).to_have_text("Rosa is resting")
    with house.app.app_context():
        withdraw_consent(house.ride, Actor("patient", house.patient), NOW)
    page.evaluate(LOOK_AGAIN)
    expect(page.locator("h1")).to_have_text("We could not find that page")
    assert "Rosa" not in page.content()
    page.go_back()
    assert "Rosa" not in page.content()


@pytest.mark.parametrize("locale", ["en-US", "es-MX"])
def test_one_tap_says_yes_without_javascript(
    chromium_pages: Browser, house: House, locale: str
) -> None:
    with house.app.app_context():
        patient = a_patient(a_clinic(name="Another"), name="Ana Ruiz", phone="+12125550155")
        visit = a_visit(patient, start_at=NOW + timedelta(days=1))
        asked = a_ride(visit, RideState.ASKED, code="", phone="+12125550166")
        link, key = ride_link(asked.id, Actor("patient", patient.id), NOW).token, asked.id
    plain = phone_look(320, 640, locale=locale) | {"java_script_enabled": False}
    context = chromium_pages.new_context(**plain)
    page = context.new_page()
    page.goto(f"{house.url}/ride/{link}")
    page.locator("main .button.primary").tap()
    expect(page).to_have_url(f"{house.url}/driver/rides/{key}/notices")
    with house.app.app_context():
        assert db.session.get_one(Ride, key).state == "accepted"
        promise = db.session.query(Promise).filter_by(ride_id=key).one()
        assert promise.language == locale[:2]
    context.close()
