"""Appends to the audit trail, in the transaction of the change it records."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from recovery.domain.audit import START, chained
from recovery.store.audit import AuditRow
from recovery.store.clinics import Clinic
from recovery.store.database import Base, db


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: `staff`, `patient`, `driver` (contact id) or `system` (no id)."""

    kind: str
    id: int | None = None


SYSTEM = Actor("system")
#: Where a session keeps the rows that its commit will append.
TRAIL = "homeward.trail"


def record(
    clinic_id: int,
    actor: Actor,
    verb: str,
    subject: Base,
    now: datetime,
    visit_id: int | None = None,
    **facts: Any,
) -> None:
    """Record that `actor` did `verb` to `subject`. Facts are ids and rule names only.

    The row is appended when the transaction commits, and only then: the chain is in one order
    because the clinic's row is locked, and locked last, so that no two acts can wait for each
    other.
    """
    db.session.flush()
    row = AuditRow(
        clinic_id=clinic_id,
        at=now,
        actor=actor.kind,
        actor_id=actor.id,
        verb=verb,
        subject=subject.__tablename__,
        subject_id=getattr(subject, "id", 0) or 0,
        visit_id=visit_id,
        facts=facts,
    )
    db.session.info.setdefault(TRAIL, []).append(row)


@event.listens_for(Session, "before_commit")
def _append(session: Session) -> None:
    rows: list[AuditRow] = session.info.pop(TRAIL, [])
    for clinic_id in sorted({row.clinic_id for row in rows}):
        # Rows that point to the clinic hold a share of its key: a lock of the whole row would
        # make two acts wait for each other. So it is everywhere here: `key_share`.
        session.execute(
            select(Clinic.id).where(Clinic.id == clinic_id).with_for_update(key_share=True)
        )
        last = _last(session, clinic_id)
        number, previous = (last.number, last.hash) if last else (0, START)
        for row in rows:
            if row.clinic_id == clinic_id:
                number += 1
                row.number, row.previous = number, previous
                previous = row.hash = chained(previous, content_of(row))
                session.add(row)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(TRAIL, None)


def _last(session: Session, clinic_id: int) -> AuditRow | None:
    rows = select(AuditRow).where(AuditRow.clinic_id == clinic_id)
    return session.scalars(rows.order_by(AuditRow.number.desc()).limit(1)).first()


def content_of(row: AuditRow) -> dict[str, object]:
    """Return what a row's hash covers, as plain JSON values."""
    return {
        "clinic": row.clinic_id,
        "number": row.number,
        "at": row.at.isoformat(),
        "actor": row.actor,
        "actor_id": row.actor_id,
        "verb": row.verb,
        "subject": row.subject,
        "subject_id": row.subject_id,
        "visit": row.visit_id,
        "facts": row.facts,
    }


def first_broken_row(clinic_id: int) -> int | None:
    """Return the number of the first row that was changed, removed or inserted; None if whole."""
    previous, number = START, 1
    rows = db.session.scalars(
        select(AuditRow).where(AuditRow.clinic_id == clinic_id).order_by(AuditRow.number)
    )
    for row in rows:
        whole = row.number == number and row.previous == previous
        if not whole or row.hash != chained(previous, content_of(row)):
            return number
        previous, number = row.hash, number + 1
    return None
