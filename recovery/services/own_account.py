"""What staff change of their own: the password, and which browsers are signed in."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from recovery.services import sign_in
from recovery.services.audit import Actor, record
from recovery.services.refusals import NotFound, Refused
from recovery.services.staff_accounts import must_be_long_enough
from recovery.services.staff_calendars import EndedBy, end_calendars
from recovery.services.staff_sign_in import HASHER, TRIES_PER_EMAIL, WINDOW, matches
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.sign_ins import Face, SignIn


def must_know_password(staff: Staff, password: str, now: datetime, field: str = "old") -> None:
    """Refuse who does not know the person's password: a tablet may be left open. Commits."""
    sign_in.count_try(f"staff-own:{staff.id}", TRIES_PER_EMAIL, WINDOW, now)
    if not matches(staff.password_hash, password):
        raise Refused("This password is not right.", field)
    sign_in.forget_tries(f"staff-own:{staff.id}")


def change_password(staff: Staff, old: str, new: str, here: SignIn, now: datetime) -> None:
    """Take a new password; every other browser of this person is signed out, and their calendars
    end. Commits."""
    must_know_password(staff, old, now)
    must_be_long_enough(new, "new")
    staff.password_hash = HASHER.hash(new)
    for row in sign_ins_of(staff, now):
        if row.id != here.id:
            sign_in.end(row.id, now)
    end_calendars(staff, EndedBy.NEW_ENTRY, now)
    record(staff.clinic_id, Actor("staff", staff.id), "changed-password", staff, now)
    db.session.commit()


def sign_ins_of(staff: Staff, now: datetime) -> Sequence[SignIn]:
    """Return the browsers in which the person is signed in or rests, the newest first."""
    return db.session.scalars(
        select(SignIn)
        .where(
            SignIn.face == Face.STAFF.value,
            SignIn.subject_id == staff.id,
            SignIn.ended_at.is_(None),
            SignIn.ends_at > now,
        )
        .order_by(SignIn.id.desc())
    ).all()


def end_sign_in(staff: Staff, sign_in_id: int, now: datetime) -> None:
    """Sign the person out of one of their browsers; NotFound for any other. Commits."""
    if sign_in_id not in {row.id for row in sign_ins_of(staff, now)}:
        raise NotFound
    sign_in.end(sign_in_id, now)
    record(staff.clinic_id, Actor("staff", staff.id), "ended-sign-in", staff, now)
    db.session.commit()
