"""The hours in which somebody at the clinic reads what patients send."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from recovery.domain.times import instant_at

A_WEEK = timedelta(days=7)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SPAN = re.compile(
    rf"(?P<first>{'|'.join(DAYS)})(?:-(?P<last>{'|'.join(DAYS)}))?"
    r" (?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)"
)


def somebody_watches(watched: str, zone: ZoneInfo, now: datetime) -> bool:
    """Whether `now` lies in hours such as "Mon-Fri 08:00-17:00, Sat 09:00-12:00" of the zone.

    What cannot be read promises nobody: the patient is then given the on-call number.
    """
    local = now.astimezone(zone)
    return any(_covers(part.strip(), local) for part in watched.split(","))


def can_be_read(watched: str) -> bool:
    """Whether every part of the hours is one that `somebody_watches` understands."""
    return all(_is_span(part.strip()) for part in watched.split(","))


def unwatched_from(watched: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Return from when on nobody reads what comes in: `now`, or the end of the hours it is in.

    UTC. Hours that follow one another without a gap are one stretch; a week of them is for ever,
    and then it is the end of that week.
    """
    moment = now
    while moment < now + A_WEEK:
        ends = [_end_of(part.strip(), zone, moment) for part in watched.split(",")]
        later = [end for end in ends if end is not None]
        if not later:
            break
        moment = max(later)
    return moment


def _end_of(words: str, zone: ZoneInfo, moment: datetime) -> datetime | None:
    """Return when the hours that `moment` lies in end; None when it does not lie in them."""
    local, found = moment.astimezone(zone), _SPAN.fullmatch(words)
    if found is None or not _covers(words, local):
        return None
    return instant_at(local.date(), time.fromisoformat(found["end"]), zone, later=True)


def _is_span(words: str) -> bool:
    found = _SPAN.fullmatch(words)
    if found is None:
        return False
    try:
        return time.fromisoformat(found["start"]) < time.fromisoformat(found["end"])
    except ValueError:
        return False


def _covers(words: str, local: datetime) -> bool:
    found = _SPAN.fullmatch(words)
    if found is None:
        return False
    first = DAYS.index(found["first"])
    last = DAYS.index(found["last"] or found["first"])
    day = local.weekday()
    in_days = first <= day <= last if first <= last else day >= first or day <= last
    try:
        start, end = time.fromisoformat(found["start"]), time.fromisoformat(found["end"])
    except ValueError:
        return False
    return in_days and start <= local.time() < end
