"""Looks people up by their sign-in."""

from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.patients import Contact, Patient
from recovery.store.sign_ins import Face, SignIn

KINDS: dict[Face, type[Staff] | type[Patient] | type[Contact]] = {
    Face.STAFF: Staff,
    Face.PATIENT: Patient,
    Face.DRIVER: Contact,
}


def person_behind(row: SignIn) -> Staff | Patient | Contact | None:
    """Return the person of a live sign-in; None for staff who were disabled since."""
    person = db.session.get(KINDS[Face(row.face)], row.subject_id)
    if isinstance(person, Staff) and person.disabled_at is not None:
        return None
    return person
