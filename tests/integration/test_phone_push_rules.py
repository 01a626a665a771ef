"""What a notice asks of a push service, and what each of its answers means for the phone."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from recovery.delivery.push import WHOLE_TIME
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.worker import Worker
from tests.builders import NOW, a_visit
from tests.clock import TestClock
from tests.notices import (
    HOUR,
    MINUTE,
    a_discharged_visit,
    a_notice,
    a_phone,
    the_notice,
    work_off,
)
from tests.push_service import PushService
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("session")

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("late", [timedelta(), MINUTE, HOUR - SECOND])
@pytest.mark.parametrize(("safety", "urgency"), [(True, "high"), (False, "normal")])
def test_phone_06_ttl_is_what_is_left_of_the_notices_use_with_urgency_and_topic(
    worker: Worker,
    service: PushService,
    patient: Patient,
    clock: TestClock,
    late: timedelta,
    safety: bool,
    urgency: str,
) -> None:
    phone = a_phone(patient, service)
    a_notice(a_visit(patient), "rest-4h", safety=safety, not_after=NOW + HOUR)
    clock.move(by=late)
    work_off(worker)
    [received] = phone.messages()
    assert received.ttl == (HOUR - late).total_seconds() > 0
    assert received.urgency == urgency
    assert received.topic == the_notice("rest-4h").topic
    assert 1 <= len(received.topic) <= 32


def test_phone_06_nothing_is_sent_beyond_the_notices_use(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    phone = a_phone(patient, service)
    a_notice(a_visit(patient), "rest-4h", not_after=NOW + HOUR)
    clock.move(by=HOUR)
    work_off(worker)
    assert phone.count == 0
    assert service.posts == []


def the_device() -> Device:
    db.session.rollback()
    return db.session.scalars(select(Device)).one()


@pytest.mark.parametrize("status", [404, 410])
def test_phone_09_not_found_and_gone_retire_the_phone(
    worker: Worker, service: PushService, patient: Patient, status: int
) -> None:
    a_phone(patient, service)
    a_discharged_visit(patient)
    service.queue_fault(status=status)
    work_off(worker)
    device = the_device()
    assert (device.retired_at, device.retired_why) == (NOW, "gone")


@pytest.mark.parametrize(
    "fault",
    [
        *({"status": status} for status in (401, 403, 500, 502, 503, 504)),
        {"reset": True},
        {"status": 201, "delay": WHOLE_TIME + 5},
    ],
    ids=lambda fault: "-".join(f"{name}-{value:g}" for name, value in fault.items()),
)
def test_phone_09_our_fault_theirs_a_break_and_a_time_out_keep_the_phone(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock, fault: dict[str, Any]
) -> None:
    phone = a_phone(patient, service)
    a_discharged_visit(patient)
    service.queue_fault(**fault)
    work_off(worker, within=WHOLE_TIME + 30)
    assert the_device().retired_at is None
    clock.move(by=5 * SECOND)
    work_off(worker)
    assert phone.count == 1


def test_phone_09_too_many_requests_waits_as_long_as_it_is_told(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    phone = a_phone(patient, service)
    a_discharged_visit(patient)
    service.queue_fault(status=429, headers={"Retry-After": "2"})
    work_off(worker)
    assert the_device().retired_at is None
    waits = db.session.scalars(select(Notice.next_at).where(Notice.tries > 0)).all()
    assert waits == [NOW + 2 * SECOND], "not our own back-off, which draws 2.5 to 5 s"
    clock.move(by=SECOND)
    work_off(worker)
    assert phone.count == 0

    def arrived() -> bool:
        clock.move(by=SECOND)
        work_off(worker)
        return phone.count == 1

    until(arrived, what="the notice, once the service's host may be asked again")
