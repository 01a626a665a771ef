"""Without a connection the phone shows the last plan, keeps answers, and loses none of them."""

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import func, select

from recovery import create_app
from recovery.clock import system_now
from recovery.domain.visit import VisitState
from recovery.services.sign_in import Lifetimes, begin
from recovery.store.database import db
from recovery.store.sign_ins import Face
from recovery.store.visits import CheckInAnswer
from tests.browser.chromium import Chromium, deliver_push
from tests.browser.live import LiveServer
from tests.builders import a_clinic, a_patient, a_visit_at_the_door
from tests.conftest import settings_for
from tests.waiting import until

pytestmark = pytest.mark.browser

NEUTRAL = "A message for you"


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The app on the machine's own clock: the phone's clock is real too."""
    app = create_app(settings_for(sqlite_url, tmp_path))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def server(app: Flask, live_server: Callable[[Flask], LiveServer]) -> LiveServer:
    return live_server(app)


def sign_in(app: Flask, name: str = "Rosa Delgado") -> tuple[str, int]:
    """Add somebody who has just gone home; return the cookie and the visit."""
    now = system_now()
    with app.app_context():
        patient = a_patient(a_clinic(name=f"Clinic of {name}"), name=name)
        visit = a_visit_at_the_door(
            patient,
            state=VisitState.DISCHARGED.value,
            arrived_at=now - timedelta(hours=4),
            started_at=now - timedelta(hours=3),
            ended_at=now - timedelta(hours=2),
            left_at=now - timedelta(minutes=10),
        )
        lives = Lifetimes(timedelta(days=30), timedelta(days=30))
        cookie = begin(Face.PATIENT, patient.clinic_id, patient.id, "test", lives, now)
        db.session.commit()
        return cookie, visit.id


def give_cookie(context: BrowserContext, server: LiveServer, cookie: str) -> None:
    context.add_cookies([{"name": "homeward-patient", "value": cookie, "url": server.url}])


@pytest.fixture
def visit(app: Flask, server: LiveServer, phone: BrowserContext) -> int:
    cookie, visit = sign_in(app)
    give_cookie(phone, server, cookie)
    return visit


@pytest.fixture
def phone(chromium_phone: Callable[..., BrowserContext]) -> BrowserContext:
    return chromium_phone()


@pytest.fixture
def page(phone: BrowserContext, server: LiveServer, visit: int) -> Page:
    """The patient's home, with the service worker in charge of it."""
    page = phone.new_page()
    page.goto(f"{server.url}/me")
    until(lambda: page.evaluate("Boolean(navigator.serviceWorker.controller)"), what="the worker")
    page.reload()
    page.wait_for_load_state()
    until(lambda: kept(page) != [], what="a kept page")
    return page


def kept(page: Page) -> list[str]:
    script = """async () => {
      const names = (await caches.keys()).filter((name) => name.startsWith("pages-"));
      const keys = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
      return keys.flat().map((request) => new URL(request.url).pathname);
    }"""
    found: list[str] = page.evaluate(script)
    return found


def answer(page: Page, server: LiveServer, visit: int) -> None:
    """Open the last questions and say “I'm not sure” to each."""
    page.goto(f"{server.url}/me/visits/{visit}/check-ins/last-questions")
    for question in page.locator("fieldset").all():
        question.locator("input").last.check()


def recorded(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(CheckInAnswer.id))) or 0


def test_without_a_connection_the_last_page_is_shown_with_when_it_was_saved(
    page: Page, server: LiveServer
) -> None:
    server.stop()
    page.reload()
    expect(page.locator("h1")).to_have_text(re.compile("Do not drive"))
    expect(page.locator("[data-kept]")).to_contain_text("This page was saved on")


def test_a_page_never_read_before_gives_the_numbers(page: Page, server: LiveServer) -> None:
    server.stop()
    page.goto(f"{server.url}/me/settle")
    expect(page.locator("h1")).to_have_text("No connection")
    expect(page.locator('a[href="tel:911"]')).to_be_visible()


def test_an_answer_given_offline_waits_and_is_sent_once(
    app: Flask, page: Page, server: LiveServer, visit: int
) -> None:
    answer(page, server, visit)
    server.stop()
    page.locator("form[data-check-in] button").click()
    expect(page.locator("[data-waiting]")).to_contain_text("Saved on this phone, not sent yet")
    assert recorded(app) == 0
    server.start()
    page.goto(f"{server.url}/me")
    until(lambda: recorded(app) == 1, what="the answer")
    expect(page.locator("[data-waiting]")).to_be_hidden()
    page.reload()
    time.sleep(0.2)
    assert recorded(app) == 1


