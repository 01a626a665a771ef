"""The load on the sender in numbers: what is due, how late it is, what was sent and seen."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from sqlalchemy import Select, and_, case, func, select

from recovery.domain.ladder import Rung
from recovery.domain.notice import NoticeState
from recovery.domain.protocol.after import Audience
from recovery.services.health import health
from recovery.store.alerts import Alert
from recovery.store.database import db
from recovery.store.notices import Attempt, Notice, Receipt

#: A notice that nobody accepted so long after it was due is late.
LATE: Final = timedelta(minutes=1)
#: Rows this old stay as they are: an attempt's outcome is written within its lease.
SETTLED: Final = timedelta(hours=1)

#: What a notice waits for on each rung, in a word for whoever watches; a text and an e-mail are
#: told apart only once one is written.
CARRIED_BY: Final = {
    Rung.PUSH: "push",
    Rung.OTHER_DEVICES: "push",
    Rung.MESSAGE: "message",
    Rung.DRIVER: "driver",
    Rung.STAFF: "staff",
}

Counts = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Notices of one sort that are due and that no channel has accepted yet."""

    due: int = 0
    late: int = 0
    #: How long the oldest has been due.
    oldest: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Load:
    """What a machine that watches is told. No ids, no names.

    `waiting` by whether safety depends on it and what it waits for; `attempts` by channel and
    outcome; `receipts` by channel and kind; `alerts` by level. `beat_age`: None = no worker ever
    lived.
    """

    waiting: Mapping[tuple[bool, str], Waiting]
    attempts: Counts
    receipts: Counts
    alerts: Mapping[str, int]
    worker_alive: bool
    beat_age: timedelta | None
    clock_off: timedelta
    #: Clinics whose sending is paused.
    paused: int


def waiting(now: datetime) -> dict[tuple[bool, str], Waiting]:
    """Return what is due and not accepted, safety notices and all others, by what carries it."""
    late = func.sum(case((Notice.due_at < now - LATE, 1), else_=0))
    for_board = and_(Notice.role == Audience.STAFF.value, Notice.rung != Rung.MESSAGE)
    rung = case((for_board, Rung.STAFF.value), else_=Notice.rung)
    rows = db.session.execute(
        select(Notice.safety, rung, func.count(), late, func.min(Notice.due_at))
        .where(
            Notice.next_at.is_not(None),
            Notice.due_at <= now,
            Notice.state.in_((NoticeState.OWED.value, NoticeState.SENDING.value)),
        )
        .group_by(Notice.safety, rung)
    )
    words = dict.fromkeys(CARRIED_BY.values())
    found = {(safety, word): Waiting() for safety in (True, False) for word in words}
    for safety, number, due, slow, since in rows:
        key = safety, CARRIED_BY[Rung(number)]
        before = found[key]
        oldest = max(before.oldest, now - since)
        found[key] = Waiting(before.due + due, before.late + slow, oldest)
    return found


@dataclass(slots=True)
class _Past:
    """The sum of all rows up to an id, which will not change any more."""

    until: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)


class Tally:
    """Counts attempts and receipts since the beginning, at the cost of the last hour's rows.

    One for a process: what is old enough to stay as it is was counted before and is remembered.
    Safe to use from many threads.
    """

    def __init__(self) -> None:
        self._attempts, self._receipts = _Past(), _Past()
        self._lock = Lock()

    def load(self, now: datetime) -> Load:
        """Return the load; raises when the database does not answer."""
        attempts = select(Attempt.channel, Attempt.outcome)
        receipts = select(Attempt.channel, Receipt.kind).join(
            Receipt, Receipt.attempt_id == Attempt.id
        )
        standing = health(now)
        with self._lock:
            return Load(
                waiting=waiting(now),
                attempts=_counted(self._attempts, attempts, Attempt, now),
                receipts=_counted(self._receipts, receipts, Receipt, now),
                alerts=_open_alerts(),
                worker_alive=standing.worker_alive,
                beat_age=now - standing.last_beat if standing.last_beat else None,
                clock_off=standing.clock_off,
                paused=standing.paused,
            )


def _counted(
    past: _Past, rows: Select[str, str], table: type[Attempt] | type[Receipt], now: datetime
) -> Counts:
    """Count rows by their two words, and move what is settled into the past."""
    newest = db.session.scalar(select(func.max(table.id))) or 0
    if newest < past.until:  # Another database: a backup was restored.
        past.until, past.counts = 0, Counter()
    fresh = and_(table.id > past.until, table.at >= now - SETTLED)
    first_fresh = db.session.scalar(select(func.min(table.id)).where(fresh)) or newest + 1
    settled = (table.id < first_fresh).label("settled")
    grouped = rows.add_columns(settled, func.count()).group_by(*rows.selected_columns, "settled")
    counts: Counter[tuple[str, str]] = Counter()
    for first, second, is_settled, number in db.session.execute(
        grouped.where(table.id > past.until)
    ):
        (past.counts if is_settled else counts)[first, second] += number
    past.until = first_fresh - 1
    return past.counts + counts


def _open_alerts() -> dict[str, int]:
    rows = db.session.execute(
        select(Alert.level, func.count()).where(Alert.resolved_at.is_(None)).group_by(Alert.level)
    )
    return dict(rows.all())
