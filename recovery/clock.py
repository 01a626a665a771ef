"""The only reader of the wall clock.

Everything below (services, store, delivery, domain) is given `now` as an argument, so that a
test, a rehearsal and a replay are ordinary calls.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, cast

from flask import Flask, current_app

Clock = Callable[[], datetime]
#: Seconds since some moment, at the pace of true time: no change of a clock moves it.
Steady = Callable[[], float]

EXTENSION: Final = "recovery.clock"


def system_now() -> datetime:
    """The machine's time as an aware UTC datetime, for use where there is no app."""
    return datetime.now(UTC)


def system_seconds() -> float:
    """Seconds since the machine started, a suspension among them where the system tells."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def steady_beside(clock: Clock) -> Steady:
    """Return what an app's clock is measured against. A clock that a test moves is its own
    measure: what the test lets pass has passed."""
    return system_seconds if clock is system_now else lambda: clock().timestamp()


def attach(app: Flask, clock: Clock = system_now) -> None:
    """Give the app its clock; tests hand in one that they can move."""
    app.extensions[EXTENSION] = clock


def now() -> datetime:
    """What time it is for the current app, aware UTC."""
    return cast(Clock, current_app.extensions[EXTENSION])()
