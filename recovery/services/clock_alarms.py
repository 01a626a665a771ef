"""A clock that is wrong: who disagrees with us about the time, and who must know of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from recovery.services.alerts import raise_for_clinic
from recovery.store.alerts import Alert, AlertLevel
from recovery.store.clinics import Clinic
from recovery.store.database import db
from recovery.store.workers import WorkerBeat

#: One alert a clinic, whatever is wrong with the clock, until a person resolves it.
CLOCK: Final = "clock-wrong"


def sound_clock_alarm(off: timedelta, witness: str, now: datetime) -> None:
    """Alert every clinic: notices may come late, and times entered lately may be wrong. Commits.

    `off`: how far our clock jumped, or the witness (`database`, `push` …) is ahead of it.
    """
    for clinic_id in db.session.scalars(select(Clinic.id).order_by(Clinic.id)).all():
        raise_for_clinic(
            clinic_id,
            CLOCK,
            now,
            level=AlertLevel.ALERT,
            key=CLOCK,
            witness=witness,
            seconds=round(off.total_seconds()),
        )
        db.session.commit()


def tells_of_the_clock(alerts: Iterable[Alert]) -> bool:
    """Whether one of a clinic's open alerts says that the clock is wrong or was changed."""
    return any(alert.key == CLOCK for alert in alerts)


def ahead_of_us_is_the_database(now: datetime) -> timedelta | None:
    """Return how far PostgreSQL's clock is ahead of `now`; None on SQLite, which has ours."""
    if db.engine.dialect.name != "postgresql":
        return None
    said: datetime = db.session.scalars(select(func.clock_timestamp())).one()
    return said - now


def ahead_of_us_is_an_earlier_worker(now: datetime) -> timedelta | None:
    """Return how far in the future a worker gave its last sign of life: the clock was set back
    while nobody looked. None if none did."""
    last = db.session.scalar(select(func.max(WorkerBeat.at)))
    return last - now if last is not None and last > now else None
