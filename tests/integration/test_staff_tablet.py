"""A tablet that several people share: locked by a tap or by time, back by the password alone."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from recovery.domain.rights import StaffRole
from recovery.services.staff_accounts import new_staff
from recovery.store.database import db
from tests.builders import a_clinic
from tests.clock import TestClock
from tests.visitor import Visitor

PASSWORD = "correct horse battery"
DOOR, AGAIN = "/staff/sign-in", "/staff/sign-in/again"


@pytest.fixture(autouse=True)
def _people(app: Flask) -> None:
    with app.app_context():
        clinic = a_clinic()
        new_staff(clinic, "Nora Weiss", "nora@clinic.example", StaffRole.NURSE, PASSWORD)
        new_staff(clinic, "Jo Berg", "jo@clinic.example", StaffRole.PROVIDER, PASSWORD + "!")
        db.session.commit()


def enter(client: Visitor, name: str = "nora", password: str = PASSWORD) -> int:
    form = {"email": f"{name}@clinic.example", "password": password}
    return client.submit(DOOR, form).status_code


def resting(client: Visitor) -> dict[str, str]:
    """Who may come back on this tablet, by name."""
    found = re.findall(
        r'name="who" value="(\d+)".*?<b>([^<]+)</b>', client.get(DOOR).text, re.DOTALL
    )
    return {name: number for number, name in found}


def come_back(client: Visitor, who: str, password: str, onward: str = "") -> int:
    form = {"who": who, "again": password, "next": onward}
    return client.submit(DOOR, form, to=AGAIN).status_code


def test_a_locked_tablet_shows_nothing_and_opens_by_the_password(client: Visitor) -> None:
    enter(client)
    assert client.submit("/staff/", to="/staff/rest").location == DOOR
    assert client.get("/staff/").status_code == 302
    who = resting(client)["Nora Weiss"]
    assert come_back(client, who, "guess") == 422
    assert client.get("/staff/").status_code == 302
    assert come_back(client, who, PASSWORD) == 303
    assert client.get("/staff/").status_code == 200


def test_a_tablet_that_nobody_touched_rests_by_itself(client: Visitor, clock: TestClock) -> None:
    enter(client)
    clock.move(by=timedelta(minutes=31))
    assert client.get("/staff/").status_code == 302
    assert come_back(client, resting(client)["Nora Weiss"], PASSWORD) == 303


def test_who_comes_back_goes_on_where_they_were(client: Visitor) -> None:
    enter(client)
    client.submit("/staff/", to="/staff/rest")
    form = {"who": resting(client)["Nora Weiss"], "again": PASSWORD, "next": "/staff/patients"}
    assert client.submit(DOOR, form, to=AGAIN).location == "/staff/patients"


def test_two_people_hand_one_tablet_to_and_fro(client: Visitor) -> None:
    enter(client)
    client.submit("/staff/", to="/staff/rest")
    enter(client, "jo", PASSWORD + "!")
    assert "Jo Berg" in client.get("/staff/").text
    client.submit("/staff/", to="/staff/rest")
    assert resting(client).keys() == {"Nora Weiss", "Jo Berg"}
    assert come_back(client, resting(client)["Nora Weiss"], PASSWORD + "!") == 422
    assert come_back(client, resting(client)["Nora Weiss"], PASSWORD) == 303
    assert "Nora Weiss" in client.get("/staff/").text


def test_somebody_who_signs_out_does_not_rest(client: Visitor) -> None:
    enter(client)
    client.submit("/staff/", to="/staff/sign-out")
    assert resting(client) == {}


def test_nobody_rests_longer_than_a_day_of_work(client: Visitor, clock: TestClock) -> None:
    enter(client)
    who = client.get("/staff/") and resting(client)
    assert who == {}
    clock.move(by=timedelta(hours=11))
    number = resting(client)["Nora Weiss"]
    clock.move(by=timedelta(hours=2))
    assert resting(client) == {}
    assert come_back(client, number, PASSWORD) == 303
    assert client.get("/staff/").status_code == 302


def test_five_wrong_passwords_end_the_short_way(client: Visitor) -> None:
    enter(client)
    client.submit("/staff/", to="/staff/rest")
    who = resting(client)["Nora Weiss"]
    assert [come_back(client, who, "guess") for _ in range(6)] == [422] * 5 + [429]
    assert come_back(client, who, PASSWORD) == 429


def test_who_does_not_rest_here_cannot_come_back_here(app: Flask, client: Visitor) -> None:
    enter(client)
    client.submit("/staff/", to="/staff/rest")
    who = resting(client)["Nora Weiss"]
    stranger = app.test_client()
    assert isinstance(stranger, Visitor)
    assert come_back(stranger, who, PASSWORD) == 303
    assert stranger.get("/staff/").status_code == 302


def test_a_stranger_who_guesses_locks_nobody_out_of_their_own_browser(
    app: Flask, client: Visitor
) -> None:
    enter(client)
    client.submit("/staff/", to="/staff/sign-out")
    stranger = app.test_client()
    assert isinstance(stranger, Visitor)
    assert [enter(stranger, password="guess") for _ in range(11)][-1] == 429
    assert enter(stranger) == 429
    assert enter(client) == 303
