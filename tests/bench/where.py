"""How fast a worker is and where its processor time goes: both sides of it, and a profile of its
database thread in a few words."""

import cProfile
import gc
import pstats
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import Flask
from sqlalchemy import func, select

from recovery.clock import system_now
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.worker import Worker, worker_for
from tests.bench import crowds

PARTS: Final = {
    "claim_due": "claiming",
    "standings": "reading whom it is for",
    "written": "writing the words",
    "note_tried": "moving the notice on",
    "keep_attempts": "keeping the attempt",
    "commit_and_forget": "committing",
    "settle": "writing the outcome",
}


@dataclass(frozen=True)
class Rate:
    """Notices a second, and milliseconds of a processor for each: of the thread that talks to the
    database, and of those that seal and post."""

    a_second: float
    database: float
    posting: float

    @property
    def limits(self) -> str:
        """What keeps one worker from being faster."""
        return (
            f"one interpreter: {self.database:.2f} ms of a processor a notice around the database,"
            f" {self.posting:.2f} sealing and posting"
        )


def ours(app: Flask) -> Rate:
    """Send all notices by one worker of ours that has sent them once before: it runs for days, so
    statements are compiled, connections open and the protocol read."""
    db.session.rollback()
    worker = worker_for(app)
    gc.freeze()  # As the command does.
    until_done(worker)
    count = crowds.owe_anew(system_now() - timedelta(seconds=1), timedelta())
    began, used, mine = time.perf_counter(), time.process_time(), time.thread_time()
    until_done(worker)
    took = time.perf_counter() - began
    mine, used = time.thread_time() - mine, time.process_time() - used
    worker.close()
    sent = db.session.scalar(select(func.count(Notice.id)).where(Notice.state == "sent"))
    db.session.rollback()
    assert sent == count, f"{sent} of {count} sent"
    return Rate(count / took, 1000 * mine / count, 1000 * (used - mine) / count)


def until_done(worker: Worker) -> None:
    """Let a worker send all that is due, and write down what came of it."""
    while (busy := worker.round()) or worker.under_way:
        worker.rest(busy)


def profile(app: Flask) -> str:
    """Send all notices anew under a profiler and name the shares of the database thread."""
    crowds.owe_anew(system_now() - timedelta(seconds=1), timedelta())
    worker = worker_for(app)
    watched = cProfile.Profile(time.thread_time)
    watched.runcall(until_done, worker)
    worker.close()
    spent = {
        name: row[3]
        for (file, _, name), row in pstats.Stats(watched).stats.items()  # type: ignore[attr-defined]
        if name in PARTS and "/recovery/services/" in file
    }
    whole = pstats.Stats(watched).total_tt  # type: ignore[attr-defined]
    most = sorted(spent, key=lambda name: spent[name], reverse=True)
    return ", ".join(f"{PARTS[name]} {100 * spent[name] / whole:.0f} %" for name in most)
