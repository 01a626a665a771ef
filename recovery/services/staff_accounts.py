"""The people who work at a clinic: added by the operator, one e-mail one person."""

from datetime import datetime

from sqlalchemy import select

from recovery.domain.rights import StaffRole
from recovery.services.audit import SYSTEM, record
from recovery.services.contact_details import email_address
from recovery.services.refusals import NotFound, Refused
from recovery.services.staff_sign_in import HASHER
from recovery.store.clinics import Clinic, Staff
from recovery.store.database import db

#: NIST SP 800-63B asks for 15 characters where a password stands alone.
SHORTEST_PASSWORD = 15
LONGEST_PASSWORD = 1024


def add_staff(
    clinic_id: int, name: str, email: str, role: StaffRole, password: str, now: datetime
) -> Staff:
    """Add a person to a clinic; Refused for a taken e-mail or a short password."""
    clinic = db.session.get(Clinic, clinic_id)
    if clinic is None:
        raise NotFound
    email = email_address(email)
    if not email or not name.strip():
        raise Refused("A name and an e-mail address are needed.", "email")
    must_be_long_enough(password)
    if db.session.scalar(select(Staff.id).where(Staff.email == email)) is not None:
        raise Refused("Somebody already signs in with this e-mail.", "email")
    staff = new_staff(clinic, name.strip(), email, role, password)
    record(clinic.id, SYSTEM, "added", staff, now)
    db.session.commit()
    return staff


def must_be_long_enough(password: str, field: str = "password") -> None:
    """Refuse a short password, and one so long that hashing it would be an attack."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Refused("A password needs 15 characters or more.", field)


def new_staff(clinic: Clinic, name: str, email: str, role: StaffRole, password: str) -> Staff:
    """Make the row of a person; the password is kept hashed only. Does not commit."""
    staff = Staff(
        clinic_id=clinic.id,
        email=email.lower(),
        name=name,
        role=role.value,
        password_hash=HASHER.hash(password),
        language=clinic.language,
    )
    db.session.add(staff)
    db.session.flush()
    return staff
