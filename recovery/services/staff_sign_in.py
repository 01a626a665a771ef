"""Staff sign in with e-mail and password; guessing is slow, limited and tells nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import select

from recovery.services import sign_in
from recovery.services.audit import Actor, record
from recovery.services.refusals import Refused
from recovery.services.sign_in import Lifetimes
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.sign_ins import Face, SignIn

#: OWASP's setting for argon2id: 19 MiB, so that several at once do not exhaust a small machine.
HASHER: Final = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)
WINDOW: Final = timedelta(minutes=15)
TRIES_PER_EMAIL: Final = 10
#: A clinic's people share one address, so a source gets more than a person.
TRIES_PER_SOURCE: Final = 50
#: Checked for unknown e-mails, so that they take the same time.
_NOBODY: Final = HASHER.hash(sign_in.new_token())


@dataclass(frozen=True, slots=True)
class Try:
    """One try to sign in: what was typed, and where it came from.

    `known`: pairs of a staff id and a random word that this browser was given when that person
    signed in with it; their tries are counted apart, so that a stranger cannot lock them out.
    """

    email: str
    password: str
    source: str
    known: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Browser:
    """The browser that signs in: its name for people, and its sign-in until now."""

    label: str
    earlier: SignIn | None = None


def prove_password(given: Try, now: datetime) -> Staff:
    """Return whose e-mail and password these are; commits the count of tries.

    The same Refused for an unknown e-mail, a wrong password and a disabled person;
    TooManyTries by e-mail and by source.
    """
    email = given.email.strip().lower()
    staff = db.session.scalars(select(Staff).where(Staff.email == email)).first()
    known = given.known.get(staff.id) if staff else None
    key = f"staff-known:{known}" if known else f"staff-email:{email}"
    sign_in.count_try(f"staff-source:{given.source}", TRIES_PER_SOURCE, WINDOW, now)
    sign_in.count_try(key, TRIES_PER_EMAIL, WINDOW, now)
    right = matches(staff.password_hash if staff else _NOBODY, given.password)
    if staff is None or not right or staff.disabled_at is not None:
        raise Refused("The e-mail or the password is not right.", "password")
    sign_in.forget_tries(key)
    db.session.commit()
    return staff


def begin_staff(staff: Staff, browser: Browser, lives: Lifetimes, now: datetime) -> str:
    """Return the token of a new sign-in. The browser's last one ends, or rests when it is
    somebody else's. Commits."""
    earlier = browser.earlier
    if earlier is not None and earlier.subject_id == staff.id:
        sign_in.end(earlier.id, now)
    elif earlier is not None:
        earlier.idle_ends_at = min(earlier.idle_ends_at, now)
    token = sign_in.begin(Face.STAFF, staff.clinic_id, staff.id, browser.label, lives, now)
    record(staff.clinic_id, Actor("staff", staff.id), "signed-in", staff, now)
    db.session.commit()
    return token


def sign_out_staff(row: SignIn, staff: Staff, now: datetime) -> None:
    """End this browser's sign-in at once."""
    sign_in.end(row.id, now)
    record(staff.clinic_id, Actor("staff", staff.id), "signed-out", staff, now)
    db.session.commit()


def matches(kept: str, password: str) -> bool:
    """Whether a password is the one whose hash is kept."""
    try:
        return HASHER.verify(kept, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
