"""The plan fits on three sheets of either size, and the driver's part is a sheet of its own."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from recovery.store.clinics import StaffRole
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face
from recovery.web.access import cookie_name
from tests.browser.live import LiveServer
from tests.builders import a_clinic, a_patient, a_staff, a_visit, signed_in

pytestmark = pytest.mark.browser

PAGE = re.compile(rb"/Type\s*/Page\b")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Paper is the same on any database."""
    return sqlite_url


@pytest.fixture(params=["en", "es"])
def paper(
    request: pytest.FixtureRequest,
    app: Flask,
    live_server: Callable[[Flask], LiveServer],
    chromium_phone: Callable[..., BrowserContext],
) -> Page:
    """The longest paper: with a welcome link, at the desk."""
    server = live_server(app)
    with app.app_context():
        patient: Patient = a_patient(a_clinic(), language=request.param)
        visit = a_visit(patient).id
        staff = a_staff(patient.clinic, StaffRole.FRONT_DESK)
        cookie = signed_in(app.test_client(), Face.STAFF, staff).get_cookie(cookie_name(Face.STAFF))
    assert cookie is not None
    desk = chromium_phone(width=1024, height=768, scheme="dark")
    desk.add_cookies([{"name": cookie.key, "value": cookie.value, "url": server.url}])
    page = desk.new_page()
    page.goto(f"{server.url}/staff/visits/{visit}/paper")
    page.locator(".paper-bar form button").click()
    expect(page.locator(".qr")).to_be_visible()
    return page


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_the_plan_fits_on_three_sheets(paper: Page, size: str) -> None:
    assert len(PAGE.findall(paper.pdf(format=size))) == 3


def test_paper_is_black_on_white_whatever_the_light(paper: Page) -> None:
    paper.emulate_media(media="print")
    ink = "element => getComputedStyle(element).color"
    assert paper.locator(".sheet h1").evaluate(ink) == "rgb(0, 0, 0)"
    expect(paper.locator(".paper-bar")).to_be_hidden()


def test_one_tap_opens_the_print_dialog(paper: Page) -> None:
    paper.evaluate("window.print = () => document.title = 'printed'")
    paper.locator("[data-print]").click()
    expect(paper).to_have_title("printed")


def test_paper_on_a_small_screen_in_large_text_does_not_scroll_sideways(paper: Page) -> None:
    paper.set_viewport_size({"width": 320, "height": 640})
    paper.evaluate("document.documentElement.style.fontSize = '200%'")
    assert paper.evaluate("document.documentElement.scrollWidth") == 320
