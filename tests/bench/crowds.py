"""Ten thousand notices, sent by worker processes as an operator starts them: how late, how long."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import case, delete, func, select, text, update

from recovery.clock import system_now
from recovery.config import current
from recovery.store.database import db, reading
from recovery.store.notices import Attempt, Notice
from tests.bench.figures import Machine, processor_of
from tests.waiting import until
from tests.workers import WorkerProcess

HELD = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
AHEAD = timedelta(seconds=3)
LOOK_EVERY = 0.1


@dataclass(frozen=True)
class Ran:
    """Seconds from the first due time to the last record, how late each was, megabytes that each
    worker held once half was sent and at the end, milliseconds of a processor that the workers
    used for a notice, the share of all processors that was used by whatever ran, and how often
    their connections to PostgreSQL were seen busy with what."""

    seconds: float
    late: list[float]
    memory: list[tuple[float, float]]
    processor: float
    busy: float
    waits: Counter[str]

    def at(self, share: float) -> float:
        """Seconds of lateness that this share of the notices stayed within."""
        return self.late[min(int(share * len(self.late)), len(self.late) - 1)]


def run(folder: Path, over: timedelta, workers: int = 1) -> Ran:
    """Owe all notices that are stored anew, spread evenly `over` a time; let workers send them."""
    owe_nothing()
    with crew(folder, workers) as processes:
        until(lambda: all(" starts" in one.said for one in processes), 120, "all have started")
        time.sleep(1)  # They find nothing to do.
        begins = system_now() + AHEAD
        count = owe_anew(begins, over)
        used = -total_processor(processes)
        time.sleep(max((begins - system_now()).total_seconds(), 0))
        before = Machine.now()
        waits = until_sent(count // 2)
        half = [memory(process) for process in processes]
        waits += until_sent(count)
        used += total_processor(processes)
        busy = Machine.now().busy_since(before)
        held = list(zip(half, map(memory, processes), strict=True))
    rows = db.session.execute(select(Notice.due_at, Notice.sent_at, Attempt.ended_at).join(Attempt))
    ends = [(sent - due, ended) for due, sent, ended in rows if sent is not None]
    db.session.rollback()
    assert len(ends) == count, "each was tried once"
    last = max(ended for _, ended in ends)
    late = sorted(late.total_seconds() for late, _ in ends)
    return Ran((last - begins).total_seconds(), late, held, 1000 * used / count, busy, waits)


@contextmanager
def crew(folder: Path, count: int) -> Iterator[list[WorkerProcess]]:
    """So many workers of the app whose context this is."""
    logs = [folder / f"worker-{number}.log" for number in range(count)]
    for log in logs:
        log.unlink(missing_ok=True)
    processes = [WorkerProcess(current(), log) for log in logs]
    try:
        yield processes
    finally:
        for process in processes:
            process.end()


def owe_nothing() -> None:
    """Let no notice be due: what is on the network would be written down after `owe_anew`."""
    db.session.execute(update(Notice).values(next_at=None))
    db.session.commit()


def owe_anew(begins: datetime, over: timedelta) -> int:
    """Make all notices due from `begins` on, evenly spread; nothing was tried yet."""
    db.session.execute(delete(Attempt))
    ids = list(db.session.scalars(select(Notice.id).order_by(Notice.id)))
    step = over / len(ids)
    fresh = {
        "state": "owed", "sent_at": None, "taken_at": None, "tried_at": None, "tries": 0, "rung": 0,
        "lease_until": None,
    }  # fmt: skip
    rows = [
        {"id": key, "due_at": begins + number * step, "next_at": begins + number * step, **fresh}
        for number, key in enumerate(ids)
    ]
    db.session.execute(update(Notice), rows)
    db.session.commit()
    return len(ids)


def until_sent(count: int) -> Counter[str]:
    """Wait until so many are recorded as sent; looks seldom, because looking costs too. Returns
    how often the other connections to PostgreSQL were seen busy with what."""
    sent = select(func.sum(case((Notice.state == "sent", 1), else_=0)))
    ends, waits = time.monotonic() + 300, Counter[str]()
    while True:
        with reading():
            found = db.session.scalar(sent) or 0
            waits += busy_with()
            db.session.rollback()
        if found >= count:
            return waits
        assert time.monotonic() < ends, f"{found} of {count} sent"
        time.sleep(LOOK_EVERY)


def busy_with() -> Counter[str]:
    """What the other connections to this database wait for now, by PostgreSQL's own names:
    `Client` is the worker's own work, "at work" is a statement that runs."""
    if db.engine.dialect.name != "postgresql":
        return Counter()
    rows = db.session.execute(
        text(
            "SELECT coalesce(wait_event_type || ' ' || wait_event, 'at work')"
            " FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    )
    return Counter(rows.scalars())


def total_processor(processes: list[WorkerProcess]) -> float:
    """Seconds of a processor that these have used so far."""
    return sum(processor_of(pid) for process in processes for pid in process.family)


def memory(process: WorkerProcess) -> float:
    """Megabytes that a worker holds now, with its post room; what both share counts once."""
    told = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in process.family)
    return sum(int(found[1]) / 1000 for words in told if (found := HELD.search(words)))
