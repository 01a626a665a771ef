"""Calendar files: right in any zone, replaced when the visit moves, and silent on what it is."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from recovery.domain.ride import Role
from recovery.domain.visit import VisitState
from recovery.services.audit import Actor
from recovery.services.rides import withdraw_consent
from recovery.store.database import db
from recovery.store.patients import Wording
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face
from recovery.store.visits import Visit
from tests.builders import (
    NOW,
    a_clinic,
    a_patient,
    a_protocol_version,
    a_ride,
    a_visit,
    signed_in,
)
from tests.builders_protocol import SHIPPED_IDS, shipped
from tests.calendars import begins, calendar_words, events_in, rings, said
from tests.clock import TestClock
from tests.lock_screen import revealing
from tests.visitor import Visitor

Book = Callable[..., int]
START = datetime.fromisoformat("2026-03-04T11:30-05:00")
NARROW = "\N{NARROW NO-BREAK SPACE}"


@pytest.fixture
def book(app: Flask, client: Visitor) -> Book:
    """Add a signed-in patient with a visit on Wednesday at 11:30; returns the visit's id."""

    def booked(protocol: str = "ketamine-iv-adult", who: dict[str, Any] | None = None) -> int:
        with app.app_context():
            clinic = a_clinic(name="Lakeside Ketamine & Depression Clinic")
            body = shipped(protocol).model_dump_json()
            version = a_protocol_version(clinic, slug=protocol, body=body)
            patient = a_patient(clinic, **(who or {}))
            signed_in(client, Face.PATIENT, patient)
            return a_visit(patient, version, start_at=START).id

    return booked


@pytest.fixture
def drive(app: Flask) -> Callable[..., tuple[Visitor, int]]:
    """Give a visit a driver who said yes; returns their browser and the ride's id."""

    def driver(visit: int, role: Role = Role.DRIVER) -> tuple[Visitor, int]:
        with app.app_context():
            ride = a_ride(db.session.get_one(Visit, visit), role=role.value)
            phone = app.test_client()
            assert isinstance(phone, Visitor)
            signed_in(phone, Face.DRIVER, ride.contact)
            return phone, ride.id

    return driver


def change(app: Flask, visit: int, **values: Any) -> None:
    """Change a visit's row as its service does."""
    with app.app_context():
        row = db.session.get_one(Visit, visit)
        for name, value in values.items():
            setattr(row, name, value)
        db.session.commit()


def test_the_file_is_a_calendar_that_nobody_keeps(client: Visitor, book: Book) -> None:
    answer = client.get(f"/me/visits/{book()}/calendar.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"] == 'inline; filename="visit.ics"'
    assert "X-Homeward-Keep" not in answer.headers
    assert b"METHOD:PUBLISH" in answer.data
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))


def test_times_are_utc_and_alarms_are_set(client: Visitor, book: Book) -> None:
    file = client.get(f"/me/visits/{book()}/calendar.ics")
    assert "DTSTART:20260304T161500Z" in file.text
    events = events_in(file.data)
    arrive = next(event for event in events if said(event, "summary") == "Be there: Lakeside")
    assert begins(arrive) == START - timedelta(minutes=15)
    assert rings(arrive) == [
        begins(arrive) - timedelta(days=1),
        begins(arrive) - timedelta(hours=1),
    ]
    assert said(arrive, "location") == "12 Lake Street, New York"
    food = next(event for event in events if said(event, "summary") == "Last food")
    assert f"Nothing to eat after 5:30{NARROW}AM on Wednesday" in said(food, "description")


def test_a_moved_visit_replaces_its_entries(
    app: Flask, client: Visitor, clock: TestClock, book: Book
) -> None:
    visit = book()
    page = f"/me/visits/{visit}/calendar.ics"
    before = events_in(client.get(page).data)
    change(
        app, visit, start_at=START + timedelta(days=7), moved_at=clock.move(by=timedelta(hours=1))
    )
    after = events_in(client.get(page).data)
    assert [said(event, "uid") for event in after] == [said(event, "uid") for event in before]
    assert len({said(event, "uid") for event in after}) == len(after)
    assert all(new["sequence"] > old["sequence"] for new, old in zip(after, before, strict=True))
    assert begins(after[-2]) - begins(before[-2]) == timedelta(days=7)


