"""How fast a worker is, and a profile of its work around the database in a few words."""

import cProfile
import gc
import pstats
import time
from datetime import timedelta
from typing import Final

from flask import Flask
from sqlalchemy import func, select

from recovery.clock import system_now
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.worker import Worker, worker_for
from tests.bench import crowds
from tests.bench.costs import Measured, Watch
from tests.databases import Postgres
from tests.waiting import until

PARTS: Final = {
    "claim_due": "claiming",
    "standings": "reading whom it is for",
    "written": "writing the words",
    "note_tried": "moving the notice on",
    "keep_attempts": "keeping the attempt",
    "commit_and_forget": "committing",
    "settle": "writing the outcome",
}


class Ours:
    """One worker of ours that has sent all notices once before: it runs for days, so statements
    are compiled, connections open and the protocol read."""

    def __init__(self, app: Flask, postgres: Postgres | None) -> None:
        self._postgres = postgres
        db.session.rollback()
        self._worker = worker_for(app, post_room=True)
        until(lambda: self._worker.lanes.room > 0, 60, "the post room is open")
        gc.freeze()  # As the command does.
        self.measure()

    def measure(self) -> Measured:
        """Send all notices."""
        count = crowds.owe_anew(system_now() - timedelta(seconds=1), timedelta())
        watch = Watch("around the database", self._postgres)
        until_done(self._worker)
        measured = watch.stop(count)
        sent = db.session.scalar(select(func.count(Notice.id)).where(Notice.state == "sent"))
        db.session.rollback()
        assert sent == count, f"{sent} of {count} sent"
        return measured

    def close(self) -> None:
        """Let the post room go."""
        self._worker.close()


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
