"""Clocks that jump or are wrong: nothing is early, nothing is lost, and people are told."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.clock import system_now
from recovery.services.beats import beat
from recovery.store.alerts import Alert
from recovery.store.database import db, reading
from recovery.store.patients import Patient
from recovery.worker import Worker, worker_for
from tests.builders import NOW, a_clinic, a_patient, a_visit, saved
from tests.clock import TestClock
from tests.faults.crew import Crew, a_test
from tests.front_desk import Desk
from tests.notices import a_notice, a_phone, work_off
from tests.push_service import PushService
from tests.waiting import until

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
JUMPS = [HOUR, -HOUR, timedelta(days=1), timedelta(days=-1)]
CLOCK_BANNER = "<div data-clock>"


class TrueTime:
    """Seconds that truly pass, whatever is done to the clock."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def alarms() -> list[dict[str, Any]]:
    with reading():
        found = db.session.scalars(select(Alert).where(Alert.kind == "clock-wrong")).all()
        told = [{"clinic": row.clinic_id, "level": row.level, **row.facts} for row in found]
        db.session.rollback()
    return told


@pytest.fixture
def true_time() -> TrueTime:
    return TrueTime()


@pytest.fixture
def passes(clock: TestClock, true_time: TrueTime) -> Callable[[timedelta], None]:
    """Let time pass: the clock goes on, right or wrong, and so do the seconds."""

    def passes(span: timedelta) -> None:
        clock.move(by=span)
        true_time.seconds += span.total_seconds()

    return passes


@pytest.fixture
def service(true_time: TrueTime) -> Iterator[PushService]:
    """A push service whose clock nobody sets."""
    began = NOW.timestamp() - true_time()
    with PushService(clock=lambda: began + true_time()) as running:
        yield running


