"""Staff sign in with e-mail and password; guessing is slow, limited and tells nothing."""

from dataclasses import dataclass
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
    """One try to sign in: what was typed, and where it came from."""

    email: str
    password: str
    source: str
    browser: str


def sign_in_staff(given: Try, lives: Lifetimes, earlier: SignIn | None, now: datetime) -> str:
    """Return the token of a new sign-in; `earlier`, the browser's last one, ends.

    The same Refused for an unknown e-mail, a wrong password and a disabled person;
    TooManyTries by e-mail and by source.
    """
    email = given.email.strip().lower()
    sign_in.count_try(f"staff-source:{given.source}", TRIES_PER_SOURCE, WINDOW, now)
    sign_in.count_try(f"staff-email:{email}", TRIES_PER_EMAIL, WINDOW, now)
    staff = db.session.scalars(select(Staff).where(Staff.email == email)).first()
    right = matches(staff.password_hash if staff else _NOBODY, given.password)
    if staff is None or not right or staff.disabled_at is not None:
        raise Refused("The e-mail or the password is not right.", "password")
    sign_in.forget_tries(f"staff-email:{email}")
    if earlier is not None:
        sign_in.end(earlier.id, now)
    token = sign_in.begin(Face.STAFF, staff.clinic_id, staff.id, given.browser, lives, now)
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
