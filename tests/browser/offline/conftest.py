"""A patient who has just gone home, with a phone of either kind and a line that can be cut."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext

from recovery import create_app
from recovery.clock import system_now
from recovery.domain.visit import VisitState
from recovery.services.sign_in import Lifetimes, begin
from recovery.store.database import db
from recovery.store.sign_ins import Face
from tests.addresses import step_page
from tests.browser.firefox import Firefox
from tests.browser.line import Line
from tests.browser.live import LiveServer
from tests.browser.offline.phone import Phone
from tests.browser.screens import ChromiumScreen, FirefoxScreen
from tests.builders import a_clinic, a_patient, a_visit, a_visit_at_the_door
from tests.conftest import settings_for

COOKIE = "homeward-patient"


class Rosa:
    """Somebody signed in: the cookie, the visit they have come home from, the next one."""

    def __init__(self, app: Flask, name: str = "Rosa Delgado", **changes: Any) -> None:
        now = system_now()
        with app.app_context():
            patient = a_patient(a_clinic(name=f"Clinic of {name}"), name=name)
            gone: dict[str, Any] = {
                "state": VisitState.DISCHARGED.value,
                "arrived_at": now - timedelta(hours=4),
                "started_at": now - timedelta(hours=3),
                "ended_at": now - timedelta(hours=2),
                "left_at": now - timedelta(minutes=10),
            }
            visit = a_visit_at_the_door(patient, **(gone | changes))
            next_visit = a_visit(
                patient, visit.protocol_version, start_at=now + timedelta(days=5), booked_at=now
            )
            lives = Lifetimes(timedelta(days=30), timedelta(days=30))
            self.cookie = begin(Face.PATIENT, patient.clinic_id, patient.id, "test", lives, now)
            self.id, self.visit, self.next_visit = patient.id, visit.id, next_visit.id
            db.session.commit()

    @property
    def last_questions(self) -> str:
        return f"/me/visits/{self.visit}/check-ins/last-questions"

    def step(self, name: str) -> str:
        return step_page(self.next_visit, name)


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The app on the machine's own clock: the phone's clock is real too."""
    app = create_app(settings_for(sqlite_url, tmp_path))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def line(app: Flask, live_server: Callable[..., LiveServer]) -> Iterator[Line]:
    line = Line(app, live_server)
    yield line
    line.close()


@pytest.fixture
def rosa(app: Flask) -> Rosa:
    return Rosa(app)


@pytest.fixture(params=["chromium", "firefox"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which browser: each test that takes a phone runs in both."""
    return str(request.param)


@pytest.fixture
def phone(request: pytest.FixtureRequest, kind: str, line: Line, rosa: Rosa) -> Phone:
    """Rosa's phone, with the worker in charge and her home page kept."""
    phone: Phone = request.getfixturevalue(f"{kind}_phone_on_line")
    phone.sign_in(rosa.cookie)
    phone.settle_in()
    return phone


@pytest.fixture
def chromium_phone_on_line(line: Line, chromium_phone: Callable[..., BrowserContext]) -> Phone:
    context = chromium_phone()
    page = context.new_page()

    def give(cookie: str) -> None:
        context.clear_cookies(name=COOKIE)
        if cookie:
            context.add_cookies([{"name": COOKIE, "value": cookie, "url": line.url}])

    def twice(path: str) -> None:
        context.new_page().goto(line.url + path)

    return Phone(line, ChromiumScreen(page), give, lambda: page.go_back() and None, twice)


@pytest.fixture
def firefox_phone_on_line(line: Line, firefox: Firefox) -> Iterator[Phone]:
    def give(cookie: str) -> None:
        if not firefox.url.startswith(line.url):
            firefox.navigate(f"{line.url}/code")
        firefox.command("WebDriver:DeleteCookie", name=COOKIE)
        if cookie:
            said = {"name": COOKIE, "value": cookie, "httpOnly": True, "path": "/"}
            firefox.command("WebDriver:AddCookie", cookie=said)

    def twice(path: str) -> None:
        here = firefox.command("WebDriver:GetWindowHandle")["value"]
        other = firefox.command("WebDriver:NewWindow", type="tab", focus=True)["handle"]
        firefox.switch(other)
        firefox.navigate(line.url + path)
        firefox.switch(here)

    firefox.navigate(f"{line.url}/code")
    firefox.command("WebDriver:DeleteAllCookies")
    yield Phone(
        line,
        FirefoxScreen(firefox),
        give,
        lambda: firefox.command("WebDriver:Back"),
        twice,
    )
    here, *others = firefox.windows()
    for other in others:
        firefox.switch(other)
        firefox.command("WebDriver:CloseWindow")
    firefox.switch(here)
    firefox.navigate("about:blank")
