"""What push services and our own mistakes may do to a notice, and what must follow."""

import time
from datetime import timedelta
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.delivery.endpoints import AllowedHosts
from recovery.delivery.keys import Vapid, load_key
from recovery.delivery.outcome import Sent
from recovery.delivery.push import PushSender
from recovery.services.audit import Actor
from recovery.services.booking import cancel_visit, move_visit
from recovery.services.claims import claim_due
from recovery.services.outcomes import settle
from recovery.services.outlets import Outlets
from recovery.services.planning import replan
from recovery.services.results import Result
from recovery.services.rides import withdraw_consent
from recovery.services.sending import take_due
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.notices import Attempt, Notice
from recovery.store.patients import Patient
from recovery.worker import Worker
from recovery.worker.lanes import PERMIT
from tests.builders import NOW, a_patient, a_protocol_version, a_ride, a_staff, a_visit
from tests.clock import TestClock
from tests.conftest import VAPID_KEY
from tests.notices import (
    HOUR,
    MINUTE,
    a_discharged_visit,
    a_notice,
    a_phone,
    alerts,
    the_notice,
    work_off,
    worker_with,
)
from tests.push_service import PushService
from tests.waiting import until

SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.usefixtures("session")


def attempts() -> list[tuple[str, str]]:
    db.session.rollback()
    rows = db.session.scalars(select(Attempt).order_by(Attempt.id))
    return [(attempt.outcome, attempt.detail) for attempt in rows]


def test_410_retires_the_phone_and_safety_goes_to_staff(
    worker: Worker, service: PushService, patient: Patient
) -> None:
    a_phone(patient, service).unsubscribe()
    a_discharged_visit(patient)
    work_off(worker)
    assert attempts() == [("gone", "410")]
    device = db.session.scalars(select(Device)).one()
    assert (device.retired_at, device.retired_why) == (NOW, "gone")
    assert alerts() == [("no-device", "alert")]
    assert len(service.posts) == 1


def test_410_of_one_phone_does_not_keep_the_notice_from_the_other(
    worker: Worker, service: PushService, patient: Patient
) -> None:
    a_phone(patient, service).unsubscribe()
    other = a_phone(patient, service)
    a_discharged_visit(patient)
    work_off(worker)
    assert (other.count, the_notice("rest").state, alerts()) == (1, "sent", [])


@pytest.mark.parametrize("status", [503, 202])
def test_a_service_in_trouble_is_asked_again_after_a_while(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock, status: int
) -> None:
    phone = a_phone(patient, service)
    a_discharged_visit(patient)
    service.queue_fault(status=status)
    work_off(worker)
    row = the_notice("rest")
    assert (row.state, phone.count) == ("sending", 0)
    assert row.next_at is not None
    assert 2 * SECOND < row.next_at - NOW <= 5 * SECOND
    clock.move(by=5 * SECOND)
    work_off(worker)
    assert (the_notice("rest").state, phone.count) == ("sent", 1)


