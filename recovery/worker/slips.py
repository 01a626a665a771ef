"""What a worker and its post room hand each other. Moments are monotonic seconds, which all
processes of a machine count alike."""

from dataclasses import dataclass
from datetime import datetime
from logging import LogRecord

from recovery.config import Settings
from recovery.delivery.outcome import Outcome
from recovery.services.letters import Letter
from recovery.services.results import Broken


@dataclass(frozen=True)
class Time:
    """By the worker's clock it was `now` (aware UTC) at `at`."""

    now: datetime
    at: float


@dataclass(frozen=True)
class Opening:
    """The first thing that a post room is given."""

    settings: Settings
    time: Time


@dataclass(frozen=True)
class Batch:
    """Letters to post; their facts were checked at `checked_at`."""

    letters: list[Letter]
    checked_at: float
    time: Time


@dataclass(frozen=True)
class Cancel:
    """Give back at once what was not begun."""


@dataclass(frozen=True)
class Report:
    """How a post room stands at `at`. `taken`: how many letters it has been given so far.

    `results`: an attempt's number, what became of it, and when. `closed`: hosts to stay away
    from, and until when. `heard`: what hosts said the time is. `logged`: for the worker's log.
    """

    at: float
    taken: int
    room: int
    results: list[tuple[int, Outcome | Broken, datetime]]
    closed: dict[str, float]
    heard: dict[str, str]
    logged: list[LogRecord]


Slip = Batch | Cancel
