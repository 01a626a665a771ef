"""“We are home” is missing: who is asked, in which order, and what a late answer does."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.domain.ride import RideState, Role
from recovery.services import driving
from recovery.services.alerts import take_alert
from recovery.services.planning import replan
from recovery.services.refusals import Refused
from recovery.store.alerts import Alert
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face
from recovery.worker import Worker
from tests.builders import NOW, a_ride, a_staff, a_visit_at_the_door, signed_in
from tests.clock import TestClock
from tests.notices import MINUTE, a_phone, work_off
from tests.push_service import Phone, PushService
from tests.visitor import Visitor

FIRST = "One tap tells us that Rosa is home safe."

pytestmark = pytest.mark.usefixtures("session")


@dataclass
class Way:
    """A patient who was handed over at `NOW`, with the phones of who drove and of the backup."""

    driver: Ride
    backup: Ride
    driver_phone: Phone
    backup_phone: Phone
    worker: Worker
    clock: TestClock

    def wait_until(self, minutes: int) -> None:
        """Let the worker look every minute, up to so long after the handover."""
        while self.clock() < NOW + minutes * MINUTE:
            self.clock.move(by=MINUTE)
            work_off(self.worker)

    def said(self, phone: Phone) -> str:
        return " ".join(received.json["notification"]["body"] for received in phone.messages())

    def on(self, phone: Phone) -> list[str]:
        return [received.json["notification"]["title"] for received in phone.messages()]


@pytest.fixture
def way(patient: Patient, service: PushService, worker: Worker, clock: TestClock) -> Iterator[Way]:
    visit = a_visit_at_the_door(patient, state="discharged", left_at=NOW)
    driver = a_ride(visit, RideState.TOOK, took_at=NOW)
    backup = a_ride(visit, role=Role.BACKUP.value, phone="+12125550178", name="Kim Park")
    asked = a_ride(visit, RideState.ASKED, role=Role.BACKUP.value, phone="+12125550179")
    silent = a_phone(asked.contact, service)
    replan(patient.id, NOW)
    db.session.commit()
    phones = a_phone(driver.contact, service), a_phone(backup.contact, service)
    way = Way(driver, backup, *phones, worker, clock)
    way.wait_until(1)
    yield way
    assert silent.count == 0, "a backup who has not accepted is told nothing"


def the_alert(kind: str) -> Alert | None:
    db.session.rollback()
    chosen = select(Alert).where(Alert.kind == kind).execution_options(populate_existing=True)
    return db.session.scalars(chosen).first()


def said_home(way: Way, by: Ride | None = None) -> Ride:
    driving.come_home((by or way.driver).contact, (by or way.driver).id, way.clock())
    work_off(way.worker)
    return db.session.get_one(Ride, way.driver.id)


def test_phone_50_home_safe_asks_driver_then_backup_then_staff_and_a_late_answer_tells_all(
    way: Way,
) -> None:
    way.wait_until(59)
    assert FIRST not in way.said(way.driver_phone)
    way.wait_until(60)
    assert FIRST in way.said(way.driver_phone), "in one notice with “let Rosa rest now”"
    way.wait_until(74)
    assert "Please tell us: are you home?" not in way.on(way.driver_phone)
    way.wait_until(75)
    assert way.on(way.driver_phone)[-1] == "Please tell us: are you home?"
    assert way.on(way.backup_phone) == []
    way.wait_until(85)
    assert way.on(way.backup_phone) == ["Do you know if Rosa is home?"]
    assert the_alert("staff-not-home") is None
    way.wait_until(90)
    alert = the_alert("staff-not-home")
    assert alert is not None
    assert (alert.level, alert.resolved_at) == ("alert", None)
    ride = said_home(way)
    assert (ride.state, ride.home_at, ride.home_said_by) == ("home", way.clock(), ride.id)
    alert = the_alert("staff-not-home")
    assert alert is not None
    assert alert.resolved_at == way.clock()
    assert way.on(way.backup_phone)[-1] == "Rosa is home"
    assert "Rosa is home" not in way.on(way.driver_phone), "who said it need not be told"
    told = way.backup_phone.count, way.driver_phone.count
    way.wait_until(8 * 60)
    asks = ("Please tell us: are you home?", "Do you know if Rosa is home?")
    later = way.on(way.driver_phone)[told[1] :] + way.on(way.backup_phone)[told[0] :]
    assert not set(asks) & set(later)


def test_an_answer_in_time_asks_nobody_else_and_tells_nobody_more(way: Way) -> None:
    way.wait_until(61)
    said_home(way)
    way.wait_until(120)
    assert way.on(way.backup_phone) == []
    assert the_alert("staff-not-home") is None
    assert "Please tell us: are you home?" not in way.on(way.driver_phone)


def test_a_backup_who_was_asked_may_answer_and_the_driver_is_told(way: Way) -> None:
    way.wait_until(84)
    with pytest.raises(Refused, match="Somebody else took"):
        said_home(way, way.backup)
    db.session.rollback()
    way.wait_until(91)
    ride = said_home(way, way.backup)
    assert (ride.state, ride.home_said_by) == ("home", way.backup.id)
    assert way.on(way.driver_phone)[-1] == "Rosa is home"
    assert "Rosa is home" not in way.on(way.backup_phone)
    alert = the_alert("staff-not-home")
    assert alert is not None
    assert alert.resolved_at == way.clock()
    again = said_home(way, way.backup)
    assert again.home_at == way.clock()


def test_the_backup_finds_the_question_first_on_the_page(app: Flask, way: Way) -> None:
    client = app.test_client()
    assert isinstance(client, Visitor)
    signed_in(client, Face.DRIVER, way.backup.contact)
    page = f"/driver/rides/{way.backup.id}"
    db.session.rollback()
    assert "Somebody else drives" in client.get(page).text
    way.wait_until(86)
    shown = client.get(page).text
    assert "Is Rosa home?" in shown
    assert "Rosa is home and safe" in shown
    assert client.submit(page, to=f"{page}/home").status_code == 303
    assert "Rosa is home" in client.get(page).text


def test_who_took_the_alert_reads_that_it_is_no_longer_so(app: Flask, way: Way) -> None:
    way.wait_until(91)
    nurse = a_staff(way.driver.visit.clinic)
    alert = the_alert("staff-not-home")
    assert alert is not None
    take_alert(nurse, alert.id, way.clock())
    tablet = app.test_client()
    signed_in(tablet, Face.STAFF, nurse, way.clock())
    board = tablet.get("/staff/alerts").text
    assert "Sam Rivera" in board
    assert "tel:+12125550177" in board
    assert "No longer so" not in board
    said_home(way)
    alert = the_alert("staff-not-home")
    assert alert is not None
    assert alert.resolved_at is None
    assert "No longer so since 10:31\u202fAM" in tablet.get("/staff/alerts").text