def test_a_cancelled_visit_is_marked_and_rings_no_more(
    app: Flask, client: Visitor, book: Book
) -> None:
    visit = book()
    page = f"/me/visits/{visit}/calendar.ics"
    before = events_in(client.get(page).data)
    change(app, visit, state=VisitState.CANCELLED.value, cancelled_at=NOW)
    after = events_in(client.get(page).data)
    assert {said(event, "status") for event in after} == {"CANCELLED"}
    assert [rings(event) for event in after] == [[]] * len(before)
    assert all(new["sequence"] > old["sequence"] for new, old in zip(after, before, strict=True))
    assert page in client.get("/me").text


@pytest.mark.parametrize("name", SHIPPED_IDS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_phone_43_a_calendar_names_no_drug_procedure_diagnosis_or_specialty(
    client: Visitor, book: Book, drive: Callable[..., tuple[Visitor, int]], name: str, language: str
) -> None:
    visit = book(name, {"language": language})
    phone, ride = drive(visit)
    for file in (
        client.get(f"/me/visits/{visit}/calendar.ics"),
        phone.get(f"/driver/rides/{ride}/calendar.ics"),
    ):
        assert revealing(file.text) == set()
        assert "Lakeside" in file.text


def test_with_the_discreet_wording_a_calendar_says_nothing(client: Visitor, book: Book) -> None:
    visit = book(who={"wording": Wording.DISCREET.value})
    words = calendar_words(client.get(f"/me/visits/{visit}/calendar.ics").data)
    assert set(words) == {"Lakeside", "Open the app to see what this is about."}


def test_a_calendar_is_in_the_patients_language(client: Visitor, book: Book) -> None:
    visit = book(who={"language": "es"})
    words = calendar_words(client.get(f"/me/visits/{visit}/calendar.ics").data)
    assert "Llegue a: Lakeside" in words
    assert "Última comida" in words


def test_who_takes_the_patient_home_stands_at_the_pick_up(
    client: Visitor, book: Book, drive: Callable[..., tuple[Visitor, int]]
) -> None:
    visit = book()
    drive(visit)
    pickup = events_in(client.get(f"/me/visits/{visit}/calendar.ics").data)[-1]
    assert said(pickup, "summary") == f"Pick-up at about 1:30{NARROW}PM"
    assert said(pickup, "description") == "Sam Rivera takes you home."


@pytest.mark.parametrize(
    ("role", "title"),
    [
        (Role.DRIVER, "Drive Rosa home"),
        (Role.BACKUP, "Backup driver for Rosa"),
        (Role.COMPANION, "Stay with Rosa"),
    ],
)
def test_the_drivers_calendar_says_whom_and_where(
    book: Book, drive: Callable[..., tuple[Visitor, int]], role: Role, title: str
) -> None:
    phone, ride = drive(book(), role)
    (event,) = events_in(phone.get(f"/driver/rides/{ride}/calendar.ics").data)
    assert said(event, "summary") == title
    assert said(event, "location") == "12 Lake Street, New York"
    assert begins(event) == START + timedelta(hours=2)
    assert rings(event) == [begins(event) - timedelta(days=1), begins(event) - timedelta(hours=1)]
    assert "Delgado" not in phone.get(f"/driver/rides/{ride}/calendar.ics").text


def test_nobody_reads_a_calendar_without_signing_in(
    app: Flask, client: Visitor, book: Book, drive: Callable[..., tuple[Visitor, int]]
) -> None:
    visit = book()
    phone, ride = drive(visit)
    stranger = app.test_client()
    assert stranger.get(f"/me/visits/{visit}/calendar.ics").status_code == 401
    assert stranger.get(f"/driver/rides/{ride}/calendar.ics").status_code == 401
    assert phone.get(f"/me/visits/{visit}/calendar.ics").status_code == 401
    assert client.get(f"/me/visits/{visit + 1}/calendar.ics").status_code == 404
    assert phone.get(f"/driver/rides/{ride + 1}/calendar.ics").status_code == 404


def test_a_driver_who_was_taken_back_has_no_calendar(
    app: Flask, book: Book, drive: Callable[..., tuple[Visitor, int]]
) -> None:
    phone, ride = drive(book())
    with app.app_context():
        row = db.session.get_one(Ride, ride)
        withdraw_consent(ride, Actor("patient", row.visit.patient_id), NOW)
    assert phone.get(f"/driver/rides/{ride}/calendar.ics").status_code == 404


def test_the_pages_lead_to_the_calendar(
    client: Visitor, book: Book, drive: Callable[..., tuple[Visitor, int]]
) -> None:
    visit = book()
    phone, ride = drive(visit)
    assert f'href="/me/visits/{visit}/calendar.ics"' in client.get("/me").text
    assert f'href="/driver/rides/{ride}/calendar.ics"' in phone.get(f"/driver/rides/{ride}").text
