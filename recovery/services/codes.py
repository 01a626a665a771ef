"""Short codes that carry a patient into the installed app, or to another phone."""

from datetime import datetime, timedelta
from secrets import choice
from typing import Final

from sqlalchemy import select, update

from recovery.services.audit import Actor, record
from recovery.services.entry import Browser, let_in
from recovery.services.refusals import Refused
from recovery.services.sign_in import count_try, hashed
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.sign_ins import SignInCode

#: Read aloud and typed without doubt: no 0 and O, no 1, I and L. 31⁸ codes are 39 bits.
LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH: Final = 8
CODE_LIVES: Final = timedelta(minutes=10)
TRIES_A_SOURCE: Final = 10
#: All wrong codes together, so that guessing from many places is of no use either.
TRIES_IN_ALL: Final = 1000
WINDOW: Final = timedelta(hours=1)


def make_code(patient: Patient, now: datetime) -> str:
    """Return a new code that signs one browser in within ten minutes; older ones end. Commits."""
    _end_codes(patient.id, now)
    code = "".join(choice(LETTERS) for _ in range(LENGTH))
    row = SignInCode(patient_id=patient.id, code_hash=hashed(code), ends_at=now + CODE_LIVES)
    db.session.add(row)
    record(patient.clinic_id, Actor("patient", patient.id), "made-code", row, now)
    db.session.commit()
    return code


def enter_with_code(
    typed: str, browser: Browser, after_last_visit: timedelta, now: datetime
) -> str:
    """Sign a browser in by a code, as typed or pasted; returns its cookie's token. Commits.

    Wrong, used and expired codes get the same answer. Raises `Refused` or `TooManyTries`.
    """
    count_try(f"code-source:{browser.source}", TRIES_A_SOURCE, WINDOW, now)
    count_try("code", TRIES_IN_ALL, WINDOW, now)
    code = "".join(letter for letter in typed.upper() if letter.isalnum())
    row = db.session.scalars(
        select(SignInCode)
        .where(
            SignInCode.code_hash == hashed(code),
            SignInCode.used_at.is_(None),
            SignInCode.ends_at > now,
        )
        .with_for_update(key_share=True)
    ).first()
    patient = db.session.get(Patient, row.patient_id) if row else None
    if row is None or patient is None:
        raise Refused("This code does not work. Please ask for a new one.", "code")
    row.used_at = now
    return let_in(patient, browser, "entered-by-code", after_last_visit, now)


def _end_codes(patient_id: int, now: datetime) -> None:
    db.session.execute(
        update(SignInCode)
        .where(SignInCode.patient_id == patient_id, SignInCode.used_at.is_(None))
        .values(used_at=now)
    )
