"""Besides the password: an authenticator app or a code on paper; each code works once."""

import re
from datetime import timedelta

import pyotp
import pytest
from flask import Flask

from recovery.domain.rights import StaffRole
from recovery.services.staff_accounts import new_staff
from recovery.store.clinics import Staff
from recovery.store.database import db
from tests.builders import a_clinic
from tests.clock import TestClock
from tests.visitor import Visitor

EMAIL, PASSWORD = "nora@clinic.example", "correct horse battery"
DOOR = "/staff/sign-in"


@pytest.fixture(autouse=True)
def _nora(app: Flask) -> None:
    with app.app_context():
        new_staff(a_clinic(is_demo=False), "Nora Weiss", EMAIL, StaffRole.NURSE, PASSWORD)
        db.session.commit()


def password(client: Visitor) -> str:
    answer = client.submit(DOOR, {"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 303
    return str(answer.location)


def shown_secret(client: Visitor) -> str:
    found = re.search(r'<code class="link">([A-Z2-7]{32})</code>', client.get("/staff/me").text)
    assert found is not None
    return found[1]


def set_up(client: Visitor, clock: TestClock) -> pyotp.TOTP:
    """Sign in for the first time and take an authenticator app."""
    password(client)
    app = pyotp.TOTP(shown_secret(client))
    answer = client.submit("/staff/me", {"code": app.at(clock())}, to="/staff/me/app")
    assert answer.location == "/staff/me/codes"
    return app


def another_browser(app: Flask) -> Visitor:
    client = app.test_client()
    assert isinstance(client, Visitor)
    return client


def test_nobody_works_before_a_second_factor_is_set_up(client: Visitor) -> None:
    assert password(client) == "/staff/"
    for page in ("/staff/", "/staff/patients", "/staff/alerts", "/staff/me/codes"):
        assert client.get(page).location == "/staff/me"
    assert "One more thing before you begin" in client.get("/staff/me").text


def test_a_demo_clinic_asks_for_no_second_factor(app: Flask, client: Visitor) -> None:
    with app.app_context():
        demo = a_clinic()
        new_staff(demo, "Dee", "dee@demo.example", StaffRole.NURSE, PASSWORD)
        db.session.commit()
    client.submit(DOOR, {"email": "dee@demo.example", "password": PASSWORD})
    assert client.get("/staff/").status_code == 200


def test_an_app_is_taken_only_when_its_code_is_right(client: Visitor, clock: TestClock) -> None:
    password(client)
    wrong = pyotp.TOTP(pyotp.random_base32()).at(clock())
    answer = client.submit("/staff/me", {"code": wrong}, to="/staff/me/app")
    assert answer.status_code == 422
    assert client.get("/staff/").location == "/staff/me"


def test_after_the_password_the_code_is_asked_and_opens(
    app: Flask, client: Visitor, clock: TestClock
) -> None:
    authenticator = set_up(client, clock)
    clock.move(by=timedelta(minutes=5))
    tablet = another_browser(app)
    assert password(tablet) == "/staff/sign-in/second"
    assert tablet.get("/staff/").status_code == 302
    answer = tablet.submit("/staff/sign-in/second", {"code": authenticator.at(clock())})
    assert (answer.status_code, answer.location) == (303, "/staff/")
    assert tablet.get("/staff/").status_code == 200


def test_a_code_works_once_and_not_the_one_before_it_either(
    app: Flask, client: Visitor, clock: TestClock
) -> None:
    authenticator = set_up(client, clock)
    tablet = another_browser(app)
    password(tablet)
    used, before = authenticator.at(clock()), authenticator.at(clock() - timedelta(seconds=30))
    for code in (used, before, "000000", "", "x" * 40):
        assert tablet.submit("/staff/sign-in/second", {"code": code}).status_code == 422
    clock.move(by=timedelta(seconds=30))
    code = authenticator.at(clock())
    assert tablet.submit("/staff/sign-in/second", {"code": code}).status_code == 303


def test_guessing_codes_is_limited(app: Flask, client: Visitor, clock: TestClock) -> None:
    authenticator = set_up(client, clock)
    clock.move(by=timedelta(minutes=1))
    tablet = another_browser(app)
    password(tablet)
    answers = [
        tablet.submit("/staff/sign-in/second", {"code": "123456"}).status_code for _ in range(11)
    ]
    assert answers == [422] * 10 + [429]
    right = {"code": authenticator.at(clock())}
    assert tablet.submit("/staff/sign-in/second", right).status_code == 429


def test_a_code_on_paper_opens_once(app: Flask, client: Visitor, clock: TestClock) -> None:
    set_up(client, clock)
    made = client.submit("/staff/me/codes").text
    codes = re.findall(r'<code class="link">([^<]+)</code>', made)
    assert len(codes) == 10
    assert codes[0] not in client.get("/staff/me/codes").text
    tablet = another_browser(app)
    password(tablet)
    typed = codes[0].lower().replace("-", " ")
    assert tablet.submit("/staff/sign-in/second", {"code": typed}).status_code == 303
    assert "Codes left: 9." in tablet.get("/staff/me").text
    second = another_browser(app)
    password(second)
    assert second.submit("/staff/sign-in/second", {"code": codes[0]}).status_code == 422


def test_the_second_page_is_nobodys_without_the_password(client: Visitor) -> None:
    assert client.get("/staff/sign-in/second").status_code == 401


def test_the_door_closes_after_ten_minutes_and_with_a_changed_password(
    app: Flask, client: Visitor, clock: TestClock
) -> None:
    set_up(client, clock)
    tablet = another_browser(app)
    password(tablet)
    clock.move(by=timedelta(minutes=11))
    assert tablet.get("/staff/sign-in/second").status_code == 401
    password(tablet)
    with app.app_context():
        db.session.query(Staff).one().password_hash = "another"
        db.session.commit()
    assert tablet.get("/staff/sign-in/second").status_code == 401


def test_an_answer_that_is_no_passkey_is_refused(
    app: Flask, client: Visitor, clock: TestClock
) -> None:
    set_up(client, clock)
    token = {"X-CSRFToken": client.token("/staff/me")}
    for body in ({}, [], {"id": "a"}, {"id": "a", "rawId": "a", "response": {}}, "x"):
        asked = client.post("/staff/me/passkeys/question", headers=token)
        assert asked.json is not None
        assert asked.json["rp"] == {"id": "localhost", "name": "Homeward"}
        answer = client.post("/staff/me/passkeys", json=body, headers=token)
        assert answer.status_code == 422, body
    assert client.post("/staff/me/passkeys", json={}, headers=token).status_code == 422
