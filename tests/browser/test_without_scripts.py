"""A browser in which scripts are off: everything but notices and offline pages works."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from recovery import create_app
from recovery.domain.protocol.questions import Question
from recovery.store.clinics import StaffRole
from recovery.store.database import db
from tests.browser.chromium import phone_look
from tests.browser.live import LiveServer
from tests.builders import NOW, a_clinic, a_protocol_version
from tests.builders_protocol import harmless, ketamine
from tests.clock import TestClock
from tests.conftest import settings_for
from tests.front_desk import Desk
from tests.visitor import Visitor

pytestmark = pytest.mark.browser

PHONE = phone_look() | {"java_script_enabled": False}
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> TestClock:
    return TestClock(NOW)


@pytest.fixture
def server(
    sqlite_url: str, tmp_path: Path, clock: TestClock, live_server: Callable[..., LiveServer]
) -> Iterator[LiveServer]:
    """The app at its own address, at a time that only the test moves."""
    server = live_server(lambda *_: [])
    app = create_app(settings_for(sqlite_url, tmp_path, public_url=server.url), clock=clock)
    app.test_client_class = Visitor
    server.stop()
    server.app = app
    server.start()
    yield server
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def desk(server: LiveServer, clock: TestClock) -> Desk:
    app = server.app
    assert isinstance(app, Flask)
    with app.app_context():
        clinic = a_clinic()
        a_protocol_version(clinic)
        clinic_id = clinic.id
    client = app.test_client()
    assert isinstance(client, Visitor)
    return Desk(client, clock, clinic_id, StaffRole.PROVIDER)


@pytest.fixture
def open_phone(chromium_pages: Browser) -> Iterator[Callable[[], Page]]:
    """Call it for a phone of its own whose browser runs no scripts."""
    contexts = []

    def pick_up() -> Page:
        contexts.append(chromium_pages.new_context(**PHONE))
        return contexts[-1].new_page()

    yield pick_up
    for context in contexts:
        context.close()


def test_phone_16_a_whole_visit_of_patient_and_driver_needs_no_script_and_no_installed_app(
    server: LiveServer, desk: Desk, clock: TestClock, open_phone: Callable[[], Page]
) -> None:
    rosa, sam = open_phone(), open_phone()
    visit, welcome = desk.invite(HOUR)
    come_in(rosa, server.url + welcome)
    prepare(rosa)
    say_yes(sam, name_driver(rosa, server.url, visit))
    desk.wait(60)
    desk.pass_the_gate(visit)
    assert desk.start(visit).status_code == 303
    rosa.goto(f"{server.url}/me")
    expect(rosa.locator("h1")).to_have_text("You are being looked after")
    desk.get_ready_to_go(visit)
    desk.done(visit, "ready")
    sam.goto(f"{server.url}/driver/")
    code = sam.locator(".code strong").inner_text().replace(" ", "")
    desk.done(visit, "code", code=code)
    desk.done(visit, "discharge")
    wait(rosa, server.url, clock)
    sam.goto(f"{server.url}/driver/")
    send(sam, 'form[action$="/home"]')
    expect(sam.locator("main")).to_contain_text("The clinic knows that you are home")
    end(rosa, server.url, clock)


def come_in(page: Page, link: str) -> None:
    """Welcome, language, and past the page on notices, which says why it cannot ask."""
    page.goto(link)
    page.locator("#born").fill("1988-04-12")
    send(page)
    send(page)
    expect(page.locator("noscript p")).to_be_visible()
    page.get_by_role("link", name="Not now").click()


def prepare(page: Page) -> None:
    """Follow the one primary button from step to step until nothing is left but the driver."""
    questions = {
        question.id: question
        for step in ketamine().preparation.steps
        for question in step.questions
    }
    for _ in ketamine().preparation.steps:
        if "/steps/" not in page.url:
            page.locator("main .button.primary").first.click()
        asked = [
            questions[name]
            for field in page.locator("fieldset").all()
            if (name := field.locator("input").first.get_attribute("name"))
        ]
        answer(page, asked)
        send(page)
    page.goto("/".join([*page.url.split("/")[:3], "me"]))
    expect(page.locator("main")).to_contain_text("Done")


def answer(page: Page, asked: Iterable[Question]) -> None:
    for question in asked:
        page.locator(f'input[name="{question.id}"][value="{harmless(question)}"]').check()


def name_driver(page: Page, url: str, visit: int) -> str:
    """Name a driver; the link is there to be sent, as words and as a text message."""
    page.goto(f"{url}/me/visits/{visit}/driver/name?role=driver")
    page.locator("#name").fill("Sam Rivera")
    page.locator("#phone").fill("(212) 555-0177")
    send(page)
    expect(page.locator('a[href^="sms:"]')).to_be_visible()
    expect(page.locator("[data-share]")).to_be_hidden()
    words = page.locator("#message").inner_text().split()
    return next(word for word in words if "/ride/" in word).rstrip(".")


def say_yes(page: Page, link: str) -> None:
    page.goto(link)
    send(page, 'form[action$="/accept"]')
    expect(page.locator("noscript p")).to_be_visible()
    page.get_by_role("link", name="Not now").click()
    expect(page.locator("h1")).to_contain_text("You take Rosa home")


def wait(page: Page, url: str, clock: TestClock) -> None:
    """The wait says what it says; help is there; a check-in is answered."""
    page.goto(f"{url}/me")
    expect(page.locator("h1")).to_have_text("Do not drive.")
    page.locator(".help a").last.click()
    expect(page.locator('main a[href="tel:911"]')).to_be_visible()
    clock.move(by=2 * HOUR + timedelta(minutes=5))
    page.goto(f"{url}/me")
    check_in(page, "later-2h")


def end(page: Page, url: str, clock: TestClock) -> None:
    """The last questions, the end of the wait, and signing out."""
    clock.move(by=24 * HOUR)
    page.goto(f"{url}/me")
    expect(page.locator("h1")).to_have_text("Do not drive.")
    check_in(page, "last-questions")
    page.goto(f"{url}/me")
    expect(page.locator("h1")).to_have_text("The clinic’s minimum wait has ended")
    page.goto(f"{url}/me/leave")
    send(page)
    expect(page.locator("h1")).to_have_text("You are signed out")


def check_in(page: Page, name: str) -> None:
    """Tap what the page asks for, answer as somebody who is well, and send."""
    asked = ketamine().check_in(name)
    assert asked is not None
    page.locator(f'main a[href*="/check-ins/{name}"]').first.click()
    answer(page, asked.questions)
    send(page)
    expect(page.locator("h1")).to_have_text("Received. Thank you")


def send(page: Page, form: str = "form[method=post]") -> None:
    """Press the button of a form and wait for the page that follows."""
    page.locator(f"main {form} button").first.click()
    page.wait_for_load_state()
