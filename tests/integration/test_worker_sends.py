"""The worker and the strict push service: what is due arrives, once, in time, and proved."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.domain.ladder import Rung
from recovery.domain.notice import NoticeState
from recovery.domain.ride import RideState
from recovery.services.planning import TEST
from recovery.services.receipts import take_receipt
from recovery.services.sign_in import end_all
from recovery.store.alerts import Alert
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.notices import Attempt
from recovery.store.patients import Consent, Patient, Wording
from recovery.store.sign_ins import Face
from recovery.worker import Worker
from tests.builders import NOW, a_patient, a_ride, a_visit
from tests.clock import TestClock
from tests.notices import (
    HOUR,
    MINUTE,
    a_discharged_visit,
    a_notice,
    a_phone,
    alerts,
    the_notice,
    work_off,
)
from tests.push_service import PushService

pytestmark = pytest.mark.usefixtures("session")


def test_a_planned_notice_arrives_at_the_phone_in_the_patients_words(
    worker: Worker, service: PushService, patient: Patient
) -> None:
    phone = a_phone(patient, service)
    a_discharged_visit(patient)
    work_off(worker)
    [received] = phone.messages()
    shown = received.json["notification"]
    assert shown["title"]
    assert "Do not drive before" in shown["body"]
    assert " on Tuesday" in shown["body"]
    assert shown["lang"] == "en"
    row = the_notice("rest")
    assert shown["navigate"] == f"http://localhost:8000/me/notices/{row.id}"
    assert (received.urgency, received.topic) == ("high", row.topic)
    assert shown["tag"] == row.topic
    assert received.ttl == (row.not_after - NOW).total_seconds()
    assert (row.state, row.sent_at) == ("sent", NOW)


def test_nothing_is_sent_before_it_is_due(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    phone = a_phone(patient, service)
    a_notice(a_visit(patient), due_at=NOW + MINUTE, next_at=NOW + MINUTE)
    clock.move(by=timedelta(seconds=59))
    work_off(worker)
    assert phone.count == 0
    clock.move(by=timedelta(seconds=1))
    work_off(worker)
    assert phone.count == 1


def test_a_notice_moved_to_a_later_time_by_hand_is_not_sent_early(
    worker: Worker, service: PushService, patient: Patient
) -> None:
    phone = a_phone(patient, service)
    row = a_notice(a_visit(patient), due_at=NOW + MINUTE, next_at=NOW)
    work_off(worker)
    assert phone.count == 0
    assert the_notice(row.kind).next_at == NOW + MINUTE


def test_what_is_no_longer_useful_is_never_sent(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    phone = a_phone(patient, service)
    visit = a_visit(patient)
    a_notice(visit, "rest-4h")
    a_notice(visit, "rest", safety=True)
    clock.move(by=timedelta(days=3))
    work_off(worker)
    assert phone.count == 0
    assert {the_notice(kind).state for kind in ("rest", "rest-4h")} == {"missed"}
    assert alerts() == [("notice-missed", "alert")]


def test_the_phone_that_last_proved_itself_is_told_first_and_the_others_when_it_is_silent(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    old, proved, new = (a_phone(patient, service) for _ in range(3))
    devices = db.session.scalars(select(Device).order_by(Device.id))
    for device, days in zip(devices, (9, 2), strict=False):
        device.last_receipt_at = NOW - timedelta(days=days)
    a_discharged_visit(patient)
    work_off(worker)
    assert [phone.count for phone in (old, proved, new)] == [0, 1, 0]
    clock.move(by=12 * MINUTE)
    work_off(worker)
    assert [phone.count for phone in (old, proved, new)] == [1, 1, 1]
    assert (the_notice("rest").rung, alerts()) == (Rung.OTHER_DEVICES, [])
    clock.move(by=12 * MINUTE)
    work_off(worker)
    assert alerts() == [("notice-unseen", "alert")]


def test_a_receipt_of_another_phone_stops_the_ladder(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    phones = [a_phone(patient, service), a_phone(patient, service)]
    a_discharged_visit(patient)
    work_off(worker)
    clock.move(by=12 * MINUTE)
    work_off(worker)
    token = phones[0].messages()[0].json["notification"]["data"]["receipt"].rpartition("/")[2]
    take_receipt(token, NoticeState.SHOWN, clock())
    clock.move(by=HOUR)
    work_off(worker)
    assert ([phone.count for phone in phones], alerts()) == ([1, 1], [])


def test_a_test_notice_goes_to_every_phone_at_once(
    worker: Worker, service: PushService, patient: Patient
) -> None:
    phones = [a_phone(patient, service), a_phone(patient, service)]
    a_notice(a_visit(patient), TEST)
    work_off(worker)
    assert [phone.count for phone in phones] == [1, 1]


def test_the_driver_is_told_by_the_patients_first_name(
    worker: Worker, service: PushService, patient: Patient
) -> None:
    visit = a_visit(patient)
    ride = a_ride(visit)
    phone = a_phone(ride.contact, service)
    a_notice(visit, "ready", role="driver", recipient_id=ride.id, safety=True)
    work_off(worker)
    [received] = phone.messages()
    shown = received.json["notification"]
    assert shown["title"] == "Rosa is ready"
    assert "+12125550100" in shown["body"]
    assert "/driver/notices/" in shown["navigate"]


def test_the_discreet_wording_reveals_nothing(
    worker: Worker, service: PushService, patient: Patient
) -> None:
    patient.wording, patient.language = Wording.DISCREET.value, "es"
    phone = a_phone(patient, service)
    a_discharged_visit(patient)
    work_off(worker)
    [received] = phone.messages()
    shown = received.json["notification"]
    assert (shown["title"], shown["body"]) == ("Tiene un mensaje", "Ábralo para leerlo.")
    assert shown["lang"] == "es"


def test_a_receipt_that_is_quicker_than_the_outcome_stands(
    app: Flask, worker: Worker, service: PushService, patient: Patient
) -> None:
    phone = a_phone(patient, service)
    a_notice(a_visit(patient))
    db.session.commit()
    worker.round()
    while not phone.count:
        pass
    token = phone.messages()[0].json["notification"]["data"]["receipt"].rpartition("/")[2]
    take_receipt(token, NoticeState.SHOWN, NOW)
    work_off(worker)
    row = the_notice("rest-4h")
    assert (row.state, row.sent_at, row.next_at) == ("shown", NOW, None)


def test_a_safety_notice_without_proof_becomes_an_alert_that_names_whom_to_ring(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    a_phone(patient, service)
    row = a_notice(a_visit(patient), "rest", safety=True)
    work_off(worker)
    clock.move(by=11 * MINUTE)
    work_off(worker)
    assert alerts() == []
    clock.move(by=MINUTE)
    work_off(worker)
    assert alerts() == [("notice-unseen", "alert")]
    alert = db.session.scalars(select(Alert)).one()
    assert alert.key == f"notice:{row.id}"
    assert (alert.facts["who"], alert.facts["who_id"]) == ("patient", patient.id)
    assert the_notice("rest").rung == Rung.STAFF


def test_a_routine_notice_without_proof_becomes_a_task_after_eight_hours(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    a_phone(patient, service)
    a_notice(a_visit(patient), not_after=NOW + 20 * HOUR)
    work_off(worker)
    clock.move(by=8 * HOUR)
    work_off(worker)
    assert alerts() == [("notice-unseen", "task")]


@pytest.mark.parametrize(("wording", "raised"), [(Wording.CLEAR, 0), (Wording.DISCREET, 1)])
def test_shown_is_proof_enough_unless_the_wording_is_discreet(
    worker: Worker,
    service: PushService,
    patient: Patient,
    clock: TestClock,
    wording: Wording,
    raised: int,
) -> None:
    patient.wording = wording.value
    phone = a_phone(patient, service)
    a_notice(a_visit(patient), "rest", safety=True)
    work_off(worker)
    token = phone.messages()[0].json["notification"]["data"]["receipt"].rpartition("/")[2]
    take_receipt(token, NoticeState.SHOWN, NOW)
    clock.move(by=13 * MINUTE)
    work_off(worker)
    assert len(alerts()) == raised


def test_without_a_phone_safety_goes_to_staff_at_once_and_still_to_a_phone_that_comes(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    a_notice(a_visit(patient), "rest", safety=True)
    work_off(worker)
    assert alerts() == [("no-device", "alert")]
    assert the_notice("rest").state == "owed"
    phone = a_phone(patient, service)
    clock.move(by=11 * MINUTE)
    work_off(worker)
    assert phone.count == 1


def test_a_routine_notice_waits_for_a_phone_as_long_as_it_is_useful(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    a_notice(a_visit(patient))
    work_off(worker)
    clock.move(by=HOUR)
    work_off(worker)
    row = the_notice("rest-4h")
    assert (row.state, row.why, alerts()) == ("missed", "no-device", [])


def test_a_notice_for_staff_is_an_alert_without_any_network(
    worker: Worker, service: PushService, patient: Patient
) -> None:
    visit = a_visit(patient)
    a_notice(visit, "staff-overdue", role="staff", recipient_id=visit.clinic_id, safety=True)
    work_off(worker)
    assert alerts() == [("staff-overdue", "alert")]
    row = the_notice("staff-overdue", "staff")
    assert (row.state, row.next_at) == ("sent", None)
    attempt = db.session.scalars(select(Attempt)).one()
    assert (attempt.channel, attempt.outcome) == ("board", "sent")
    assert service.posts == []


def test_the_receipt_token_is_kept_as_a_hash_only(
    worker: Worker, service: PushService, patient: Patient
) -> None:
    phone = a_phone(patient, service)
    a_notice(a_visit(patient))
    work_off(worker)
    receipt = phone.messages()[0].json["notification"]["data"]["receipt"]
    attempt = db.session.scalars(select(Attempt)).one()
    assert receipt.startswith("/receipts/")
    assert len(receipt) >= len("/receipts/") + 22
    assert attempt.receipt_hash not in receipt


def told_nothing(worker: Worker, service: PushService, state: str) -> None:
    work_off(worker)
    assert service.posts == []
    assert the_notice("rest-4h").state == state


def test_a_halted_patient_gets_nothing(
    worker: Worker, service: PushService, patient: Patient
) -> None:
    a_phone(patient, service)
    a_notice(a_visit(patient))
    patient.halted_at = NOW
    told_nothing(worker, service, "withdrawn")


def test_a_browser_that_was_signed_out_gets_nothing(
    worker: Worker, service: PushService, patient: Patient
) -> None:
    a_phone(patient, service)
    a_notice(a_visit(patient))
    end_all(Face.PATIENT, patient.id, NOW)
    told_nothing(worker, service, "owed")


def test_a_device_that_now_belongs_to_another_gets_nothing_of_the_last_one(
    worker: Worker, service: PushService, patient: Patient
) -> None:
    phone = a_phone(patient, service)
    a_notice(a_visit(patient))
    device = db.session.scalars(select(Device)).one()
    device.owner_id = a_patient(patient.clinic).id
    work_off(worker)
    assert phone.count == 0


@pytest.mark.parametrize("how", ["consent", "withdrew", "halted"])
def test_a_driver_who_may_no_longer_be_told_gets_nothing(
    worker: Worker, service: PushService, patient: Patient, how: str
) -> None:
    visit = a_visit(patient)
    ride = a_ride(visit)
    a_phone(ride.contact, service)
    a_notice(visit, "rest-4h", role="driver", recipient_id=ride.id)
    if how == "consent":
        db.session.scalars(select(Consent)).one().withdrawn_at = NOW
    elif how == "withdrew":
        ride.state = RideState.WITHDRAWN.value
    else:
        ride.contact.halted_at = NOW
    work_off(worker)
    assert service.posts == []
    assert the_notice("rest-4h", "driver").state == "withdrawn"


def test_halting_somebody_ends_the_ladder_too(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    a_phone(patient, service)
    a_notice(a_visit(patient), "rest", safety=True)
    work_off(worker)
    patient.halted_at = NOW
    clock.move(by=HOUR)
    work_off(worker)
    assert alerts() == []
