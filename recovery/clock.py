"""The only reader of the wall clock.

Everything below (services, store, delivery, domain) is given `now` as an argument, so that a
test, a rehearsal and a replay are ordinary calls.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, cast

from flask import Flask, current_app

Clock = Callable[[], datetime]

EXTENSION: Final = "recovery.clock"


def system_now() -> datetime:
    """The machine's time as an aware UTC datetime, for use where there is no app."""
    return datetime.now(UTC)


def attach(app: Flask, clock: Clock = system_now) -> None:
    """Give the app its clock; tests hand in one that they can move."""
    app.extensions[EXTENSION] = clock


def now() -> datetime:
    """What time it is for the current app, aware UTC."""
    return cast(Clock, current_app.extensions[EXTENSION])()
