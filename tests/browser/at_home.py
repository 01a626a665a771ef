"""Somebody who is signed in already: for tests of pages, not of how one comes in."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import BrowserContext

from recovery import create_app
from recovery.clock import system_now
from recovery.domain.ride import RideState
from recovery.services.sign_in import Lifetimes, begin
from recovery.store.database import db
from recovery.store.patients import Contact, Patient
from recovery.store.sign_ins import Face
from tests.builders import MONTH, a_clinic, a_patient, a_ride, a_visit
from tests.conftest import settings_for


@contextmanager
def an_app(database_url: str, folder: Path, **chosen: Any) -> Iterator[Flask]:
    """The app on the machine's own clock: the phone's clock is real too."""
    app = create_app(settings_for(database_url, folder, **chosen))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def a_patient_of(app: Flask, language: str = "en") -> str:
    """Add somebody with a visit tomorrow; returns the cookie of their phone."""
    now = system_now()
    with app.app_context():
        patient = a_patient(a_clinic(), language=language)
        a_visit(patient, start_at=now + timedelta(days=1), booked_at=now - timedelta(days=1))
        return _sign_in(Face.PATIENT, patient)


def a_driver_of(app: Flask, language: str = "en") -> tuple[str, int]:
    """Add a driver who said yes; returns the cookie of their phone and the ride."""
    now = system_now()
    with app.app_context():
        patient = a_patient(a_clinic())
        visit = a_visit(patient, start_at=now + timedelta(days=1), booked_at=now)
        ride = a_ride(visit, RideState.ACCEPTED)
        ride.contact.language = language
        return _sign_in(Face.DRIVER, ride.contact), ride.id


def give_cookie(context: BrowserContext, url: str, face: Face, cookie: str) -> None:
    context.add_cookies([{"name": f"homeward-{face.value}", "value": cookie, "url": url}])


def _sign_in(face: Face, person: Patient | Contact) -> str:
    lives = Lifetimes(MONTH, MONTH)
    cookie = begin(face, person.clinic_id, person.id, "test", lives, system_now())
    db.session.commit()
    return cookie
