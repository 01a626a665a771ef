"""Whether somebody sends the notices: workers say that they are alive, or nobody believes them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.workers import WorkerBeat

#: A worker that was silent this long is taken for dead (product.md: a red banner in a minute).
SILENT: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Health:
    """What machines are told: the last sign of life of any worker, and what waits for one."""

    worker_alive: bool
    last_beat: datetime | None
    overdue: int


def worker_alive(now: datetime) -> bool:
    """Whether a worker that did not say goodbye gave a sign of life within a minute."""
    last = _last_beat()
    return last is not None and now - last <= SILENT


def health(now: datetime) -> Health:
    """Return how the sending of notices stands; raises when the database does not answer."""
    last = _last_beat()
    waiting = select(func.count()).where(Notice.next_at.is_not(None), Notice.next_at < now - SILENT)
    alive = last is not None and now - last <= SILENT
    return Health(alive, last, db.session.scalar(waiting) or 0)


def _last_beat() -> datetime | None:
    return db.session.scalars(
        select(WorkerBeat.at)
        .where(WorkerBeat.stopped_at.is_(None))
        .order_by(WorkerBeat.at.desc())
        .limit(1)
    ).first()
