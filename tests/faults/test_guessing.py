"""Guessing is limited by what the database counts: other processes and a restart forget nothing."""

import pytest
from flask import Flask
from sqlalchemy import select

from recovery import create_app
from recovery.config import Settings
from recovery.services import staff_sign_in
from recovery.services.staff_accounts import new_staff
from recovery.store.clinics import StaffRole
from recovery.store.database import db
from recovery.store.sign_ins import SignIn
from tests.builders import a_clinic
from tests.clock import TestClock
from tests.visitor import Visitor

EMAIL, PASSWORD, PAGE = "nora@clinic.example", "correct horse battery", "/staff/sign-in"


@pytest.fixture(autouse=True)
def _nora(app: Flask) -> None:
    with app.app_context():
        new_staff(a_clinic(), "Nora Weiss", EMAIL, StaffRole.NURSE, PASSWORD)
        db.session.commit()


def test_guessing_goes_on_being_limited_in_another_process_and_after_a_restart(
    app: Flask, client: Visitor, settings: Settings, clock: TestClock
) -> None:
    for _ in range(10):
        assert client.submit(PAGE, {"email": EMAIL, "password": "x"}).status_code == 422
    other = create_app(settings, clock=clock)
    other.test_client_class = Visitor
    browser = other.test_client()
    assert isinstance(browser, Visitor)
    assert browser.submit(PAGE, {"email": EMAIL, "password": PASSWORD}).status_code == 429
    with other.app_context():
        assert db.session.scalars(select(SignIn)).all() == []
        db.session.remove()
        db.engine.dispose()


def test_guessing_at_an_unknown_e_mail_costs_the_same_work_as_a_wrong_password(
    client: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[str] = []
    matches = staff_sign_in.matches

    def counted(kept: str, password: str) -> bool:
        worked.append(kept.rsplit("$", 2)[0])
        return matches(kept, password)

    monkeypatch.setattr(staff_sign_in, "matches", counted)
    for email in (EMAIL, "nobody@clinic.example"):
        assert client.submit(PAGE, {"email": email, "password": "x"}).status_code == 422
    assert len(worked) == 2
    assert worked[0] == worked[1], "the same hash at the same cost"
