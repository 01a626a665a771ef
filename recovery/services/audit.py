"""Appends to the audit trail, in the transaction of the change it records."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, cast

from flask import Flask, current_app
from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session

from recovery.domain.audit import START, UNKEYED, AuditKeys
from recovery.store.audit import AuditRow
from recovery.store.clinics import Clinic
from recovery.store.database import Base, db

EXTENSION: Final = "recovery.audit-keys"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: `staff`, `patient`, `driver` (contact id) or `system` (no id)."""

    kind: str
    id: int | None = None


class Wrong(StrEnum):
    """What is wrong with a row.

    TOUCHED: it, or one before it, was changed, removed or inserted. CUT: the chain once went on.
    KEY: it was sealed with a key that is not among ours. UNSEALED: it has no key although one
    before it has, or no row of the chain has one.
    """

    TOUCHED = "touched"
    CUT = "cut"
    KEY = "key"
    UNSEALED = "unsealed"


@dataclass(frozen=True, slots=True)
class Fault:
    """The number of the first row that is not right, and what is wrong with it."""

    number: int
    why: Wrong


SYSTEM = Actor("system")
#: Where a session keeps the rows that its commit will append.
TRAIL = "homeward.trail"


def attach(app: Flask, keys: AuditKeys) -> None:
    """Give the app the keys that its trail is sealed with."""
    app.extensions[EXTENSION] = keys


def audit_keys() -> AuditKeys:
    """Return the keys of the current app."""
    return cast(AuditKeys, current_app.extensions[EXTENSION])


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
        _chain(session, clinic_id, [row for row in rows if row.clinic_id == clinic_id])


def _chain(session: Session, clinic_id: int, rows: list[AuditRow]) -> None:
    keys, last = audit_keys(), _last(session, clinic_id)
    number, previous = (last.number, last.hash) if last else (0, START)
    for row in rows:
        number += 1
        row.number, row.previous, row.key = number, previous, keys.present
        previous = row.hash = cast(str, keys.seal(row.key, previous, content_of(row)))
    # Plain values: an act on many rows is one statement, and nobody looks at these again here.
    session.execute(insert(AuditRow), [_columns(row) for row in rows])


def _columns(row: AuditRow) -> dict[str, object]:
    names = (column.name for column in AuditRow.__table__.columns if not column.primary_key)
    return {name: getattr(row, name) for name in names}


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(TRAIL, None)


def _last(session: Session, clinic_id: int) -> AuditRow | None:
    rows = select(AuditRow).where(AuditRow.clinic_id == clinic_id)
    return session.scalars(rows.order_by(AuditRow.number.desc()).limit(1)).first()


def content_of(row: AuditRow) -> dict[str, object]:
    """Return what a row's seal covers beside its key's id, as plain JSON values."""
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


def first_broken_row(clinic_id: int) -> Fault | None:
    """Return the first row of a clinic's chain that is not right; None = the chain is whole."""
    keys, previous, number, sealed = audit_keys(), START, 1, False
    rows = select(AuditRow).where(AuditRow.clinic_id == clinic_id).order_by(AuditRow.number)
    with db.session.scalars(rows.execution_options(yield_per=500)) as found:
        for row in found:
            if row.number != number or row.previous != previous:
                return Fault(number, Wrong.TOUCHED)
            if sealed and row.key == UNKEYED:
                return Fault(number, Wrong.UNSEALED)
            seal = keys.seal(row.key, previous, content_of(row))
            if seal != row.hash:
                return Fault(number, Wrong.TOUCHED if seal else Wrong.KEY)
            previous, number, sealed = row.hash, number + 1, sealed or row.key != UNKEYED
    return None if sealed or number == 1 else Fault(number - 1, Wrong.UNSEALED)
