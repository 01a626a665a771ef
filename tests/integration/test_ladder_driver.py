"""When a person stays silent, those near are asked to look in, and told when they are heard."""

from datetime import datetime

import pytest
from sqlalchemy import select

from recovery.domain.ladder import Rung
from recovery.domain.notice import NoticeState
from recovery.domain.ride import RideState
from recovery.services.check_ins import Sent, answer_check_in
from recovery.services.driving import look_in
from recovery.services.patient_notices import say_seen
from recovery.services.planning import replan
from recovery.services.said_once import Sending
from recovery.store.alerts import Alert
from recovery.store.database import db
from recovery.store.notices import Attempt, Notice
from recovery.store.patients import Consent, Patient
from recovery.store.rides import Ride
from recovery.worker import Worker
from tests.builders import NOW, a_ride
from tests.builders_protocol import harmless, ketamine
from tests.clock import TestClock
from tests.notices import (
    HOUR,
    MINUTE,
    a_discharged_visit,
    a_phone,
    alerts,
    the_notice,
    work_off,
)
from tests.push_service import Phone, PushService

pytestmark = pytest.mark.usefixtures("session")


def driven_home(patient: Patient) -> Ride:
    """A patient who left 45 minutes ago with a driver who accepted; “rest” is due now."""
    visit = a_discharged_visit(patient)
    ride = a_ride(visit, RideState.HOME, took_at=visit.left_at, home_at=NOW - 5 * MINUTE)
    replan(patient.id, NOW)
    db.session.commit()
    return ride


def titles(phone: Phone) -> list[str]:
    return [message.json["notification"]["title"] for message in phone.messages()]


@pytest.fixture
def asked(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> tuple[Ride, Phone]:
    """Rosa's phone proved nothing for twelve minutes, so Sam was asked."""
    a_phone(patient, service)
    ride = driven_home(patient)
    phone = a_phone(ride.contact, service)
    work_off(worker)
    clock.move(by=12 * MINUTE)
    work_off(worker)
    return ride, phone


def test_the_driver_is_asked_after_the_phones_and_staff_after_the_driver(
    worker: Worker, asked: tuple[Ride, Phone], clock: TestClock
) -> None:
    _, phone = asked
    assert "We cannot reach Rosa" in titles(phone)
    row = the_notice("rest")
    assert (row.rung, row.asked_at) == (Rung.DRIVER, clock())
    about = select(Alert.kind).where(Alert.key == f"notice:{row.id}")
    assert db.session.scalar(about) is None
    clock.move(by=12 * MINUTE)
    work_off(worker)
    assert db.session.scalar(about) == "notice-unseen"


def test_what_the_driver_reads_says_only_that_we_get_no_answer(
    asked: tuple[Ride, Phone],
) -> None:
    words = str([message.json["notification"] for message in asked[1].messages()][-1])
    for secret in ("Delgado", "rest", "ketamine", "check"):
        assert secret not in words.partition("data")[0]


@pytest.mark.parametrize("how", ["opens", "answers", "looked-in"])
def test_phone_50_a_late_sign_of_life_stops_it_and_tells_whoever_was_asked(
    worker: Worker, asked: tuple[Ride, Phone], patient: Patient, clock: TestClock, how: str
) -> None:
    ride, phone = asked
    clock.move(by=14 * MINUTE)
    work_off(worker)
    assert ("notice-unseen", "alert") in alerts()
    if how == "opens":
        say_seen(patient, the_notice("rest").id, NoticeState.OPENED, clock())
    elif how == "looked-in":
        look_in(ride.contact, ride.id, clock())
    else:
        answer(patient, ride, clock())
    work_off(worker)
    open_ones = [row for row in rows_of("rest") if row.next_at is not None]
    assert open_ones == []
    assert "Rosa has answered" in titles(phone)
    clock.move(by=HOUR)
    work_off(worker)
    assert titles(phone).count("Rosa has answered") == 1


def answer(patient: Patient, ride: Ride, now: datetime) -> None:
    check_in = ketamine().check_in("later-2h")
    assert check_in is not None
    answers = {question.id: harmless(question) for question in check_in.questions}
    sent = Sent(check_in.id, "", answers)
    answer_check_in(patient, ride.visit_id, sent, Sending("0" * 16, now), now)


def rows_of(kind: str) -> list[Notice]:
    db.session.rollback()
    return list(db.session.scalars(select(Notice).where(Notice.kind == kind)))


def test_phone_48_a_driver_without_consent_is_never_asked(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    a_phone(patient, service)
    ride = driven_home(patient)
    phone = a_phone(ride.contact, service)
    consent = db.session.scalars(select(Consent)).one()
    consent.withdrawn_at = NOW
    replan(patient.id, NOW)
    work_off(worker)
    clock.move(by=12 * MINUTE)
    work_off(worker)
    assert "We cannot reach Rosa" not in titles(phone)
    assert ("notice-unseen", "alert") in alerts()


def test_a_driver_who_has_not_accepted_is_never_asked(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    a_phone(patient, service)
    visit = a_discharged_visit(patient)
    a_ride(visit, RideState.ASKED)
    work_off(worker)
    clock.move(by=12 * MINUTE)
    work_off(worker)
    assert rows_of("unreached") == []
    assert ("notice-unseen", "alert") in alerts()


def test_the_attempt_on_the_drivers_rung_is_in_the_ledger(asked: tuple[Ride, Phone]) -> None:
    channels = db.session.scalars(
        select(Attempt.channel).where(Attempt.notice_id == the_notice("rest").id)
    ).all()
    assert list(channels) == ["push", "driver"]


def test_a_routine_notice_sends_nobody_to_the_door(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    a_phone(patient, service)
    driven_home(patient)
    work_off(worker)
    for row in rows_of("rest"):
        row.safety = False
    db.session.commit()
    clock.move(by=9 * HOUR)
    work_off(worker)
    assert rows_of("unreached") == []
