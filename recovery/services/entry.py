"""What every way into the patient's face shares: whose browser it is, and how long it may stay."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from recovery.domain.visit import NOT_HAPPENING
from recovery.services.account_end import open_again
from recovery.services.audit import Actor, record
from recovery.services.devices import retire_devices_of
from recovery.services.sign_in import Lifetimes, begin, end
from recovery.store.database import db, reading
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face, SignIn
from recovery.store.visits import Visit

#: A sign-in is moved only when the end changed by more than this (keeps writes off pages).
WORTH_MOVING = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Browser:
    """The browser that wants in. `replaces`: the sign-in it holds now, of whichever patient."""

    source: str
    label: str
    replaces: int | None = None


def let_in(
    patient: Patient, browser: Browser, verb: str, after_last_visit: timedelta, now: datetime
) -> str:
    """Sign a patient's browser in and return the token of its cookie; commits.

    Whoever was signed in there before is signed out, so that nobody sees the last one's data.
    """
    if browser.replaces is not None:
        leave_browser(browser.replaces, now)
    open_again(patient, now)
    lives = stays_until(patient.id, after_last_visit, now) - now
    token = begin(
        Face.PATIENT, patient.clinic_id, patient.id, browser.label, Lifetimes(lives, lives), now
    )
    record(patient.clinic_id, Actor("patient", patient.id), verb, patient, now)
    db.session.commit()
    return token


def stays_until(patient_id: int, after_last_visit: timedelta, now: datetime) -> datetime:
    """Return when a phone signed in now is signed out: so long after the last visit (or now)."""
    return max(_last_visit(patient_id) or now, now) + after_last_visit


def keep_until_after_last_visit(
    sign_in: SignIn, after_last_visit: timedelta, now: datetime
) -> None:
    """Let a sign-in outlive a visit that was booked later; commits when it changes anything.

    It only ever gets longer, and never from page loads alone: the last visit decides.
    """
    last = _last_visit(sign_in.subject_id)
    wanted = last + after_last_visit if last else sign_in.ends_at
    if wanted - sign_in.ends_at < WORTH_MOVING:
        return
    db.session.commit()
    with reading(False):
        sign_in.ends_at = sign_in.idle_ends_at = wanted
        db.session.commit()


def leave(sign_in: SignIn, now: datetime) -> None:
    """Sign a browser out at its owner's wish: its sign-in and its device end; commits."""
    leave_browser(sign_in.id, now)
    actor = Actor("patient", sign_in.subject_id)
    record(sign_in.clinic_id, actor, "signed-out", sign_in, now)
    db.session.commit()


def leave_browser(sign_in_id: int, now: datetime) -> None:
    """End a browser's sign-in and the device that belongs to it. Does not commit.

    The sign-in first, as whoever keeps a device locks them in this order too.
    """
    end(sign_in_id, now)
    retire_devices_of(sign_in_id, "signed-out", now)


def _last_visit(patient_id: int) -> datetime | None:
    happening = Visit.state.not_in([state.value for state in NOT_HAPPENING])
    return db.session.scalar(
        select(Visit.start_at)
        .where(Visit.patient_id == patient_id, happening)
        .order_by(Visit.start_at.desc())
        .limit(1)
    )
