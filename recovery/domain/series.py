"""A series: the same visit several times, on days of the clinic's calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from recovery.domain.times import NOON, instant_at, local_day

#: More than a clinic books ahead in one go; a typed 60 for 6 is a slip.
MOST_VISITS = 24
#: Days from one visit to the next at most.
LONGEST_SPACING = 90
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a series repeats: from `first` (what the clinic's clock shows), `count` visits in all.

    `weekdays`: 0 = Monday … 6 = Sunday; where it is empty, `every` so many days.
    """

    first: datetime
    count: int
    weekdays: frozenset[int] = frozenset()
    every: int = 7


class Doubt(StrEnum):
    """What people should look at before a visit is booked at a time."""

    PAST = "past"
    SAME_DAY = "same-day"
    CLOSE = "close"
    SKIPPED = "skipped"
    TWICE = "twice"
    FORWARD_BEFORE = "forward-before"
    FORWARD_AFTER = "forward-after"
    BACK_BEFORE = "back-before"
    BACK_AFTER = "back-after"


#: A visit with one of these cannot be booked as one of a series.
REFUSED = frozenset({Doubt.PAST, Doubt.SAME_DAY})


def local_starts(pattern: Pattern) -> tuple[datetime, ...]:
    """Return what the clinic's clock shows at each start; the first is always the one chosen.

    The hour on the wall stays the same, whatever the clocks do in between.
    """
    starts, day = [pattern.first], pattern.first
    while len(starts) < pattern.count:
        day += A_DAY if pattern.weekdays else timedelta(days=pattern.every)
        if not pattern.weekdays or day.weekday() in pattern.weekdays:
            starts.append(day)
    return tuple(starts)


def shifted(start: datetime, by: timedelta, zone: ZoneInfo) -> datetime:
    """Return `start` (UTC) moved by a span of the wall clock: a visit at 9:00 that moves by two
    days is at 9:00 again, on the night of a clock change too."""
    local = on_the_wall(start, zone) + by
    return instant_at(local.date(), local.time(), zone)


def on_the_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what the zone's clocks show at `moment`, without a zone."""
    return moment.astimezone(zone).replace(tzinfo=None)


def doubts(
    wall: datetime, zone: ZoneInfo, others: Sequence[datetime], now: datetime
) -> tuple[Doubt, ...]:
    """Return what to look at before booking at what the clinic's clock shows (`wall`).

    `others`: starts (UTC) of the patient's other visits, of this series too.
    """
    start = instant_at(wall.date(), wall.time(), zone)
    found = [Doubt.PAST] if start < now else []
    if any(local_day(other, zone) == local_day(start, zone) for other in others):
        found.append(Doubt.SAME_DAY)
    elif any(abs(other - start) < A_DAY for other in others):
        found.append(Doubt.CLOSE)
    if on_the_wall(start, zone) != wall:
        found.append(Doubt.SKIPPED)
    elif comes_twice(wall, zone):
        found.append(Doubt.TWICE)
    return (*found, *_nights(start, zone))


def comes_twice(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether the zone's clocks show `wall` two times, an hour or so apart."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first < second


def _nights(start: datetime, zone: ZoneInfo) -> list[Doubt]:
    """Say in which night around the visit's day the clocks change, and which way."""
    day = local_day(start, zone)
    noons = [
        instant_at(day + offset * A_DAY, NOON, zone).astimezone(zone).utcoffset() or timedelta()
        for offset in (-1, 0, 1)
    ]
    found = []
    for before, after, forward, back in (
        (noons[0], noons[1], Doubt.FORWARD_BEFORE, Doubt.BACK_BEFORE),
        (noons[1], noons[2], Doubt.FORWARD_AFTER, Doubt.BACK_AFTER),
    ):
        if before != after:
            found.append(forward if after > before else back)
    return found
