"""The second factor of staff: an authenticator app's code, or a recovery code from paper."""

from datetime import datetime, timedelta
from secrets import choice
from typing import Final

import pyotp
from sqlalchemy import delete, func, select

from recovery.services.audit import Actor, record
from recovery.services.codes import LETTERS
from recovery.services.refusals import Refused
from recovery.services.sign_in import count_try, forget_tries, hashed
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.staff_factors import Passkey, RecoveryCode

#: The name that the authenticator app shows; neutral, like the web address.
ISSUER: Final = "Homeward"
#: RFC 6238 counts steps of 30 s; one step before and after allows for clocks that differ.
STEP: Final = 30
NEIGHBOURS: Final = (-1, 0, 1)
CODES: Final = 10
#: 31¹⁰ codes are 49 bits each.
LENGTH: Final = 10
TRIES: Final = 10
WINDOW: Final = timedelta(minutes=15)


def has_second_factor(staff: Staff) -> bool:
    """Whether this person proves more than a password."""
    return bool(staff.totp_secret) or has_passkey(staff)


def has_passkey(staff: Staff) -> bool:
    """Whether a passkey of this person is known."""
    return db.session.scalar(select(Passkey.id).where(Passkey.staff_id == staff.id)) is not None


def new_secret() -> str:
    """Return a fresh secret for an authenticator app (160 bits, base32)."""
    return pyotp.random_base32()


def address_of(secret: str, staff: Staff) -> str:
    """Return the otpauth address that an authenticator app scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=staff.email, issuer_name=ISSUER)


def use_app(staff: Staff, secret: str, code: str, now: datetime) -> None:
    """Take an authenticator app as second factor once its first code is right; commits."""
    step = _step(secret, code, 0, now)
    if step is None:
        raise Refused("This code is not right. Please wait for the next one and try it.", "code")
    staff.totp_secret, staff.totp_step = secret, step
    record(staff.clinic_id, Actor("staff", staff.id), "set-authenticator", staff, now)
    db.session.commit()


def prove_by_code(staff: Staff, typed: str, now: datetime) -> None:
    """Take a code of the authenticator app, or a recovery code; each works once. Commits.

    Raises `Refused` for any other, and `TooManyTries`.
    """
    key = f"staff-code:{staff.id}"
    count_try(key, TRIES, WINDOW, now)
    code = "".join(letter for letter in typed.upper() if letter.isalnum())
    if not (_take_step(staff, code, now) or _take_recovery(staff, code, now)):
        raise Refused("This code is not right, or it was used before.", "code")
    forget_tries(key)
    db.session.commit()


def new_recovery_codes(staff: Staff, now: datetime) -> list[str]:
    """Return ten fresh codes, to be shown once; the ones before end. Commits."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))
    codes = ["".join(choice(LETTERS) for _ in range(LENGTH)) for _ in range(CODES)]
    db.session.add_all(RecoveryCode(staff_id=staff.id, code_hash=hashed(code)) for code in codes)
    record(staff.clinic_id, Actor("staff", staff.id), "made-recovery-codes", staff, now)
    db.session.commit()
    return codes


def codes_left(staff: Staff) -> int:
    """How many recovery codes were not used yet."""
    unused = select(func.count(RecoveryCode.id)).where(
        RecoveryCode.staff_id == staff.id, RecoveryCode.used_at.is_(None)
    )
    return db.session.scalar(unused) or 0


def forget_second_factor(staff: Staff) -> None:
    """Take every second factor away, so that a new one is set at the next sign-in. Does not
    commit."""
    staff.totp_secret = ""
    for table in (Passkey, RecoveryCode):
        db.session.execute(delete(table).where(table.staff_id == staff.id))


def _step(secret: str, code: str, after: int, now: datetime) -> int | None:
    """Return the step whose code this is, when it is about now and later than `after`."""
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP
    for step in (current + neighbour for neighbour in NEIGHBOURS):
        if step > after and pyotp.utils.strings_equal(totp.generate_otp(step), code):
            return step
    return None


def _take_step(staff: Staff, code: str, now: datetime) -> bool:
    if not staff.totp_secret:
        return False
    locked = select(Staff).where(Staff.id == staff.id).with_for_update(key_share=True)
    staff = db.session.scalars(locked.execution_options(populate_existing=True)).one()
    step = _step(staff.totp_secret, code, staff.totp_step, now)
    if step is not None:
        staff.totp_step = step
    return step is not None


def _take_recovery(staff: Staff, code: str, now: datetime) -> bool:
    row = db.session.scalars(
        select(RecoveryCode)
        .where(
            RecoveryCode.staff_id == staff.id,
            RecoveryCode.code_hash == hashed(code),
            RecoveryCode.used_at.is_(None),
        )
        .with_for_update()
    ).first()
    if row is None:
        return False
    row.used_at = now
    record(staff.clinic_id, Actor("staff", staff.id), "used-recovery-code", staff, now)
    return True
