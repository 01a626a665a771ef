"""The first person of a clinic: invited by the operator, who never knows their password."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from recovery.domain.rights import Right, StaffRole
from recovery.services.audit import SYSTEM
from recovery.services.contact_details import email_address
from recovery.services.refusals import Conflict
from recovery.services.staff_people import make_link, newcomer
from recovery.store.clinics import Clinic, Staff
from recovery.store.database import db


def admins_of(clinic_id: int) -> Sequence[Staff]:
    """Return who may invite others at a clinic and is not shut out, joined or only invited."""
    people = db.session.scalars(
        select(Staff)
        .where(Staff.clinic_id == clinic_id, Staff.disabled_at.is_(None))
        .order_by(Staff.id)
    )
    return [person for person in people if person.may(Right.PEOPLE)]


def invite_admin(clinic: Clinic, name: str, email: str, now: datetime) -> tuple[Staff, str]:
    """Add an admin and return the token of their link; who is only invited gets a new link.

    Refused for a taken e-mail, Conflict for an admin who has a password already. Commits.
    """
    wanted = email_address(email)
    waiting = next((one for one in admins_of(clinic.id) if one.email == wanted), None)
    if waiting is None:
        waiting = newcomer(clinic, name, email, StaffRole.ADMIN)
    elif waiting.password_hash:
        raise Conflict("This person has joined already.")
    return waiting, make_link(SYSTEM, waiting, "invited", now)
