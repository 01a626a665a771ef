"""Sending paused: after a restore nothing goes out before a person has looked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Update, func, select, union_all, update
from sqlalchemy.orm import joinedload

from recovery.domain.notice import NoticeState
from recovery.services.audit import SYSTEM, Actor, record
from recovery.services.audit_check import RESTORED
from recovery.services.refusals import NotFound
from recovery.store.audit import AuditRow
from recovery.store.clinics import Clinic, Staff
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.visits import Visit
from recovery.store.workers import WorkerBeat

BY_HAND: Final = "by-hand"
#: How many waiting notices one page lists.
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """One notice that waits; `still_useful`: it goes out when sending is released."""

    notice: Notice
    visit: Visit
    still_useful: bool


def pausing_all(now: datetime) -> Update:
    """Return the statement that a restored database is marked with before anybody sees it.

    `restored_as_of` becomes the last moment that the database knows of.
    """
    last = union_all(
        select(func.max(AuditRow.at).label("at")), select(func.max(WorkerBeat.at).label("at"))
    ).subquery()
    known = select(func.max(last.c.at)).scalar_subquery()
    return update(Clinic).values(paused_at=now, paused_why=RESTORED, restored_as_of=known)


def note_restore(now: datetime) -> None:
    """Write into each clinic's audit trail that its data are those of a backup; commits."""
    for clinic in db.session.scalars(select(Clinic).order_by(Clinic.id)).all():
        as_of = clinic.restored_as_of.isoformat() if clinic.restored_as_of else ""
        record(clinic.id, SYSTEM, "restored", clinic, now, as_of=as_of)
    db.session.commit()


def pause_sending(clinic_id: int | None, now: datetime) -> list[Clinic]:
    """Send nothing more for a clinic, or for all (None), until somebody releases it; commits."""
    clinics = _locked(clinic_id)
    for clinic in clinics:
        if clinic.paused_at is None:
            clinic.paused_at, clinic.paused_why = now, BY_HAND
            record(clinic.id, SYSTEM, "paused-sending", clinic, now)
    db.session.commit()
    return clinics


def release_sending(clinic_id: int | None, now: datetime) -> list[Clinic]:
    """The operator lets notices go out again for a clinic, or for all (None); commits."""
    clinics = _locked(clinic_id)
    for clinic in clinics:
        _release(clinic, SYSTEM, now)
    db.session.commit()
    return clinics


def release_own_sending(staff: Staff, now: datetime) -> None:
    """Staff have looked: notices of their clinic go out again, as far as still true; commits."""
    [clinic] = _locked(staff.clinic_id)
    _release(clinic, Actor("staff", staff.id), now)
    db.session.commit()


def held_back(clinic: Clinic, now: datetime) -> tuple[int, list[Waiting]]:
    """Return how many notices of a clinic are due and wait, and the oldest `MOST` of them."""
    due = (
        Notice.clinic_id == clinic.id,
        Notice.next_at.is_not(None),
        Notice.due_at <= now,
        Notice.state.in_((NoticeState.OWED.value, NoticeState.SENDING.value)),
    )
    count = db.session.scalar(select(func.count()).select_from(Notice).where(*due)) or 0
    rows = db.session.scalars(
        select(Notice).where(*due).order_by(Notice.due_at, Notice.id).limit(MOST)
    ).all()
    visits = _visits(rows)
    return count, [Waiting(row, visits[row.visit_id], row.not_after > now) for row in rows]


def _visits(rows: Sequence[Notice]) -> dict[int, Visit]:
    found = db.session.scalars(
        select(Visit)
        .where(Visit.id.in_({row.visit_id for row in rows}))
        .options(joinedload(Visit.patient), joinedload(Visit.protocol_version))
    )
    return {visit.id: visit for visit in found}


def _release(clinic: Clinic, actor: Actor, now: datetime) -> None:
    if clinic.paused_at is not None:
        clinic.paused_at, clinic.paused_why = None, ""
        record(clinic.id, actor, "released-sending", clinic, now)


def _locked(clinic_id: int | None) -> list[Clinic]:
    chosen = select(Clinic).order_by(Clinic.id).with_for_update(key_share=True)
    if clinic_id is not None:
        chosen = chosen.where(Clinic.id == clinic_id)
    clinics = list(db.session.scalars(chosen))
    if not clinics and clinic_id is not None:
        raise NotFound
    return clinics