@pytest.fixture
def measured(app: Flask, true_time: TrueTime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A worker whose clock a test can set, and which looks at it every time."""
    monkeypatch.setattr("recovery.worker.loop.BEATS_EVERY", 0.0)
    worker = worker_for(app, steady=true_time)
    yield worker
    worker.close()


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("jump", JUMPS)
def test_clock_jumps_none_early_none_lost_and_alarm_at_the_next_beat(
    measured: Worker,
    service: PushService,
    patient: Patient,
    clock: TestClock,
    passes: Callable[[timedelta], None],
    jump: timedelta,
) -> None:
    phone, visit = a_phone(patient, service), a_visit(patient)
    soon = NOW + 30 * MINUTE
    a_notice(visit, "day-1", due_at=soon, next_at=soon, not_after=soon + HOUR)
    work_off(measured)
    clock.move(by=jump)
    passes(6 * SECOND)
    work_off(measured)
    [alarm] = alarms()
    assert (alarm["level"], alarm["witness"]) == ("alert", "jump")
    assert alarm["seconds"] == jump.total_seconds()
    passes(29 * MINUTE)
    work_off(measured)
    assert phone.count == 0
    clock.move(by=-jump)
    work_off(measured)
    assert phone.count == 0
    passes(54 * SECOND)
    work_off(measured)
    assert phone.count == 1


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("jump", JUMPS)
def test_clock_jumps_whose_time_push_services_confirmed_keep_every_notice_on_time(
    measured: Worker,
    service: PushService,
    patient: Patient,
    clock: TestClock,
    passes: Callable[[timedelta], None],
    jump: timedelta,
) -> None:
    phone, visit = a_phone(patient, service), a_visit(patient)
    soon = NOW + 30 * MINUTE
    a_notice(visit, "day-1", due_at=soon, next_at=soon, not_after=soon + HOUR)
    a_notice(visit, "day-3")
    work_off(measured)
    assert phone.count == 1
    clock.move(by=jump)
    passes(30 * MINUTE - SECOND)
    work_off(measured)
    assert phone.count == 1
    passes(SECOND)
    work_off(measured)
    assert phone.count == 2
    assert [post.status for post in service.posts] == [201, 201]


@pytest.mark.usefixtures("session")
def test_clock_wrong_from_the_start_is_told_by_what_push_services_answer(
    app: Flask,
    measured: Worker,
    service: PushService,
    patient: Patient,
    clock: TestClock,
    true_time: TrueTime,
) -> None:
    clock.move(by=-20 * MINUTE)
    a_phone(patient, service)
    a_notice(a_visit(patient), due_at=clock(), next_at=clock())
    late = worker_for(app, steady=true_time)
    work_off(late)
    work_off(late)
    [alarm] = alarms()
    assert alarm["witness"] == "push"
    assert 20 * 60 - 60 < alarm["seconds"] <= 20 * 60 + 1
    late.close()


def test_clock_set_back_while_no_worker_ran_is_told_at_the_next_start(
    app: Flask, clock: TestClock
) -> None:
    clock.move(by=-HOUR)
    worker = worker_for(app)
    with app.app_context():
        a_clinic()
        beat("the last one", NOW)
        worker.round()
        [alarm] = alarms()
    worker.close()
    assert (alarm["witness"], alarm["seconds"]) == ("earlier", 3600)


def test_clock_set_back_does_not_make_a_dead_worker_live(
    app: Flask, desk: Desk, clock: TestClock
) -> None:
    with app.app_context():
        beat("dead", NOW + HOUR)
    assert "<div data-worker hidden>" not in desk.client.get("/staff/").text
    assert desk.client.get("/healthz").status_code == 503
    with app.app_context():
        beat("alive", NOW)
    assert "<div data-worker hidden>" in desk.client.get("/staff/").text


def test_clock_alarm_is_a_banner_for_every_clinic_until_a_person_resolves_it(
    app: Flask, desk: Desk, stranger: Desk, clock: TestClock, measured: Worker
) -> None:
    with app.app_context():
        measured.round()
        assert alarms() == []
    for person in (desk, stranger):
        assert CLOCK_BANNER not in person.client.get("/staff/").text
        assert person.client.get("/staff/pulse").get_json()["clock"] is True
    clock.move(by=HOUR)
    with app.app_context():
        measured.round()
    for person in (desk, stranger):
        page = person.client.get("/staff/alerts").text
        assert CLOCK_BANNER in page
        assert page.count("The clock of this system is wrong or was changed.") == 2
        assert person.client.get("/staff/pulse").get_json()["clock"] is False
    assert desk.client.get("/healthz").get_json()["clock_off"] == 3600
    clock.move(by=-HOUR)
    with app.app_context():
        measured.round()
        alert = db.session.scalars(select(Alert.id).where(Alert.clinic_id == desk.clinic_id)).one()
    assert CLOCK_BANNER in desk.client.get("/staff/").text
    page = "/staff/alerts"
    done = {f"resolution-{alert}": "The host was set right. Times of today checked."}
    assert desk.client.submit(page, done, to=f"{page}/{alert}/resolve").status_code == 303
    assert CLOCK_BANNER not in desk.client.get("/staff/").text
    assert CLOCK_BANNER in stranger.client.get("/staff/").text
    assert desk.client.get("/healthz").get_json()["clock_off"] == 0


@pytest.mark.kill
@pytest.mark.parametrize("jump", JUMPS)
def test_clock_of_a_whole_process_jumps_and_staff_know_within_a_minute(
    real_app: Flask, real_service: PushService, crew: Crew, tmp_path: Path, jump: timedelta
) -> None:
    patient = a_patient(a_clinic())
    phone = a_phone(patient, real_service, system_now())
    visit = a_visit(patient, start_at=system_now() + 5 * HOUR)
    file = tmp_path / "shifted-by"
    file.write_text("0")
    saved(a_test(visit, "before", system_now()))
    worker = crew.start(clock=file)
    until(lambda: phone.count == 1, 30, "the notice before the jump")
    in_half_an_hour = system_now() + HOUR / 2
    saved(a_test(visit, "later", in_half_an_hour, not_after=in_half_an_hour + 48 * HOUR))
    file.write_text(str(jump.total_seconds()))
    jumped = time.monotonic()
    until(alarms, 60, "the alarm")
    assert time.monotonic() - jumped < 60
    saved(a_test(visit, "now", system_now()))
    until(lambda: phone.count == 2, 30, "what is due by the true time")
    file.write_text("0")
    time.sleep(1)
    assert phone.count == 2
    assert "jump" in {alarm["witness"] for alarm in alarms()}
    assert worker.end() == 0


@pytest.mark.kill
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_clock_that_differs_from_postgresqls_is_told_within_a_minute(
    real_app: Flask, crew: Crew, tmp_path: Path
) -> None:
    a_clinic()
    file = tmp_path / "shifted-by"
    file.write_text("-900")
    crew.start(clock=file)
    [alarm] = until(alarms, 60, "the alarm")
    assert (alarm["witness"], round(alarm["seconds"], -1)) == ("database", 900)
