"""Looks people up by their sign-in."""

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
