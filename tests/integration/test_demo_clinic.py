"""The demo clinic: there at the first start, kept at the second, never beside a real one."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from recovery import first_start
from recovery.config import Settings
from recovery.services.audit import first_broken_row
from recovery.services.board import board, day_of
from recovery.store.clinics import Clinic
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.visits import Visit
from tests.builders import a_clinic
from tests.clock import TestClock
from tests.conftest import settings_for
from tests.visitor import Visitor


@pytest.fixture
def hours(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path, demo="hours")


@pytest.fixture
def minutes(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path, demo="minutes")


def told(settings: Settings, invited: list[first_start.Invited]) -> str:
    password = (settings.instance / "demo-password").read_text().strip()
    return "\n".join(first_start.lines(settings, invited, password))


def test_it_has_a_visit_today_and_one_tomorrow(
    app: Flask, hours: Settings, clock: TestClock
) -> None:
    with app.app_context():
        first_start.prepare(hours, clock())
        clinic = db.session.scalars(select(Clinic)).one()
        today = day_of(clinic, clock())
        assert [len(board(clinic, today + timedelta(days=n), clock())) for n in range(3)] == [
            1,
            1,
            0,
        ]
        assert clinic.is_demo
        assert db.session.scalar(select(func.count(Notice.id)))
        assert first_broken_row(clinic.id) is None


@pytest.mark.parametrize("hour", [0, 8, 11, 13, 14, 15, 16])
def test_the_first_visit_is_today_and_ahead_at_any_hour(
    app: Flask, hours: Settings, clock: TestClock, hour: int
) -> None:
    now = clock.move(by=timedelta(hours=hour))
    with app.app_context():
        first_start.prepare(hours, now)
        clinic = db.session.scalars(select(Clinic)).one()
        [row] = board(clinic, day_of(clinic, now), now)
        assert timedelta() < row.visit.start_at - now <= timedelta(hours=4)


def test_in_minutes_a_visit_begins_in_ten(app: Flask, minutes: Settings, clock: TestClock) -> None:
    with app.app_context():
        first_start.prepare(minutes, clock())
        first = db.session.scalars(select(Visit).order_by(Visit.start_at)).first()
        assert first is not None
        assert first.start_at - clock() == timedelta(minutes=10)
        assert "ketamine-iv-adult-demo" in first.protocol_version.slug


def test_a_second_start_keeps_everything_and_makes_fresh_links(
    app: Flask, hours: Settings, clock: TestClock
) -> None:
    with app.app_context():
        first = first_start.prepare(hours, clock())
        before = told(hours, first)
        second = first_start.prepare(hours, clock())
        assert db.session.scalar(select(func.count(Visit.id))) == 2
        assert {one.token for one in first}.isdisjoint(one.token for one in second)
        password = (hours.instance / "demo-password").read_text().strip()
        assert password in before
        assert password in told(hours, second)


def test_what_is_printed_opens_the_doors(
    app: Flask, client: Visitor, hours: Settings, clock: TestClock
) -> None:
    with app.app_context():
        [rosa, _owen] = first_start.prepare(hours, clock())
        words = told(hours, [rosa])
    password = (hours.instance / "demo-password").read_text().strip()
    assert (hours.instance / "demo-password").stat().st_mode & 0o777 == 0o600
    form = {"email": "doctor@demo.example", "password": password}
    assert client.submit("/staff/sign-in", form).status_code == 303
    assert f"/welcome/{rosa.token}" in words
    assert "Rosa Delgado, date of birth 1988-04-12" in words
    assert client.get(f"/welcome/{rosa.token}").status_code == 200
    assert "A phone needs https" in words


def test_a_real_clinic_gets_no_demo_beside_it(
    app: Flask, hours: Settings, clock: TestClock
) -> None:
    with app.app_context():
        a_clinic(is_demo=False)
        assert first_start.prepare(hours, clock()) == []
        assert db.session.scalar(select(func.count(Clinic.id))) == 1