def test_reset_before_the_answer_is_made_good_with_the_same_topic_and_tag(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    phone = a_phone(patient, service)
    a_discharged_visit(patient)
    service.queue_fault(reset=True, accepted=True)
    work_off(worker)
    clock.move(by=5 * SECOND)
    work_off(worker)
    first, second = phone.messages()
    assert first.topic == second.topic
    assert first.json["notification"]["tag"] == second.json["notification"]["tag"]


def test_cancelled_while_a_notice_is_tried_again_and_no_more_of_it_is_sent(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    phone = a_phone(patient, service)
    visit = a_visit(patient, start_at=NOW + 2 * HOUR)
    replan(patient.id, NOW - HOUR)
    db.session.commit()
    service.queue_fault(status=503, times=20)
    work_off(worker)
    posts = len(service.posts)
    assert posts >= 1
    service.faults.clear()
    cancel_visit(a_staff(visit.clinic), visit.id, "The patient is ill.", NOW)
    clock.move(by=5 * SECOND)
    work_off(worker)
    assert [shown.json["notification"]["title"] for shown in phone.messages()] == [
        "The visit is cancelled"
    ]


def test_429_pauses_the_host_and_is_waited_for_within_the_window(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    phone = a_phone(patient, service)
    visit = a_discharged_visit(patient)
    service.queue_fault(status=429, headers={"Retry-After": "1"})
    work_off(worker)
    assert the_notice("rest").next_at == NOW + SECOND
    a_notice(visit, "day-1", "again")
    work_off(worker)
    assert len(service.posts) == 1
    time.sleep(1)
    clock.move(by=2 * SECOND)
    work_off(worker)
    assert phone.count == 2


def test_429_for_longer_than_patience_goes_down_the_ladder(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    a_phone(patient, service)
    a_discharged_visit(patient)
    service.queue_fault(status=429, headers={"Retry-After": "3600"})
    work_off(worker)
    assert the_notice("rest").next_at == NOW + 12 * MINUTE
    clock.move(by=12 * MINUTE)
    work_off(worker)
    assert alerts() == [("notice-unsent", "alert")]
    assert the_notice("rest").state == "sending"


@pytest.mark.parametrize("status", [400, 413])
def test_a_message_refused_for_good_is_given_up_and_the_phone_kept(
    worker: Worker, service: PushService, patient: Patient, status: int
) -> None:
    a_phone(patient, service)
    a_discharged_visit(patient)
    service.queue_fault(status=status, times=5)
    work_off(worker)
    row = the_notice("rest")
    assert (row.state, row.rung, row.next_at) == ("failed", 4, None)
    assert set(alerts()) == {("notice-failed", "alert"), ("sender-refused", "alert")}
    assert db.session.scalars(select(Device)).one().retired_at is None
    assert len(service.posts) == (2 if status == 413 else 1)


def test_a_refused_key_alarms_once_and_keeps_phone_and_notice(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    phone = a_phone(patient, service)
    a_discharged_visit(patient)
    service.queue_fault(status=403, times=2)
    for _ in range(3):
        work_off(worker)
        clock.move(by=10 * SECOND)
    assert alerts() == [("sender-refused", "alert")]
    assert (the_notice("rest").state, phone.count) == ("sent", 1)


def test_never_renders_is_set_aside_after_3_tries_and_the_others_are_on_time(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    phone = a_phone(patient, service)
    visit = a_visit(patient)
    a_notice(visit, "no-such-rule", next_at=NOW - MINUTE)
    a_notice(visit, "day-1", "again")
    work_off(worker)
    assert phone.count == 1
    for _ in range(4):
        clock.move(by=MINUTE)
        work_off(worker)
    row = the_notice("no-such-rule")
    assert (row.state, row.why, row.next_at) == ("failed", "broken", None)
    assert attempts().count(("broken", "NoWords")) == 3
    assert alerts() == [("notice-failed", "task")]


def test_a_protocol_that_can_no_longer_be_read_stops_its_own_visits_only(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    phone = a_phone(patient, service)
    visit = a_visit(patient)
    broken = a_visit(patient, a_protocol_version(visit.clinic, version=99, body='{"id": 1}'))
    a_notice(broken, safety=True)
    a_notice(visit)
    for _ in range(5):
        work_off(worker)
        clock.move(by=MINUTE)
    assert phone.count == 1
    assert set(alerts()) == {("notice-unsent", "alert")}


def test_one_byte_a_second_of_one_host_keeps_nobody_else_waiting(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    with PushService(clock=lambda: clock().timestamp()) as slow:
        slow.origin = slow.origin.replace("127.0.0.1", "localhost")
        slow.queue_fault(drip=1, times=100)
        stuck = [a_patient(patient.clinic) for _ in range(40)]
        version = a_visit(patient).protocol_version
        for other in stuck:
            a_phone(other, slow)
            a_notice(a_visit(other, version))
        phone = a_phone(patient, service)
        worker.round()
        for number in range(5):
            a_notice(a_visit(patient, version, start_at=NOW + number * HOUR), "day-1")
        began = time.monotonic()
        while phone.count < 5 and time.monotonic() - began < 5:
            worker.round()
        assert time.monotonic() - began < 1.5
        assert phone.count == 5
        slow.faults.clear()


def test_sigstop_for_10_minutes_after_the_claim_sends_nothing_afterwards(
    app: Flask,
    worker: Worker,
    service: PushService,
    patient: Patient,
    clock: TestClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    phone = a_phone(patient, service)
    a_discharged_visit(patient)
    stopped = take_due(10, Outlets("http://localhost:8000"), lambda host: None, clock())
    [letter] = stopped.letters
    clock.move(by=10 * MINUTE)
    work_off(worker)
    assert phone.count == 1
    worker.lanes.post([letter], time.monotonic() - 600)
    work_off(worker)
    assert phone.count == 1
    settle([Result(letter, Sent("201"), clock())], 0.5, clock())
    assert "fenced off" in caplog.text
    row = the_notice("rest")
    assert (row.state, row.sent_at) == ("sent", NOW + 10 * MINUTE)


def test_a_lease_that_ran_out_is_anothers_claim(patient: Patient, clock: TestClock) -> None:
    a_notice(a_visit(patient))
    assert [claim.fence for claim in claim_due(10, clock())] == [1]
    db.session.commit()
    assert claim_due(10, clock.move(by=20 * SECOND)) == []
    assert [claim.fence for claim in claim_due(10, clock.move(by=SECOND))] == [2]
    db.session.commit()


def test_cancelled_after_the_claim_and_nothing_of_it_is_posted(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    a_phone(patient, service)
    visit = a_visit(patient, start_at=NOW + 20 * HOUR)
    replan(patient.id, NOW - HOUR)
    claim_due(50, clock())
    db.session.commit()
    cancel_visit(a_staff(visit.clinic), visit.id, "The patient is ill.", NOW)
    clock.move(by=21 * SECOND)
    work_off(worker)
    states = {row.state for row in db.session.scalars(select(Notice)) if row.kind != "cancelled"}
    assert states == {"withdrawn"}
    assert len(service.posts) == 1


@pytest.mark.parametrize("what", ["rescheduled", "cancelled", "consent withdrawn"])
def test_what_is_changed_while_a_notice_is_being_sent_stops_it_a_second_later_at_most(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock, what: str
) -> None:
    """The letter is sealed when staff or the patient are answered; it must leave within `PERMIT`
    of what was checked for it, which was before that answer."""
    visit = a_visit(patient, start_at=NOW + 20 * HOUR)
    ride = a_ride(visit)
    a_phone(ride.contact, service)
    replan(patient.id, NOW - HOUR)
    db.session.commit()
    [letter] = take_due(10, Outlets("http://localhost:8000"), lambda host: None, clock()).letters
    checked_at = time.monotonic()
    staff = a_staff(visit.clinic)
    if what == "rescheduled":
        move_visit(staff, visit.id, NOW + 44 * HOUR, clock())
    elif what == "cancelled":
        cancel_visit(staff, visit.id, "Ill.", clock())
    else:
        withdraw_consent(ride.id, Actor("patient", patient.id), clock())
    worker.lanes.post([letter], checked_at - PERMIT)
    until(lambda: worker.lanes.collect(), 10, "the letter is given back")
    assert service.posts == []
    clock.move(by=21 * SECOND)
    work_off(worker)
    old = select(Notice.state, Attempt.id).join(Attempt, Attempt.notice_id == Notice.id)
    tried = db.session.execute(old.where(Notice.id == letter.notice_id)).all()
    assert tried == [("withdrawn", letter.attempt_id)]


def test_what_is_changed_while_a_connection_is_slow_to_open_never_leaves_by_it(
    app: Flask, service: PushService, patient: Patient, clock: TestClock
) -> None:
    """The name of the push service takes longer to be looked up than what was checked holds."""
    looks_up, found = Event(), Event()

    def slowly(host: str, port: int) -> list[str]:
        looks_up.set()
        found.wait(20)
        return ["127.0.0.1"]

    key = Vapid(load_key(VAPID_KEY), "mailto:ops@homeward.example")
    worker = worker_with(app, sender=PushSender(key, AllowedHosts(loopback=True), resolve=slowly))
    phone = a_phone(patient, service)
    visit = a_visit(patient, start_at=NOW + 20 * HOUR)
    replan(patient.id, NOW - HOUR)
    db.session.commit()
    worker.round()
    assert looks_up.wait(10)
    cancel_visit(a_staff(visit.clinic), visit.id, "The patient is ill.", clock())
    time.sleep(PERMIT)
    found.set()
    work_off(worker)
    clock.move(by=10 * SECOND)
    work_off(worker)
    assert [shown.json["notification"]["title"] for shown in phone.messages()] == [
        "The visit is cancelled"
    ]
    worker.close()
