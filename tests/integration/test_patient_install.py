"""The way onto the Home Screen: every way on one page, and the code among its steps."""

import re

import pytest
from flask import Flask

from recovery.store.sign_ins import Face
from recovery.web.install_ways import Way
from tests.builders import a_clinic, a_patient, signed_in
from tests.visitor import Visitor

SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/18.6 Safari/604.1"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The page is the same on any database."""
    return sqlite_url


@pytest.fixture
def patient(app: Flask, client: Visitor) -> Visitor:
    with app.app_context():
        signed_in(client, Face.PATIENT, a_patient(a_clinic()))
    return client


def shown(page: str) -> str:
    """The way whose steps are on the page."""
    return re.findall(r'data-install-ways="([a-z-]*)"', page)[0]


def test_the_browsers_own_way_is_shown_and_leads_to_all_others(patient: Visitor) -> None:
    page = patient.get("/me/install", headers={"User-Agent": SAFARI}).text
    assert shown(page) == "iphone-safari"
    others = re.findall(r'href="/me/install\?way=([a-z-]+)"', page)
    assert sorted([*others, "iphone-safari"]) == sorted(Way)


@pytest.mark.parametrize("way", list(Way))
def test_every_way_can_be_chosen_on_any_browser(patient: Visitor, way: Way) -> None:
    page = patient.get(f"/me/install?way={way}", headers={"User-Agent": SAFARI}).text
    assert shown(page) == way
    assert '<ol class="way-steps"' in page


def test_a_browser_that_nobody_knows_may_choose(patient: Visitor) -> None:
    page = patient.get("/me/install", headers={"User-Agent": "new"}).text
    assert shown(page) == ""
    assert page.count("/me/install?way=") == len(Way)
    assert "<details open>" in page


@pytest.mark.parametrize("way", [Way.IPHONE_SAFARI, Way.IPHONE_OTHER, Way.INSIDE])
def test_the_code_is_shown_among_the_steps_of_the_way_that_asked(
    app: Flask, patient: Visitor, way: Way
) -> None:
    page = patient.submit(f"/me/install?way={way}", {"way": way.value}, to="/me/install").text
    assert shown(page) == way
    [code] = re.findall(r'id="your-code">.*?<strong>([A-Z0-9 ]{9})</strong>', page, re.DOTALL)
    assert page.index('class="way-steps"') < page.index(code) < page.index("<details")
    other = app.test_client()
    assert isinstance(other, Visitor)
    assert other.submit("/code", {"code": code.lower()}).location == "/me/notices/allow"


@pytest.mark.parametrize("way", ["", "nowhere", "'; DROP TABLE"])
def test_an_odd_way_still_gets_its_code(patient: Visitor, way: str) -> None:
    form = {"way": way, "csrf_token": patient.token("/me/code")}
    answer = patient.post("/me/install", data=form, headers={"User-Agent": SAFARI})
    assert shown(answer.text) == "iphone-safari"
    assert 'id="your-code"' in answer.text


def test_looking_at_the_page_makes_no_code(patient: Visitor) -> None:
    assert 'id="your-code"' not in patient.get("/me/install").text


def test_a_phone_keeps_no_page_with_a_code_on_it(patient: Visitor) -> None:
    assert "X-Homeward-Keep" not in patient.get("/me/install").headers
    form = {"csrf_token": patient.token("/me/code")}
    assert "X-Homeward-Keep" not in patient.post("/me/install", data=form).headers


def test_drivers_have_no_such_page(app: Flask, client: Visitor) -> None:
    assert client.get("/me/install").status_code == 401
    assert client.get("/driver/install").status_code == 404
