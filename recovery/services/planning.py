"""Keeps the ledger of notices in step with what is known: plan, reconcile, apply.

Every service that changes a visit, a ride, a consent or a check-in calls `replan` before it
commits, so that what is owed is written in the transaction of the event that makes it owed.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select

from recovery.domain.ladder import Rung
from recovery.domain.notice import NoticeState, Owed, Part, Recipient
from recovery.domain.notices import Changes, Existing, New, plan, reconcile, settled
from recovery.domain.notices.silence import heard_at
from recovery.domain.protocol.after import Audience
from recovery.domain.visit import Unreached, VisitFacts
from recovery.services.facts import course_of
from recovery.services.moot_alerts import board_key, settle_moot, unseen_key
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.store.visits import Visit

#: A notice that proves a phone, and one that proves an address. Asked for by a tap, not by the
#: protocol: never planned and never withdrawn.
TEST, CODE = "test", "code"
#: Tells the person on call of an alert that nobody at the clinic has taken.
ON_CALL = "on-call"
ASKED_FOR = frozenset({TEST, CODE, ON_CALL})


def replan(patient_id: int, now: datetime) -> None:
    """Make the ledger say what is owed to and about one patient by what is known at `now`.

    Does not commit: it belongs to the caller's transaction.
    """
    db.session.flush()
    _lock(patient_id)
    course = course_of(patient_id)
    clinics = {visit.id: visit.clinic_id for visit in course}
    rows = _ledger(patient_id)
    existing = [_existing(row) for row in rows.values()]
    owed = plan(course)
    changes = reconcile(owed, existing, now)
    _apply(changes, rows, clinics, now)
    for row in (rows[row_id] for row_id in changes.moot):
        settle_moot(row.clinic_id, [board_key(row)], now)
    stop_climbing([rows[row_id] for row_id in settled(owed, existing, course)], now)
    stop_climbing([row for row in rows.values() if _was_heard(row, course)], now)
    db.session.flush()


def stop_climbing(rows: Sequence[Notice], now: datetime) -> None:
    """Ask nobody else about these notices: they were seen or answered, or are no longer true.

    The rows must be locked. Alerts about them close, unless a person has taken one. Does not
    commit.
    """
    climbing = [row for row in rows if row.next_at is not None or row.rung == Rung.STAFF]
    for row in climbing:
        row.next_at = row.lease_until = None
    for clinic_id in {row.clinic_id for row in climbing}:
        settle_moot(clinic_id, [unseen_key(row.id) for row in climbing], now)


def _was_heard(row: Notice, course: Sequence[VisitFacts]) -> bool:
    """Whether others were asked about this notice and its reader was heard since."""
    if row.asked_at is None:
        return False
    silent = Unreached(Audience(row.role), row.recipient_id, row.asked_at)
    return any(visit.id == row.visit_id and heard_at(silent, visit) for visit in course)


def hold(patient_id: int) -> None:
    """Let nobody else plan for this patient, or change their notices, before this transaction
    ends. For who locks an alert before `replan`: alerts are locked after notices everywhere."""
    _lock(patient_id)
    _ledger(patient_id)


def _lock(patient_id: int) -> None:
    """One plan of a patient at a time: two acts on two visits each see what the other did."""
    db.session.scalar(
        select(Patient.id).where(Patient.id == patient_id).with_for_update(key_share=True)
    )


def _ledger(patient_id: int) -> dict[int, Notice]:
    rows = db.session.scalars(
        select(Notice)
        .join(Visit, Visit.id == Notice.visit_id)
        .where(Visit.patient_id == patient_id, Notice.kind.not_in(ASKED_FOR))
        .order_by(Notice.id)
        .with_for_update(of=Notice, key_share=True)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def _existing(row: Notice) -> Existing:
    return Existing(
        id=row.id,
        revision=row.revision,
        state=NoticeState(row.state),
        owed=Owed(
            recipient=Recipient(Audience(row.role), row.recipient_id),
            parts=tuple(part_from(entry) for entry in row.parts),
            due_at=row.due_at,
            not_after=row.not_after,
            safety=row.safety,
            no_driving=row.no_driving,
        ),
    )


def part_from(entry: dict[str, object]) -> Part:
    """Return one entry of a notice row's `parts` as the value the rules know."""
    return Part(**entry)  # type: ignore[arg-type]


def _apply(
    changes: Changes, rows: dict[int, Notice], clinics: dict[int, int], now: datetime
) -> None:
    for row_id in changes.withdraw:
        row = rows[row_id]
        row.state, row.next_at, row.why = NoticeState.WITHDRAWN.value, None, "no-longer-true"
        row.lease_until = None
        row.fence += 1
    db.session.flush()
    for row_id, owed in changes.move.items():
        _write(rows[row_id], owed)
        rows[row_id].fence += 1
    for new in changes.add:
        principal = new.owed.principal
        row = Notice(
            clinic_id=clinics[principal.visit_id],
            visit_id=principal.visit_id,
            kind=principal.kind,
            occasion=principal.occasion,
            role=new.owed.recipient.role.value,
            recipient_id=new.owed.recipient.id,
            revision=new.revision,
            correction=new.correction,
            topic=topic_of(new),
            created_at=now,
        )
        _write(row, new.owed)
        db.session.add(row)


def _write(row: Notice, owed: Owed) -> None:
    row.parts = [
        {
            "visit_id": part.visit_id,
            "kind": part.kind,
            "occasion": part.occasion,
            "says": dict(part.says),
        }
        for part in owed.parts
    ]
    row.safety, row.no_driving = owed.safety, owed.no_driving
    row.due_at, row.not_after, row.next_at = owed.due_at, owed.not_after, owed.due_at
    row.lease_until = None


def topic_of(new: New) -> str:
    """Return the push topic and tag: opaque, and the same for every revision of a notice."""
    to, part = new.owed.recipient, new.owed.principal
    words = f"{part.visit_id}/{part.kind}/{part.occasion}/{to.role}/{to.id}"
    return sha256(words.encode()).hexdigest()[:32]
