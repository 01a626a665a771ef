"""Quiet hours: nobody is woken but for safety; what has a deadline comes earlier, never later."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from recovery.domain.protocol.timing import QuietHours
from recovery.domain.times import instant_at, is_skipped

ONE_DAY = timedelta(days=1)


def is_quiet(moment: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> bool:
    """Whether the clinic's clocks show a quiet hour at `moment`."""
    if quiet is None:
        return False
    clock = moment.astimezone(zone).time()
    return clock >= quiet.start or clock < quiet.end


def evening_before(moment: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime:
    """Return the evening time before the quiet hours that `moment` falls into."""
    local = moment.astimezone(zone)
    day = local.date() if local.time() >= quiet.start else local.date() - ONE_DAY
    if is_skipped(day, zone):
        day -= ONE_DAY
    return min(moment, instant_at(day, quiet.evening_at, zone))


def morning_after(moment: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime:
    """Return the end of the quiet hours that `moment` falls into."""
    local = moment.astimezone(zone)
    day = local.date() + ONE_DAY if local.time() >= quiet.start else local.date()
    return max(moment, instant_at(day, quiet.end, zone))


def waking_hours(
    begin: datetime, end: datetime, quiet: QuietHours | None, zone: ZoneInfo
) -> list[tuple[datetime, datetime]]:
    """Return the stretches between `begin` and `end` that lie outside quiet hours (UTC)."""
    if quiet is None:
        return [(begin, end)] if begin < end else []
    stretches = []
    day = begin.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        wake, sleep = instant_at(day, quiet.end, zone), instant_at(day, quiet.start, zone)
        stretch = (max(wake, begin), min(sleep, end))
        if stretch[0] < stretch[1] and not is_skipped(day, zone):
            stretches.append(stretch)
        day += ONE_DAY
    return stretches
