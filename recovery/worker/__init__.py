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
from recovery.delivery.carriers import Carriers, Message
from recovery.delivery.endpoints import AllowedHosts
from recovery.delivery.keys import Vapid, load_key
from recovery.delivery.mail import MailSender
from recovery.delivery.outcome import Sender
from recovery.delivery.push import PushSender
from recovery.delivery.twilio import TwilioSender
from recovery.services.outlets import Outlets
from recovery.worker.clock_watch import ClockWatch
from recovery.worker.lanes import FEW_THREADS, THREADS
from recovery.worker.loop import DRAINS_WITHIN, Worker
from recovery.worker.steady import SteadyClock

__all__ = ["Worker", "register", "run_in_background", "worker_for"]


def worker_for(
    app: Flask,
    sender: Sender[Message] | None = None,
    steady: Steady | None = None,
    outlets: Outlets | None = None,
) -> Worker:
    """Return a worker for an app; it sends by what the settings name unless given another way.

    `steady` is what the app's clock is measured against.
    """
    settings = cast(Settings, app.extensions[EXTENSION])
    wall = cast(Clock, app.extensions[clock.EXTENSION])
    time = SteadyClock(wall, steady or steady_beside(wall))
    watch = ClockWatch(time, database_knows=wall is clock.system_now)
    carriers = sender or _carriers(settings, time)
    return Worker(app, carriers, watch, outlets or settings.outlets)


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
        gc.freeze()  # What was loaded stays: looking through it for garbage took 10 % of the time.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.run()
        click.echo("The worker has stopped.")


def _carriers(settings: Settings, time: SteadyClock) -> Carriers:
    server, account = settings.mail_server, settings.twilio
    return Carriers(
        _push(settings, time),
        MailSender(server) if server else None,
        TwilioSender(account, connections=FEW_THREADS) if account else None,
    )


def _push(settings: Settings, time: SteadyClock) -> PushSender:
    key = load_key(settings.vapid_private_key.get_secret_value())
    allowed = AllowedHosts(
        extra=frozenset(settings.extra_push_hosts), loopback=settings.allow_loopback_push
    )
    vapid = Vapid(
        key, settings.vapid_subject, settings.previous_vapid_key, settings.previous_keys_until
    )
    return PushSender(vapid, allowed, connections=THREADS, heard=time.heard)
