"""Where a worker's processor time goes: a profile of its database thread, in a few words."""

import cProfile
import pstats
import time
from datetime import timedelta
from typing import Final

from flask import Flask

from recovery.clock import system_now
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
