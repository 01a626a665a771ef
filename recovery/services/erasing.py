"""Erases what is personal of one patient; ids, moments and the audit trail's chain stay.

What stays says when notices went out and were seen, and tells nobody of whom: a clinic may still
count, and every row of the trail still proves the one before it.
"""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import String, cast, delete, func, literal, select, update
from sqlalchemy.orm import InstrumentedAttribute

from recovery.domain.notice import NoticeState
from recovery.services.audit import Actor, record
from recovery.services.of_patient import belongs
from recovery.store.addresses import Address
from recovery.store.alerts import Alert
from recovery.store.database import Base, db
from recovery.store.devices import Device
from recovery.store.notices import Attempt, Notice
from recovery.store.patients import Contact, Patient
from recovery.store.reasons import Reason
from recovery.store.rides import Promise, Ride
from recovery.store.said import Said
from recovery.store.sign_ins import SignIn, SignInCode
from recovery.store.visits import (
    Answer,
    CheckDone,
    CheckInAnswer,
    LastTaken,
    Observation,
    ScoreReading,
    StepDone,
    Visit,
    Vital,
)

ERASED: Final = "erased"
#: Stands where a name stood.
NOBODY: Final = "–"
NO_DAY: Final = date(1900, 1, 1)
#: Whole rows go: answers, measurements, and codes to sign in with.
GONE: Final[tuple[type[Base], ...]] = (
    Said, Answer, LastTaken, StepDone, Vital, Observation, ScoreReading, CheckDone, SignInCode,
)  # fmt: skip


def erase(patient: Patient, actor: Actor, now: datetime) -> None:
    """Erase what is personal of a patient who is locked, and of whom they named.

    Names, birth, numbers, addresses, answers, measurements, reasons, what notices and promises
    said, links, tokens and phones. Twice is once. Does not commit.
    """
    if patient.erased_at is not None:
        return
    db.session.flush()
    mine = belongs(patient.id)
    for model in GONE:
        db.session.execute(delete(model).where(mine[model]))
    for model, values in _blanks(now).items():
        db.session.execute(update(model).where(mine[model]).values(values))
    _silence(mine[Notice])
    patient.erased_at = now
    record(patient.clinic_id, actor, ERASED, patient, now)
    db.session.flush()
    db.session.expire_all()


def _blanks(now: datetime) -> dict[type[Base], dict[str, Any]]:
    """Return what is written over each table's personal columns."""
    return {
        Patient: {
            "name": NOBODY, "born": NO_DAY, "phone": "", "email": "",
            "welcome_hash": None, "welcome_ends_at": None, "halted_at": now,
        },
        Contact: {"name": NOBODY, "phone": "", "halted_at": now},
        SignIn: {
            "token_hash": _unique(SignIn.id), "label": "",
            "ended_at": func.coalesce(SignIn.ended_at, _at(now)),
        },
        Device: {
            "endpoint": "", "endpoint_hash": _unique(Device.id), "p256dh": "", "auth": "",
            "server_key": "", "label": "", "retired_why": ERASED,
            "retired_at": func.coalesce(Device.retired_at, _at(now)),
        },
        Address: {
            "to": "", "code_hash": "", "retired_why": ERASED,
            "retired_at": func.coalesce(Address.retired_at, _at(now)),
        },
        Visit: {
            "exempt_why": "", "decided_why": "", "decided_flags": [], "handed_to": "",
            "handover_why": "",
        },
        CheckInAnswer: {"answers": {}, "symptoms": None, "slept": None, "sedative_at": None},
        Ride: {"link_hash": None, "link_ends_at": None, "code": ""},
        Promise: {"lines": []},
        Attempt: {"detail": "", "receipt_hash": None},
        Alert: {
            "key": _unique(Alert.id), "kind": ERASED, "facts": {}, "red_flag": None,
            "resolution": "", "resolved_at": func.coalesce(Alert.resolved_at, _at(now)),
        },
        Reason: {"words": ""},
    }  # fmt: skip


def _silence(mine: Any) -> None:
    """Nothing is sent any more, and what was sent keeps its moments but not what it said."""
    for notice in db.session.scalars(select(Notice).where(mine)):
        notice.parts = [{**part, "says": {}} for part in notice.parts]
        notice.next_at = notice.lease_until = None
        notice.fence += 1
        if notice.state in {NoticeState.OWED, NoticeState.SENDING}:
            notice.state, notice.why = NoticeState.WITHDRAWN.value, ERASED


def _unique(number: InstrumentedAttribute[int]) -> Any:
    return literal(f"{ERASED}:") + cast(number, String)


def _at(now: datetime) -> Any:
    return literal(now, SignIn.ended_at.type)
