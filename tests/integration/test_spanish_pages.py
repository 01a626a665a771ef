"""Every page of patients, drivers and staff, in every state of a visit, speaks Spanish only."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.config import Settings
from recovery.domain.ride import Role
from recovery.domain.visit import VisitState
from recovery.services.alerts import raise_alert
from recovery.services.trial import send_test_notice
from recovery.store.clinics import StaffRole
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face
from recovery.store.visits import CheckInAnswer, Visit
from tests.addresses import flag_page, step_page
from tests.builders import NOW, a_clinic, a_patient, a_staff, a_visit, signed_in
from tests.builders_protocol import ketamine
from tests.carriers import CHANNELS
from tests.clock import TestClock
from tests.conftest import settings_for
from tests.front_desk import Desk
from tests.gallery.scenes import HOUR, booked
from tests.page_words import PageWords
from tests.spanish_reader import Reader, pages_of
from tests.visitor import Visitor

#: Pages that a provider's links do not lead to; the gallery's tests read them in Spanish.
READ_IN_THE_GALLERY = {
    "staff_clinic.show",
    "staff_keeping.show",
    "staff_me.codes",
    "staff_people.index",
    "staff_protocols.draft",
    "staff_reach.state",
    "staff_rehearsal.changed",
    "staff_rehearsal.compare",
    "staff_rehearsal.draft",
    # Only once a visit has begun.
    "staff_summary.going_home",
    "staff_summary.show",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The words are the same on any database."""
    return sqlite_url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """A clinic that sends e-mail and texts too, whose pages say more."""
    return settings_for(database_url, tmp_path, **CHANNELS)


@pytest.fixture
def reader(client: Visitor) -> Reader:
    return Reader(client)


@pytest.fixture
def book(app: Flask) -> Callable[..., tuple[int, int, int]]:
    """A Spanish patient with a visit, and a driver; returns the ids of all three."""

    def book(state: VisitState, role: Role = Role.DRIVER) -> tuple[int, int, int]:
        with app.app_context():
            patient, visit, ride = booked(state, role, language="es")
            return patient.id, visit.id, ride.id

    return book


def patients_pages(visit: int, ride: int, notices: Iterable[int]) -> list[str]:
    """Where a patient may come to besides what the home page leads to."""
    protocol = ketamine()
    return [
        "/me",
        "/me/settle",
        "/me/code",
        "/me/leave",
        "/me/thanks",
        "/me/thanks?drove=yes",
        "/me/notices/allow",
        f"/me/visits/{visit}/driver",
        f"/me/visits/{visit}/driver/name?role=backup",
        f"/me/visits/{visit}/answers",
        f"/me/visits/{visit}/going-home",
        f"/me/rides/{ride}/link",
        f"/me/rides/{ride}/take-back",
        *(step_page(visit, step.id) for step in protocol.preparation.steps),
        *(f"/me/visits/{visit}/check-ins/{check.id}" for check in protocol.check_ins),
        *(flag_page(flag.id) for flag in protocol.red_flags),
        *(f"/me/notices/{notice}" for notice in notices),
        "/me/visits/2147483647",
        "/me/nothing-here",
    ]


def notices_of(app: Flask, role: str) -> list[int]:
    with app.app_context():
        return list(db.session.scalars(select(Notice.id).where(Notice.role == role)))


@pytest.mark.parametrize("state", list(VisitState))
def test_a_patient_reads_spanish_from_the_booking_to_the_end(
    app: Flask, client: Visitor, reader: Reader, book: Any, state: VisitState
) -> None:
    patient, visit, ride = book(state)
    with app.app_context():
        if state is VisitState.BOOKED:
            send_test_notice(db.session.get_one(Patient, patient), NOW)
        signed_in(client, Face.PATIENT, db.session.get_one(Patient, patient))
    reader.walk(*patients_pages(visit, ride, notices_of(app, "patient")))
    if state is VisitState.BOOKED:
        assert reader.seen >= pages_of(app, Face.PATIENT)


