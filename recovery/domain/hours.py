"""The hours in which somebody at the clinic reads what patients send."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from recovery.domain.times import instant_at

A_WEEK = timedelta(days=7)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SPAN = re.compile(
    rf"(?P<first>{'|'.join(DAYS)})(?:-(?P<last>{'|'.join(DAYS)}))?"
    r" (?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)"
)


@dataclass(frozen=True, slots=True)
class OpenHours:
    """The same hours on some days of the week, Monday is 0; `last` may lie before `first`."""

    first: int
    last: int
    start: time
    end: time

    def covers(self, local: datetime) -> bool:
        """Whether a moment of the clinic's clock lies in them; the end does not."""
        day, straight = local.weekday(), self.first <= self.last
        after, before = day >= self.first, day <= self.last
        in_days = after and before if straight else after or before
        return in_days and self.start <= local.time() < self.end


def spans_of(watched: str) -> tuple[OpenHours, ...]:
    """Read "Mon-Fri 08:00-17:00, Sat 09:00-12:00"; what cannot be read is left out."""
    found = (_span_of(part.strip()) for part in watched.split(","))
    return tuple(span for span in found if span is not None)


def somebody_watches(watched: str, zone: ZoneInfo, now: datetime) -> bool:
    """Whether `now` lies in the hours, by the zone's clock.

    What cannot be read promises nobody: the patient is then given the on-call number.
    """
    local = now.astimezone(zone)
    return any(span.covers(local) for span in spans_of(watched))


def can_be_read(watched: str) -> bool:
    """Whether every part of the hours is one that `spans_of` understands."""
    return len(spans_of(watched)) == len(watched.split(","))


def unwatched_from(watched: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Return from when on nobody reads what comes in: `now`, or the end of the hours it is in.

    UTC. Hours that follow one another without a gap are one stretch; a week of them is for ever,
    and then it is the end of that week.
    """
    moment = now
    while moment < now + A_WEEK:
        local = moment.astimezone(zone)
        ends = [span.end for span in spans_of(watched) if span.covers(local)]
        if not ends:
            break
        moment = instant_at(local.date(), max(ends), zone, later=True)
    return moment


def _span_of(words: str) -> OpenHours | None:
    found = _SPAN.fullmatch(words)
    if found is None:
        return None
    try:
        start, end = time.fromisoformat(found["start"]), time.fromisoformat(found["end"])
    except ValueError:
        return None
    first, last = DAYS.index(found["first"]), DAYS.index(found["last"] or found["first"])
    return OpenHours(first, last, start, end) if start < end else None
