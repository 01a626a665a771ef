"""Keeps the ledger of notices in step with what is known: plan, reconcile, apply.

Every service that changes a visit, a ride, a consent or a check-in calls `replan` before it
commits, so that what is owed is written in the transaction of the event that makes it owed.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from recovery.domain.ladder import Rung
from recovery.domain.notice import NoticeState, Owed, Part, Recipient
from recovery.domain.notices import Existing, plan, reconcile, settled
from recovery.domain.notices.silence import heard_at
from recovery.domain.protocol.after import Audience
from recovery.domain.visit import Unreached, VisitFacts
from recovery.services.facts import courses_of
from recovery.services.ledger_changes import add_all, change, new_row
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
#: Leads to what to do at home, once more; sent by staff.
SHEET = "sheet"
ASKED_FOR = frozenset({TEST, CODE, ON_CALL, SHEET})


def replan(patient_id: int, now: datetime) -> None:
    """Make the ledger say what is owed to and about one patient by what is known at `now`.

    Does not commit: it belongs to the caller's transaction.
    """
    replan_all([patient_id], now)


def replan_all(patient_ids: Collection[int], now: datetime) -> None:
    """`replan` for many patients, with as many statements as for one. Does not commit."""
    db.session.flush()
    lock_patients(patient_ids)
    courses, ledgers = courses_of(patient_ids), _ledgers(patient_ids)
    added: list[dict[str, object]] = []
    for patient_id, course in courses.items():
        added += _replanned(course, ledgers[patient_id], now)
    add_all(added)
    db.session.flush()


def _replanned(
    course: Sequence[VisitFacts], rows: dict[int, Notice], now: datetime
) -> list[dict[str, object]]:
    """Bring the rows of one patient into line with what is owed; return the rows to add."""
    existing = [_existing(row) for row in rows.values()]
    owed = plan(course)
    changes = reconcile(owed, existing, now)
    change(changes, rows)
    for row in (rows[row_id] for row_id in changes.moot):
        settle_moot(row.clinic_id, [board_key(row)], now)
    stop_climbing([rows[row_id] for row_id in settled(owed, existing, course)], now)
    stop_climbing([row for row in rows.values() if _was_heard(row, course)], now)
    clinics = {visit.id: visit.clinic_id for visit in course}
    return [new_row(new, clinics[new.owed.principal.visit_id], now) for new in changes.add]


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
    lock_patients([patient_id])
    _ledgers([patient_id])


def lock_patients(patient_ids: Collection[int]) -> None:
    """One plan of a patient at a time: two acts on two visits each see what the other did."""
    db.session.scalars(
        select(Patient.id)
        .where(Patient.id.in_(patient_ids))
        .order_by(Patient.id)
        .with_for_update(key_share=True)
    ).all()


def _ledgers(patient_ids: Collection[int]) -> dict[int, dict[int, Notice]]:
    """Lock the notices about each patient's visits, and return them by their ids."""
    rows = db.session.execute(
        select(Visit.patient_id, Notice)
        .join(Visit, Visit.id == Notice.visit_id)
        .where(Visit.patient_id.in_(patient_ids), Notice.kind.not_in(ASKED_FOR))
        .order_by(Notice.id)
        .with_for_update(of=Notice, key_share=True)
        .execution_options(populate_existing=True)
    )
    found: dict[int, dict[int, Notice]] = {patient_id: {} for patient_id in patient_ids}
    for patient_id, row in rows:
        found[patient_id][row.id] = row
    return found


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
