"""Appends to the audit trail, in the transaction of the change it records."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

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


def record(
    clinic_id: int,
    actor: Actor,
    verb: str,
    subject: Base,
    now: datetime,
    visit_id: int | None = None,
    **facts: Any,
) -> None:
    """Append one row: `actor` did `verb` to `subject`. Facts are ids and rule names only.

    The clinic's row is locked, so that numbers and hashes are in one order on PostgreSQL too;
    call it last in a transaction.
    """
    db.session.flush()
    db.session.execute(select(Clinic.id).where(Clinic.id == clinic_id).with_for_update())
    last = db.session.scalars(
        select(AuditRow)
        .where(AuditRow.clinic_id == clinic_id)
        .order_by(AuditRow.number.desc())
        .limit(1)
    ).first()
    row = AuditRow(
        clinic_id=clinic_id,
        number=last.number + 1 if last else 1,
        at=now,
        actor=actor.kind,
        actor_id=actor.id,
        verb=verb,
        subject=subject.__tablename__,
        subject_id=getattr(subject, "id", 0) or 0,
        visit_id=visit_id,
        facts=facts,
        previous=last.hash if last else START,
    )
    row.hash = chained(row.previous, content_of(row))
    db.session.add(row)
    db.session.flush()


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
