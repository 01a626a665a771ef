"""Brings a patient's phone in: a one-time link from the clinic, confirmed with date of birth."""

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from recovery.services.audit import Actor, record
from recovery.services.entry import Browser, let_in
from recovery.services.patients import own_patient
from recovery.services.refusals import LinkEnded, Refused
from recovery.services.sign_in import count_try, forget_tries, hashed, new_token
from recovery.store.clinics import Clinic, Staff
from recovery.store.database import db
from recovery.store.patients import Patient

LINK_LIVES: Final = timedelta(days=7)
#: Dates of birth that may be tried on one link in all its life.
TRIES_A_LINK: Final = 10
#: Tries from one network address an hour; a whole clinic may sit behind one.
TRIES_A_SOURCE: Final = 60
SOURCE_WINDOW: Final = timedelta(hours=1)


def make_welcome_link(staff: Staff, patient_id: int, now: datetime) -> str:
    """Return the token of a new welcome link for one of the clinic's patients; commits.

    It replaces the link before it, works once and for seven days. Raises `NotFound`.
    """
    patient = own_patient(staff, patient_id, lock=True)
    token = new_token()
    patient.welcome_hash, patient.welcome_ends_at = hashed(token), now + LINK_LIVES
    record(staff.clinic_id, Actor("staff", staff.id), "made-welcome-link", patient, now)
    db.session.commit()
    return token


def check_link(token: str, now: datetime) -> Clinic:
    """Return the clinic behind a welcome link that still works; changes nothing.

    Raises `LinkEnded` when it was used, replaced, is too old or never was.
    """
    patient = _invited(token)
    if patient is None or not _works(patient, now):
        raise LinkEnded
    return patient.clinic


def clinic_to_call(token: str) -> Clinic | None:
    """Return whom to call about a link that ended: its clinic, or the only one there is."""
    patient = _invited(token)
    if patient is not None:
        return patient.clinic
    clinics = db.session.scalars(select(Clinic).limit(2)).all()
    return clinics[0] if len(clinics) == 1 else None


def enter(
    token: str,
    born: date | None,
    browser: Browser,
    after_last_visit: timedelta,
    now: datetime,
) -> str:
    """Sign a browser in by a welcome link and the date of birth; returns its cookie's token.

    The link is used up by it. A wrong date and an unknown link get the same answer. Raises
    `Refused`, `TooManyTries`, or `LinkEnded` for a link that was real once; commits.
    """
    count_try(f"welcome-source:{browser.source}", TRIES_A_SOURCE, SOURCE_WINDOW, now)
    count_try(f"welcome:{hashed(token)}", TRIES_A_LINK, LINK_LIVES, now)
    patient = _invited(token, lock=True)
    if patient is not None and not _works(patient, now):
        raise LinkEnded
    if patient is None or born is None or patient.born != born:
        raise Refused("This link and this date do not go together. Please check the date.", "born")
    patient.welcome_ends_at = now
    forget_tries(f"welcome:{hashed(token)}")
    return let_in(patient, browser, "entered-by-link", after_last_visit, now)


def _invited(token: str, *, lock: bool = False) -> Patient | None:
    found = select(Patient).where(Patient.welcome_hash == hashed(token))
    found = (
        found.with_for_update(key_share=True) if lock else found.options(joinedload(Patient.clinic))
    )
    return db.session.scalars(found).first()


def _works(patient: Patient, now: datetime) -> bool:
    return patient.welcome_ends_at is not None and now < patient.welcome_ends_at
