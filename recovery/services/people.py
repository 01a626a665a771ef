"""Looks people up by their sign-in."""

from sqlalchemy import select

from recovery.services.sign_in import hashed
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.patients import Contact, Patient
from recovery.store.sign_ins import Face, SignIn


def person_behind(row: SignIn) -> Staff | Patient | Contact | None:
    """Return the person of a live sign-in; None for staff who were disabled since."""
    match Face(row.face):
        case Face.STAFF:
            staff = db.session.get(Staff, row.subject_id)
            return staff if staff is not None and staff.disabled_at is None else None
        case Face.PATIENT:
            return db.session.get(Patient, row.subject_id)
        case Face.DRIVER:
            return db.session.get(Contact, row.subject_id)


def language_behind(face: Face, token: str) -> str | None:
    """Return the language of whose sign-in a cookie holds, also when that has ended: who is asked
    to come in again reads it. None when there never was such a sign-in."""
    row = db.session.scalars(
        select(SignIn).where(SignIn.token_hash == hashed(token), SignIn.face == face.value)
    ).first()
    person = person_behind(row) if row else None
    return person.language if person else None
