"""Signs of life of the workers, by which staff and machines know that notices go out."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete

from recovery.store.database import db
from recovery.store.workers import WorkerBeat

#: Rows of workers that are long gone are of no use to anyone.
KEPT: Final = timedelta(days=7)


def beat(name: str, now: datetime, clock_off: timedelta = timedelta()) -> None:
    """Say that the worker `name` is alive, and how far its clock is off; commits."""
    row = db.session.get(WorkerBeat, name)
    if row is None:
        db.session.execute(delete(WorkerBeat).where(WorkerBeat.at < now - KEPT))
        row = WorkerBeat(name=name, started_at=now)
        db.session.add(row)
    row.at, row.stopped_at = now, None
    row.clock_off = clock_off.total_seconds()
    db.session.commit()


def say_goodbye(name: str, now: datetime) -> None:
    """Say that the worker `name` stopped in good order; commits."""
    row = db.session.get(WorkerBeat, name)
    if row is not None:
        row.at = row.stopped_at = now
        db.session.commit()
