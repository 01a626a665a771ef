"""The first driver is lost: the backup who had accepted is asked at once, and all are told."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.domain.ride import RideState, Role
from recovery.services import driving
from recovery.services.audit import Actor
from recovery.services.facts import course_of
from recovery.services.planning import replan
from recovery.services.rides import withdraw_consent
from recovery.store.alerts import Alert
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face
from recovery.worker import Worker
from tests.builders import NOW, a_ride, a_visit, signed_in
from tests.clock import TestClock
from tests.notices import HOUR, MINUTE, a_phone, work_off
from tests.push_service import Phone, PushService
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def two(patient: Patient) -> tuple[Ride, Ride]:
    """A driver and a backup who both said yes to a visit in two days."""
    visit = a_visit(patient, start_at=NOW + timedelta(days=2))
    driver = a_ride(visit)
    backup = a_ride(visit, role=Role.BACKUP.value, phone="+12125550178", name="Kim Park")
    replan(patient.id, NOW)
    db.session.commit()
    return driver, backup


def titles(phone: Phone) -> list[str]:
    return [received.json["notification"]["title"] for received in phone.messages()]


def open_alerts() -> list[str]:
    db.session.rollback()
    chosen = select(Alert.kind).where(Alert.resolved_at.is_(None))
    return list(db.session.scalars(chosen))


def lose(driver: Ride, how: str, now: object) -> None:
    if how == "withdrew":
        driving.withdraw_ride(driver.contact, driver.id, now)  # type: ignore[arg-type]
    else:
        actor = Actor("patient", driver.visit.patient_id)
        withdraw_consent(driver.id, actor, now)  # type: ignore[arg-type]


@pytest.mark.parametrize("how", ["withdrew", "taken back"])
def test_the_backup_the_patient_and_staff_know_at_once(
    two: tuple[Ride, Ride],
    worker: Worker,
    service: PushService,
    patient: Patient,
    clock: TestClock,
    how: str,
) -> None:
    driver, backup = two
    hers, kims = a_phone(patient, service), a_phone(backup.contact, service)
    work_off(worker)
    lose(driver, how, clock.move(by=MINUTE))
    work_off(worker)
    assert titles(kims)[-1] == "Rosa needs you to drive"
    assert titles(hers)[-1] == "Somebody else drives you now"
    assert "Kim Park was asked" in hers.messages()[-1].json["notification"]["body"]
    assert open_alerts() == ["staff-driver-changed"]
    driving.say_coming(backup.contact, backup.id, clock.move(by=MINUTE))
    work_off(worker)
    assert open_alerts() == []


def test_a_backup_who_stands_in_is_asked_first_thing_on_the_page(
    app: Flask, two: tuple[Ride, Ride], clock: TestClock
) -> None:
    driver, backup = two
    client = app.test_client()
    assert isinstance(client, Visitor)
    signed_in(client, Face.DRIVER, backup.contact)
    page = f"/driver/rides/{backup.id}"
    assert "You are the backup" in client.get(page).text
    lose(driver, "withdrew", clock.move(by=MINUTE))
    shown = client.get(page).text
    assert "Rosa needs you to drive" in shown
    assert "The first driver cannot come. Can you?" in shown
    assert client.submit(page, to=f"{page}/coming").status_code == 303
    assert "You take Rosa home" in client.get(page).text


def test_a_backup_who_cannot_come_either_leaves_the_patient_without_a_driver(
    two: tuple[Ride, Ride], worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    driver, backup = two
    phone = a_phone(patient, service)
    lose(driver, "withdrew", clock.move(by=MINUTE))
    work_off(worker)
    driving.withdraw_ride(backup.contact, backup.id, clock.move(by=HOUR))
    work_off(worker)
    assert course_of(patient.id)[0].driver is None
    assert titles(phone)[-1] == "Your driver can no longer come"
    assert "staff-driver-lost" in open_alerts()


def test_a_backup_who_says_yes_after_the_driver_was_lost_is_simply_the_driver(
    patient: Patient, clock: TestClock
) -> None:
    visit = a_visit(patient, start_at=NOW + timedelta(days=2))
    lose(a_ride(visit), "withdrew", NOW)
    late = {"accepted_at": NOW + MINUTE, "phone": "+12125550178"}
    a_ride(visit, RideState.ACCEPTED, role=Role.BACKUP.value, **late)
    assert course_of(patient.id)[0].stands_in_since is None
