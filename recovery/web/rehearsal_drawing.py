"""The drawing of a rehearsal: a row for each local day, as long as that day is.

On a night when clocks change the row has 23 or 25 hours, so that what moves can be seen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from recovery.domain.ladder import Rung
from recovery.domain.protocol import Protocol
from recovery.domain.protocol.after import Audience
from recovery.domain.rehearsal import Rehearsed, days_between, made_up_visit
from recovery.domain.times import instant_at, local_day
from recovery.domain.wait import anchor_of, earliest_of

HOUR: Final = timedelta(hours=1)
A_DAY: Final = timedelta(days=1)
#: In units of the drawing: an hour's width, a row's height, where the hours begin.
WIDE, HIGH, LEFT = 24.0, 46.0, 8.0
#: Who stands how deep in a row.
DEPTH: Final = {
    Audience.PATIENT: 12.0,
    Audience.DRIVER: 23.0,
    Audience.BACKUP: 23.0,
    Audience.COMPANION: 23.0,
    Audience.STAFF: 34.0,
}
Band = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Mark:
    """A notice, or a rung that it climbs to: where it stands and what it is."""

    x: float
    y: float
    to: str
    safety: bool
    rung: int


@dataclass(frozen=True, slots=True)
class Row:
    """One local day: its length, quiet hours and wait as bands, and its marks."""

    day: date
    y: float
    width: float
    hours: Sequence[float]
    quiet: Sequence[Band]
    wait: Sequence[Band]
    marks: Sequence[Mark]


def rows_of(
    rehearsed: Sequence[Rehearsed], protocol: Protocol, start: datetime, zone: ZoneInfo
) -> list[Row]:
    """Place all marks of a rehearsal; days on which nothing happens are left out."""
    days = days_between(rehearsed, zone)
    return [
        _row(day, place * HIGH, rehearsed, protocol, start, zone) for place, day in enumerate(days)
    ]


def _row(
    day: date,
    y: float,
    rehearsed: Sequence[Rehearsed],
    protocol: Protocol,
    start: datetime,
    zone: ZoneInfo,
) -> Row:
    begin, end = instant_at(day, time(), zone), instant_at(day + A_DAY, time(), zone)
    visit = made_up_visit(protocol, start, zone)
    anchor, earliest = anchor_of(visit), earliest_of(visit)
    waits = [(anchor, earliest)] if anchor and earliest else []
    return Row(
        day=day,
        y=y,
        width=(end - begin) / HOUR * WIDE,
        hours=[LEFT + count * WIDE for count in range(0, round((end - begin) / HOUR) + 1, 6)],
        quiet=_bands(list(_quiet(day, protocol, zone)), begin, end),
        wait=_bands(waits, begin, end),
        marks=[mark for one in rehearsed for mark in _marks(one, begin, end)],
    )


def _marks(one: Rehearsed, begin: datetime, end: datetime) -> Iterator[Mark]:
    for rung, at in one.rungs or ((Rung.PUSH, one.owed.due_at),):
        if begin <= at < end:
            to = Audience.STAFF if rung is Rung.STAFF else one.to
            yield Mark(_x(at, begin), DEPTH[to], to.value, one.owed.safety, rung)


def _quiet(day: date, protocol: Protocol, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    quiet = protocol.quiet_hours
    if quiet is not None:
        for evening in (day - A_DAY, day):
            morning = instant_at(evening + A_DAY, quiet.end, zone)
            yield instant_at(evening, quiet.start, zone), morning


def _bands(
    spans: Sequence[tuple[datetime, datetime]], begin: datetime, end: datetime
) -> list[Band]:
    cut = ((max(since, begin), min(until, end)) for since, until in spans)
    return [
        (_x(since, begin), (until - since) / HOUR * WIDE) for since, until in cut if since < until
    ]


def _x(at: datetime, begin: datetime) -> float:
    return round(LEFT + (at - begin) / HOUR * WIDE, 1)


def day_of(one: Rehearsed, zone: ZoneInfo) -> date:
    """Return the local day on which a notice is due."""
    return local_day(one.owed.due_at, zone)