def test_an_answer_with_a_connection_is_sent_at_once(
    app: Flask, page: Page, server: LiveServer, visit: int
) -> None:
    answer(page, server, visit)
    page.locator("form[data-check-in] button").click()
    expect(page.locator("h1")).to_have_text("Received. Thank you")
    assert recorded(app) == 1


def test_a_captive_portal_takes_no_answer_away(
    app: Flask, page: Page, server: LiveServer, visit: int
) -> None:
    answer(page, server, visit)
    portal = "**/check-ins/**"
    page.route(portal, lambda route: route.fulfill(status=200, body="<h1>Welcome</h1>"))
    page.locator("form[data-check-in] button").click()
    expect(page.locator("[data-waiting]")).to_be_visible()
    page.unroute(portal)
    page.locator("[data-send]").click()
    until(lambda: recorded(app) == 1, what="the answer")


def test_signing_out_warns_of_answers_and_leaves_nothing_behind(
    page: Page, server: LiveServer, visit: int
) -> None:
    answer(page, server, visit)
    server.stop()
    page.locator("form[data-check-in] button").click()
    expect(page.locator("[data-waiting]")).to_be_visible()
    server.start()
    page.route("**/form-token", lambda route: route.abort())
    page.goto(f"{server.url}/me/leave")
    expect(page.locator("[data-would-be-lost]")).to_be_visible()
    page.locator("form[data-leave] button").click()
    expect(page.locator("h1")).to_have_text("You are signed out")
    until(lambda: page.evaluate("caches.keys()") == [], what="empty caches")


def test_the_next_person_never_sees_the_last_ones_pages(
    app: Flask, page: Page, phone: BrowserContext, server: LiveServer
) -> None:
    second, _ = sign_in(app, "Ana Second")
    give_cookie(phone, server, second)
    page.goto(f"{server.url}/me/help")
    until(lambda: kept(page) == ["/me/help"], what="only the second person's pages")
    server.stop()
    page.goto(f"{server.url}/me")
    expect(page.locator("h1")).to_have_text("No connection")


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "not json",
        "[]",
        json.dumps({"web_push": 8030}),
        json.dumps({"notification": {"title": "T", "navigate": "https://evil.example/"}}),
        json.dumps({"notification": {"title": "", "navigate": "/me"}}),
        json.dumps({"notification": {"title": "T", "navigate": "/me", "data": {"not_after": 1}}}),
    ],
)
def test_every_push_shows_one_notice_whatever_it_says(
    app: Flask, chromium: Chromium, server: LiveServer, payload: str
) -> None:
    page = _page_with_push(app, chromium, server)
    push(page, payload)
    time.sleep(0.2)
    assert len(_shown(page)) == 1
    assert NEUTRAL in [notice["title"] for notice in _shown(page)]
    page.close()


def test_a_notice_in_time_is_shown_as_it_was_written(
    app: Flask, chromium: Chromium, server: LiveServer
) -> None:
    page = _page_with_push(app, chromium, server)
    said = {"title": "Last food", "body": "Nothing after 5:30", "navigate": "/me", "tag": "x"}
    push(page, json.dumps({"web_push": 8030, "notification": said}))
    assert [(n["title"], n["body"]) for n in _shown(page)] == [("Last food", "Nothing after 5:30")]
    page.close()


def push(page: Page, payload: str) -> None:
    """Deliver a push; the debugger loses one in fifty on a busy machine, which shows nothing."""
    for patience in (5, 20):
        deliver_push(page, payload)
        try:
            until(lambda: _shown(page) != [], patience, "a notice")
        except AssertionError:
            continue
        return
    raise AssertionError("no notice was shown")


def _page_with_push(app: Flask, chromium: Chromium, server: LiveServer) -> Page:
    cookie, _ = sign_in(app)
    give_cookie(chromium.context, server, cookie)
    page = chromium.open(f"{server.url}/me")
    script = "navigator.serviceWorker.ready.then((worker) => worker.active.state)"
    until(lambda: page.evaluate(script) == "activated", what="the worker")
    # The debugger finds a worker only once the browser has stored it.
    until(lambda: kept(page) or page.reload(), what="a page that the worker kept")
    return page


def _shown(page: Page) -> list[dict[str, Any]]:
    script = """async () => {
      const worker = await navigator.serviceWorker.ready;
      return (await worker.getNotifications()).map(({ title, body }) => ({ title, body }));
    }"""
    found: list[dict[str, Any]] = page.evaluate(script)
    return found
