"""The worker sends due notices: beside the web in one process, or as processes of its own."""

import gc
import signal
from collections.abc import Callable
from threading import Thread
from typing import cast

import click
from flask import Flask

from recovery import clock
from recovery.clock import Clock, Steady, steady_beside
from recovery.config import EXTENSION, Settings
from recovery.delivery.carriers import Message
from recovery.delivery.outcome import Sender
from recovery.services.outlets import Outlets
from recovery.worker.clock_watch import ClockWatch
from recovery.worker.far_lanes import FarLanes
from recovery.worker.lanes import Lanes
from recovery.worker.loop import DRAINS_WITHIN, Worker
from recovery.worker.senders import carriers_for
from recovery.worker.steady import SteadyClock

__all__ = ["Worker", "register", "run_in_background", "worker_for"]


def worker_for(
    app: Flask,
    sender: Sender[Message] | None = None,
    steady: Steady | None = None,
    outlets: Outlets | None = None,
    *,
    post_room: bool = False,
) -> Worker:
    """Return a worker for an app; it sends by what the settings name unless given another way.

    `steady` is what the app's clock is measured against. `post_room`: seal and post in a process
    of its own, which is faster on a machine with two processors or more.
    """
    settings = cast(Settings, app.extensions[EXTENSION])
    wall = cast(Clock, app.extensions[clock.EXTENSION])
    time = SteadyClock(wall, steady or steady_beside(wall))
    watch = ClockWatch(time, database_knows=wall is clock.system_now)
    lanes = (
        FarLanes(settings, time.now, time.heard)
        if post_room
        else Lanes(sender or carriers_for(settings, time.heard), time.now)
    )
    return Worker(app, lanes, watch, outlets or settings.outlets)


def run_in_background(app: Flask) -> Callable[[], None]:
    """Start a worker in a thread of this process; call what it returns to stop and drain it."""
    worker = worker_for(app)
    thread = Thread(target=worker.run, name="worker", daemon=True)
    thread.start()

    def stop() -> None:
        worker.stop()
        thread.join(DRAINS_WITHIN + 2)

    return stop


def register(app: Flask) -> None:
    """Give the app the command `worker`."""

    @app.cli.command("worker")
    def work() -> None:
        """Send due notices until stopped (SIGTERM or Ctrl-C); run as many as you like."""
        gc.freeze()  # What was loaded stays: looking through it for garbage took 10 % of the time.
        worker = worker_for(app, post_room=True)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.run()
        click.echo("The worker has stopped.")
