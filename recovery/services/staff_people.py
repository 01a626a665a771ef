"""Who works at a clinic: invited by an admin, enter by a link, may be shut out at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from recovery.domain.rights import Right, StaffRole, may
from recovery.services.audit import Actor, record
from recovery.services.contact_details import email_address
from recovery.services.refusals import Conflict, LinkEnded, NotFound, Refused
from recovery.services.second_factor import forget_second_factor
from recovery.services.sign_in import end_all, hashed, new_token
from recovery.services.staff_accounts import must_be_long_enough
from recovery.services.staff_calendars import EndedBy, end_calendars
from recovery.services.staff_sign_in import HASHER
from recovery.store.clinics import Clinic, Staff
from recovery.store.database import db
from recovery.store.sign_ins import Face

INVITE_LIVES: Final = timedelta(days=7)


def people_of(admin: Staff) -> Sequence[Staff]:
    """Return everybody who works or worked at the admin's clinic, by name."""
    return db.session.scalars(
        select(Staff).where(Staff.clinic_id == admin.clinic_id).order_by(Staff.name, Staff.id)
    ).all()


def invite(
    admin: Staff, name: str, email: str, role: StaffRole, now: datetime
) -> tuple[Staff, str]:
    """Add a person and return the token of the link by which they choose a password; commits.

    Refused for a taken or unreadable e-mail, or no name.
    """
    person = newcomer(db.session.get_one(Clinic, admin.clinic_id), name, email, role)
    return person, make_link(Actor("staff", admin.id), person, "invited", now)


def newcomer(clinic: Clinic, name: str, email: str, role: StaffRole) -> Staff:
    """Make the row of a person who has chosen no password yet. Refused as `invite` says."""
    email = email_address(email)
    if not name.strip():
        raise Refused("Please write the person’s name.", "name")
    if not email:
        raise Refused("Please write the person’s e-mail address.", "email")
    if db.session.scalar(select(Staff.id).where(Staff.email == email)) is not None:
        raise Refused("Somebody already signs in with this e-mail.", "email")
    person = Staff(
        clinic_id=clinic.id,
        email=email,
        name=name.strip()[:200],
        role=role.value,
        password_hash="",
        language=clinic.language,
    )
    db.session.add(person)
    return person


def new_link(admin: Staff, person_id: int, now: datetime) -> tuple[Staff, str]:
    """Return a new link for somebody who lost password or second factor; commits.

    Their second factors, sign-ins and calendars end: what was lost opens nothing any more.
    """
    person = own_person(admin, person_id)
    forget_second_factor(person)
    end_all(Face.STAFF, person.id, now)
    end_calendars(person, EndedBy.NEW_ENTRY, now)
    person.password_hash = ""
    return person, make_link(Actor("staff", admin.id), person, "made-staff-link", now)


def change_role(admin: Staff, person_id: int, role: StaffRole, now: datetime) -> None:
    """Give a person another role. A clinic keeps an admin: nobody takes their own right away."""
    person = own_person(admin, person_id)
    if person.id == admin.id and not may(role, Right.PEOPLE):
        raise Conflict("Another admin must change your role.")
    person.role = role.value
    record(admin.clinic_id, Actor("staff", admin.id), "changed-role", person, now, role=role.value)
    db.session.commit()


def shut_out(admin: Staff, person_id: int, now: datetime) -> None:
    """Let a person no longer sign in; every browser of theirs is out at once, and their calendars
    end for good. Commits."""
    person = own_person(admin, person_id)
    if person.id == admin.id:
        raise Conflict("Another admin must do this for you.")
    person.disabled_at, person.invite_hash = person.disabled_at or now, None
    end_all(Face.STAFF, person.id, now)
    end_calendars(person, EndedBy.SHUT_OUT, now)
    record(admin.clinic_id, Actor("staff", admin.id), "shut-out", person, now)
    db.session.commit()


def let_back(admin: Staff, person_id: int, now: datetime) -> None:
    """Let a person sign in again with what they had; commits."""
    person = own_person(admin, person_id)
    person.disabled_at = None
    record(admin.clinic_id, Actor("staff", admin.id), "let-back", person, now)
    db.session.commit()


def own_person(admin: Staff, person_id: int) -> Staff:
    """Return somebody of the admin's clinic; NotFound for anybody else."""
    person = db.session.scalars(
        select(Staff)
        .where(Staff.id == person_id, Staff.clinic_id == admin.clinic_id)
        .with_for_update(key_share=True)
    ).first()
    if person is None:
        raise NotFound
    return person


def invited(token: str, now: datetime) -> Staff:
    """Return whose link this is; changes nothing. LinkEnded when it no longer works."""
    person = db.session.scalars(select(Staff).where(Staff.invite_hash == hashed(token))).first()
    ends_at = person.invite_ends_at if person else None
    if person is None or ends_at is None or ends_at <= now or person.disabled_at is not None:
        raise LinkEnded
    return person


def choose_password(token: str, password: str, now: datetime) -> Staff:
    """Take the password that an invited person chose; the link is used up. Commits."""
    person = invited(token, now)
    must_be_long_enough(password)
    person.password_hash, person.invite_hash = HASHER.hash(password), None
    record(person.clinic_id, Actor("staff", person.id), "chose-password", person, now)
    db.session.commit()
    return person


def make_link(actor: Actor, person: Staff, verb: str, now: datetime) -> str:
    """Return the token of a new link for a person; the one before ends. Commits."""
    token = new_token()
    person.invite_hash, person.invite_ends_at = hashed(token), now + INVITE_LIVES
    db.session.flush()
    record(person.clinic_id, actor, verb, person, now)
    db.session.commit()
    return token
