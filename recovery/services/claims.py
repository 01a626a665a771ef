"""Claims: which worker looks after a notice, until when, under which fence number."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from recovery.store.clinics import Clinic
from recovery.store.database import db
from recovery.store.notices import Notice

#: A worker that died is replaced after this. Longer than a whole POST (10 s) with the writing
#: of its outcome; short enough for “sent by another within 60 s” (faults.md).
LEASE: Final = timedelta(seconds=20)

#: Clinics for which nothing is sent before a person has looked.
PAUSED: Final = select(Clinic.id).where(Clinic.paused_at.is_not(None))


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """The right to look after one notice. It is lost as soon as the row's fence is another."""

    notice_id: int
    fence: int


def claim_due(limit: int, now: datetime) -> list[Claim]:
    """Take up to `limit` notices that must be looked at, for as long as `LEASE`.

    Nobody else gets them before the lease is over, on any machine: PostgreSQL skips rows that
    another transaction holds, and SQLite has one writer at a time. Does not commit.
    """
    rows = db.session.execute(claiming(limit, now))
    return sorted(Claim(row.id, row.fence) for row in rows)


def claiming(limit: int, now: datetime) -> ReturningUpdate[int, int]:
    """Return the one statement of a claim. It reads the index of what is due and no more.

    `next_at` moves to the end of the lease: that is when somebody must look again if the
    claimer never comes back.
    """
    free = or_(Notice.lease_until.is_(None), Notice.lease_until < now)
    picked = (
        select(Notice.id)
        .where(Notice.next_at <= now, free, Notice.clinic_id.not_in(PAUSED))
        .order_by(Notice.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
        .cte("picked")
    )
    ends = now + LEASE
    return (
        update(Notice)
        .where(Notice.id.in_(select(picked.c.id)))
        .values(lease_until=ends, next_at=ends, fence=Notice.fence + 1)
        .returning(Notice.id, Notice.fence)
        .execution_options(synchronize_session=False)
    )


def something_due(now: datetime) -> bool:
    """Whether there is anything to claim, without taking a lock."""
    due = select(Notice.id).where(Notice.next_at <= now, Notice.clinic_id.not_in(PAUSED)).limit(1)
    return db.session.scalar(due) is not None
