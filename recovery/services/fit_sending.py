"""Whether notices go out: the database and its schema, workers, clocks, keys of phones."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from recovery.services.clock_alarms import ahead_of_us_is_the_database
from recovery.services.findings import Finding, fault, fine, look
from recovery.services.health import SILENT, health
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.schema import newest_revision, present_revision

#: Two clocks that differ by more are worth knowing of.
TOLERATED: Final = timedelta(seconds=10)


def schema_finding() -> Finding:
    """Compare the database's revision with this release's; raises SQLAlchemyError."""
    present, newest = present_revision(), newest_revision()
    if present == newest:
        return fine("database", f"answers, and is at the newest migration ({newest})")
    at = f"is at migration {present}" if present else "has no tables yet"
    return fault("database", f"answers, but {at}, not {newest}: flask --app app migrate-db")


def sending_findings(now: datetime, keys: Collection[str]) -> Iterator[Finding]:
    """Look at workers, clocks and phones. `keys`: our public keys that phones may be under.

    Raises SQLAlchemyError without a database.
    """
    found = health(now)
    last = f"{found.last_beat:%Y-%m-%d %H:%M:%S} UTC" if found.last_beat else "never"
    if found.worker_alive:
        yield fine("worker", f"gave a sign of life at {last}")
    else:
        yield fault("worker", f"none is alive (last: {last}): flask --app app worker")
    if found.overdue:
        limit = int(SILENT.total_seconds())
        yield fault("worker", f"{found.overdue} notices wait for longer than {limit} s")
    yield _clock(now, found.clock_off)
    yield _phones(keys)


def _clock(now: datetime, by_worker: timedelta) -> Finding:
    if abs(by_worker) > TOLERATED:
        return fault("clock", f"a worker says that it is {by_worker.total_seconds():+.0f} s off")
    ahead = ahead_of_us_is_the_database(now)
    if ahead is None:
        return look("clock", "not compared: SQLite has this machine's; keep it set by NTP")
    seconds = ahead.total_seconds()
    if abs(ahead) > TOLERATED:
        return fault("clock", f"the database's is {seconds:+.0f} s from ours; set one of them")
    return fine("clock", f"{abs(seconds):.1f} s from the database's")


def _phones(keys: Collection[str]) -> Finding:
    active = select(func.count(Device.id)).where(Device.retired_at.is_(None))
    count = db.session.scalar(active) or 0
    lost = db.session.scalar(active.where(Device.server_key.not_in(keys))) or 0
    if lost:
        return fault("phones", f"{lost} of {count} subscribed under a key that is not set here")
    return fine("phones", f"{count} subscribed, all under a key that is set here")
