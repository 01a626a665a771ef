"""A tablet that several people share: a sign-in that rests comes back by the password alone."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from recovery.services.audit import Actor, record
from recovery.services.people import person_behind
from recovery.services.refusals import Refused
from recovery.services.sign_in import Lifetimes, count_try, hashed
from recovery.services.staff_sign_in import Browser, begin_staff, matches
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.sign_ins import Face, SignIn

#: Wrong passwords on one resting sign-in; then the whole way in is asked for.
TRIES: Final = 5
WINDOW: Final = timedelta(minutes=15)
Resting = tuple[SignIn, Staff]


def rest(row: SignIn, staff: Staff, now: datetime) -> None:
    """Let a sign-in rest at once: the tablet is put down, or handed to somebody. Commits."""
    row.idle_ends_at = now
    record(staff.clinic_id, Actor("staff", staff.id), "rested", staff, now)
    db.session.commit()


def resting_among(tokens: Iterable[str], now: datetime) -> Sequence[Resting]:
    """Return the sign-ins of these tokens that rest: neither ended nor over for the day."""
    rows = db.session.scalars(
        select(SignIn)
        .where(
            SignIn.token_hash.in_([hashed(token) for token in tokens]),
            SignIn.face == Face.STAFF.value,
            SignIn.ended_at.is_(None),
            SignIn.idle_ends_at <= now,
            SignIn.ends_at > now,
        )
        .order_by(SignIn.id)
    )
    people = [(row, person_behind(row)) for row in rows]
    return [(row, person) for row, person in people if isinstance(person, Staff)]


def come_back(resting: Resting, password: str, label: str, idle: timedelta, now: datetime) -> str:
    """Return the token of a sign-in that goes on where one rested; it ends when that would have.

    Raises `Refused` for a wrong password and `TooManyTries`; commits.
    """
    row, staff = resting
    count_try(f"staff-again:{row.id}", TRIES, WINDOW, now)
    if not matches(staff.password_hash, password):
        raise Refused("This password is not right.", "password")
    return begin_staff(staff, Browser(label, row), Lifetimes(idle, row.ends_at - now), now)
