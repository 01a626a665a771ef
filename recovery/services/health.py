"""Whether somebody sends the notices: workers say that they are alive, or nobody believes them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select

from recovery.store.clinics import Clinic
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.workers import WorkerBeat

#: A worker that was silent this long is taken for dead (product.md: a red banner in a minute).
SILENT: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Health:
    """What machines are told: the last sign of life of any worker, what waits for one, how far
    the clock of a living one is off, and for how many clinics sending is paused."""

    worker_alive: bool
    last_beat: datetime | None
    overdue: int
    clock_off: timedelta
    paused: int


def worker_alive(now: datetime) -> bool:
    """Whether a worker that did not say goodbye gave a sign of life within a minute.

    One from the future is none: it was given before a clock was set back.
    """
    return db.session.scalar(select(WorkerBeat.name).where(*_alive(now)).limit(1)) is not None


def health(now: datetime) -> Health:
    """Return how the sending of notices stands; raises when the database does not answer."""
    waiting = select(func.count()).where(Notice.next_at.is_not(None), Notice.next_at < now - SILENT)
    offs = db.session.scalars(select(WorkerBeat.clock_off).where(*_alive(now))).all()
    return Health(
        worker_alive=bool(offs),
        last_beat=db.session.scalar(
            select(func.max(WorkerBeat.at)).where(WorkerBeat.stopped_at.is_(None))
        ),
        overdue=db.session.scalar(waiting) or 0,
        clock_off=timedelta(seconds=max(offs, key=abs, default=0.0)),
        paused=db.session.scalar(select(func.count(Clinic.id)).where(Clinic.paused_at.is_not(None)))
        or 0,
    )


def _alive(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        WorkerBeat.stopped_at.is_(None),
        WorkerBeat.at >= now - SILENT,
        WorkerBeat.at <= now + SILENT,
    )
