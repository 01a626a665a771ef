"""Staff sign in: the right password only, few tries, one answer, local pages, rotated rows."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.services.staff_accounts import new_staff
from recovery.store.clinics import Staff, StaffRole
from recovery.store.database import db
from recovery.store.sign_ins import SignIn
from recovery.web.staff_sign_in import local_only
from tests.builders import a_clinic
from tests.clock import TestClock
from tests.visitor import Visitor

EMAIL, PASSWORD = "nora@clinic.example", "correct horse battery"
PAGE = "/staff/sign-in"


@pytest.fixture(autouse=True)
def _nora(app: Flask) -> None:
    with app.app_context():
        new_staff(a_clinic(), "Nora Weiss", EMAIL, StaffRole.NURSE, PASSWORD)
        db.session.commit()


def enter(client: Visitor, **changes: str) -> int:
    form = {"email": EMAIL, "password": PASSWORD} | changes
    return client.submit(PAGE, form).status_code


def test_the_right_password_opens_the_board(client: Visitor) -> None:
    answer = client.submit(PAGE, {"email": " Nora@Clinic.example ", "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/staff/")
    assert client.get("/staff/").status_code == 200


def test_an_unknown_e_mail_and_a_wrong_password_get_the_same_answer(client: Visitor) -> None:
    def body(**form: str) -> str:
        answer = client.submit(PAGE, {"email": EMAIL, "password": PASSWORD} | form)
        assert answer.status_code == 422
        return answer.text.replace("nobody@clinic.example", EMAIL)

    wrong, unknown = body(password="guess"), body(email="nobody@clinic.example")
    assert without_tokens(wrong) == without_tokens(unknown)


def without_tokens(page: str) -> str:
    lines = page.splitlines()
    return "\n".join(line for line in lines if "csrf_token" not in line)


def test_somebody_disabled_gets_the_same_answer_and_is_out_at_once(
    app: Flask, client: Visitor, clock: TestClock
) -> None:
    assert enter(client) == 303
    with app.app_context():
        db.session.scalars(select(Staff)).one().disabled_at = clock()
        db.session.commit()
    assert client.get("/staff/").status_code == 302
    assert enter(client) == 422


def test_guessing_at_one_e_mail_is_limited_and_opens_again_later(
    client: Visitor, clock: TestClock
) -> None:
    for _try in range(10):
        assert enter(client, password="guess") == 422
    assert enter(client, password="guess") == 429
    assert enter(client) == 429, "the right password does not tell the guesser either"
    clock.move(by=timedelta(minutes=16))
    assert enter(client) == 303


def test_guessing_from_one_source_is_limited(client: Visitor) -> None:
    answers = [enter(client, email=f"{n}@clinic.example", password="x") for n in range(51)]
    assert answers == [422] * 50 + [429]


def test_signing_in_again_ends_the_sign_in_before_it(app: Flask, client: Visitor) -> None:
    assert enter(client) == 303
    assert enter(client) == 303
    with app.app_context():
        rows = db.session.scalars(select(SignIn).order_by(SignIn.id)).all()
        assert [row.ended_at is None for row in rows] == [False, True]


def test_signing_out_ends_the_sign_in_not_only_the_cookie(app: Flask, client: Visitor) -> None:
    assert enter(client) == 303
    cookie = client.get_cookie("homeward-staff")
    assert cookie is not None
    assert client.submit("/staff/", to="/staff/sign-out").status_code == 303
    client.set_cookie("homeward-staff", cookie.value)
    assert client.get("/staff/").status_code == 302
    assert client.post("/staff/visits/1/arrive").status_code in {400, 401}


def test_a_page_asked_for_is_opened_after_the_sign_in(client: Visitor) -> None:
    asked = client.get("/staff/patients?q=ana")
    assert asked.status_code == 302
    form = {"email": EMAIL, "password": PASSWORD, "next": "/staff/patients?q=ana"}
    answer = client.submit(asked.location, form, to=PAGE)
    assert answer.location == "/staff/patients?q=ana"


@pytest.mark.parametrize(
    "onward",
    [
        "//evil.example",
        "https://evil.example/staff/",
        "/\\evil.example",
        "/staff/\\evil",
        "/staff/\t//evil",
        "\t//evil.example",
        "javascript:alert(1)",
        "/me/",
        "",
    ],
)
def test_only_a_local_staff_page_is_opened_after_the_sign_in(app: Flask, onward: str) -> None:
    with app.test_request_context():
        assert local_only(onward) == "/staff/"


def test_a_tablet_that_nobody_touches_is_signed_out_though_its_page_asks_on(
    client: Visitor, clock: TestClock
) -> None:
    enter(client)
    for _ in range(8):
        clock.move(by=timedelta(minutes=4))
        answer = client.get("/staff/pulse")
    assert answer.status_code != 200
    assert client.get("/staff/").status_code == 302


def test_a_tablet_in_use_stays_signed_in(client: Visitor, clock: TestClock) -> None:
    enter(client)
    for _ in range(8):
        clock.move(by=timedelta(minutes=10))
        assert client.get("/staff/alerts").status_code == 200
