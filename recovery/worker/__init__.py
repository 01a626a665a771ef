"""The worker sends due notices: beside the web in one process, or as processes of its own."""

import signal
from collections.abc import Callable
from datetime import datetime
from threading import Thread
from typing import cast

import click
from flask import Flask

from recovery import clock
from recovery.config import EXTENSION, Settings
from recovery.delivery.endpoints import AllowedHosts
from recovery.delivery.keys import Vapid, load_key
from recovery.delivery.message import PushMessage
from recovery.delivery.outcome import Sender
from recovery.delivery.push import PushSender
from recovery.worker.lanes import THREADS
from recovery.worker.loop import DRAINS_WITHIN, Worker

__all__ = ["Worker", "register", "run_in_background", "worker_for"]


def worker_for(app: Flask, sender: Sender[PushMessage] | None = None) -> Worker:
    """Return a worker for an app; it sends by web push unless given another sender."""
    settings = cast(Settings, app.extensions[EXTENSION])
    now = cast(Callable[[], datetime], app.extensions[clock.EXTENSION])
    return Worker(app, sender or _push(settings), now, settings.public_url)


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
        worker = worker_for(app)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.run()
        click.echo("The worker has stopped.")


def _push(settings: Settings) -> PushSender:
    key = load_key(settings.vapid_private_key.get_secret_value())
    allowed = AllowedHosts(
        extra=frozenset(settings.extra_push_hosts), loopback=settings.allow_loopback_push
    )
    return PushSender(Vapid(key, settings.vapid_subject), allowed, connections=THREADS)
