"""Writes what reconciling found into the ledger: rows withdrawn, moved and added."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import insert

from recovery.domain.notice import NoticeState, Owed
from recovery.domain.notices import Changes, New
from recovery.store.database import db
from recovery.store.notices import Notice


def change(changes: Changes, rows: Mapping[int, Notice]) -> None:
    """Withdraw and move the rows that are there. Does not commit."""
    for row_id in changes.withdraw:
        row = rows[row_id]
        row.state, row.next_at, row.why = NoticeState.WITHDRAWN.value, None, "no-longer-true"
        row.lease_until = None
        row.fence += 1
    for row_id, owed in changes.move.items():
        row = rows[row_id]
        for name, value in _said(owed).items():
            setattr(row, name, value)
        row.fence += 1


def new_row(new: New, clinic_id: int, now: datetime) -> dict[str, object]:
    """Return the columns of a notice that is not in the ledger yet.

    Not the row's own class: nobody looks at a new row in the transaction that makes it owed, and
    plain values go to the database in one statement, however many they are.
    """
    principal, to = new.owed.principal, new.owed.recipient
    return _said(new.owed) | {
        "clinic_id": clinic_id,
        "visit_id": principal.visit_id,
        "kind": principal.kind,
        "occasion": principal.occasion,
        "role": to.role.value,
        "recipient_id": to.id,
        "revision": new.revision,
        "correction": new.correction,
        "topic": topic_of(new),
        "created_at": now,
    }


def add_all(rows: Sequence[Mapping[str, object]]) -> None:
    """Add new rows, after what was withdrawn has let go of its place. Does not commit."""
    db.session.flush()
    if rows:
        db.session.execute(insert(Notice), rows)


def _said(owed: Owed) -> dict[str, object]:
    parts = [
        {
            "visit_id": part.visit_id,
            "kind": part.kind,
            "occasion": part.occasion,
            "says": dict(part.says),
        }
        for part in owed.parts
    ]
    return {
        "parts": parts,
        "safety": owed.safety,
        "no_driving": owed.no_driving,
        "due_at": owed.due_at,
        "not_after": owed.not_after,
        "next_at": owed.due_at,
        "lease_until": None,
    }


def topic_of(new: New) -> str:
    """Return the push topic and tag: opaque, and the same for every revision of a notice."""
    to, part = new.owed.recipient, new.owed.principal
    words = f"{part.visit_id}/{part.kind}/{part.occasion}/{to.role}/{to.id}"
    return sha256(words.encode()).hexdigest()[:32]
