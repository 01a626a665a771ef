"""Wall-clock times of a zone as instants: what a clock on the clinic's wall would say."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NOON = time(12)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def must_be_aware(moment: datetime) -> datetime:
    """Return `moment` in UTC; a naive one is refused (ValueError) at every door."""
    if moment.tzinfo is None:
        raise ValueError("A time without a zone cannot be used.")
    return moment.astimezone(UTC)


def instant_at(day: date, clock: time, zone: ZoneInfo, *, later: bool = False) -> datetime:
    """Return the UTC instant at which the zone's clocks show `clock` on `day`.

    A time that the clocks skip is the first instant after the gap. A time that comes
    twice is the first, or the second with `later` (the wait is never shortened by it).
    A day that the zone skips altogether moves to the next day (protocol.md).
    """
    if is_skipped(day, zone):
        day += timedelta(days=1)
    wanted = datetime.combine(day, clock)
    if _skipped(day, clock, zone):
        return _end_of_gap(wanted, zone)
    return wanted.replace(tzinfo=zone, fold=int(later)).astimezone(UTC)


def is_skipped(day: date, zone: ZoneInfo) -> bool:
    """Whether the zone's calendar has no such day (Samoa had no 30 December 2011)."""
    return _skipped(day, NOON, zone)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """Return the date that a calendar on the zone's wall shows at `moment`."""
    return moment.astimezone(zone).date()


def rounded_up(moment: datetime, step: timedelta = MINUTE) -> datetime:
    """Round up to a whole `step`: “not before” is never spoken before the true time."""
    over = timedelta(seconds=moment.timestamp()) % step
    return moment if not over else moment - over + step


def _skipped(day: date, clock: time, zone: ZoneInfo) -> bool:
    wanted = datetime.combine(day, clock)
    instant = wanted.replace(tzinfo=zone).astimezone(UTC)
    return instant.astimezone(zone).replace(tzinfo=None) != wanted


def _end_of_gap(wanted: datetime, zone: ZoneInfo) -> datetime:
    """Find by bisection the first whole second at which the clock shows `wanted` or later."""
    early = wanted.replace(tzinfo=zone, fold=1).astimezone(UTC)
    late = wanted.replace(tzinfo=zone, fold=0).astimezone(UTC)
    while late - early > SECOND:
        middle = (early + (late - early) / 2).replace(microsecond=0)
        if middle.astimezone(zone).replace(tzinfo=None) >= wanted:
            late = middle
        else:
            early = middle
    return late