def test_a_page_in_english_is_not_understood(client: Visitor, reader: Reader) -> None:
    words = PageWords(client.get("/code").text)
    assert words.language == "en"
    assert {"Call the clinic", "Go on", "The code"} & set(words.pieces) <= reader.not_understood(
        words
    )
    assert len(reader.not_understood(words)) > 5


def test_a_patient_reads_spanish_when_the_wait_is_over(
    app: Flask, client: Visitor, reader: Reader, book: Any, clock: TestClock
) -> None:
    patient, visit, _ride = book(VisitState.DISCHARGED)
    for at in (NOW + 24 * HOUR, NOW + 26 * HOUR):
        clock.move(to=at)
        with app.app_context():
            signed_in(client, Face.PATIENT, db.session.get_one(Patient, patient), at)
        reader.walk("/me")
        with app.app_context():
            said = {"check_in": "last-questions", "answers": {}}
            well = {"slept": True, "symptoms": [], "at": at + HOUR}
            db.session.add(CheckInAnswer(visit_id=visit, occasion="", **said, **well))
            db.session.commit()


def test_a_patient_without_driver_or_visit_reads_spanish(
    app: Flask, client: Visitor, reader: Reader
) -> None:
    with app.app_context():
        patient = a_patient(a_clinic(), language="es")
        key = patient.id
        signed_in(client, Face.PATIENT, patient)
    reader.walk("/me")
    with app.app_context():
        a_visit(db.session.get_one(Patient, key))
    reader.walk("/me")


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("state", list(VisitState))
def test_whoever_helps_reads_spanish(
    app: Flask, client: Visitor, reader: Reader, book: Any, state: VisitState, role: Role
) -> None:
    _patient, _visit, ride = book(state, role)
    with app.app_context():
        signed_in(client, Face.DRIVER, db.session.get_one(Ride, ride).contact)
    page = f"/driver/rides/{ride}"
    flags = [n for n, flag in enumerate(ketamine().red_flags, 1) if flag.asked_of_others]
    reader.walk(
        "/driver/",
        "/driver/help",
        "/driver/withdrawn",
        page,
        f"{page}/notices",
        f"{page}/cannot",
        f"{page}/going-home",
        f"{page}/help",
        *(f"{page}/help/{flag}" for flag in flags),
        *(f"/driver/notices/{notice}" for notice in notices_of(app, role.value)),
    )
    if state is VisitState.BOOKED and role is Role.DRIVER:
        assert reader.seen >= pages_of(app, Face.DRIVER)


@pytest.mark.parametrize("state", list(VisitState))
def test_staff_read_spanish(
    app: Flask, client: Visitor, reader: Reader, book: Any, state: VisitState
) -> None:
    _patient, visit, _ride = book(state)
    with app.app_context():
        row = db.session.get_one(Visit, visit)
        for kind in ("driver-withdrew", "drove", "flags", "own-driver"):
            raise_alert(row, kind, NOW, key=kind)
        db.session.commit()
        staff = a_staff(row.clinic, StaffRole.PROVIDER, language="es")
        # A plan on paper is in the patient's language, whoever prints it.
        row.patient.language = "es"
        db.session.commit()
        signed_in(client, Face.STAFF, staff)
    reader.walk("/staff/", "/staff/patients/new")
    assert reader.seen >= pages_of(app, Face.STAFF) - READ_IN_THE_GALLERY


def test_the_timeline_of_a_whole_visit_is_spanish(
    app: Flask, client: Visitor, reader: Reader, clock: TestClock
) -> None:
    with app.app_context():
        clinic = a_clinic().id
    desk = Desk(client, clock, clinic, StaffRole.PROVIDER)
    visit = desk.visit()
    desk.infuse(visit)
    desk.get_ready_to_go(visit)
    desk.done(visit, "ready")
    desk.done(visit, "handover", handed_to="Ana", handover_why="Sin código.")
    desk.done(visit, "discharge")
    with app.app_context():
        staff = a_staff(db.session.get_one(Visit, visit).clinic, language="es")
        signed_in(client, Face.STAFF, staff, clock())
    reader.read(f"/staff/visits/{visit}/timeline")
