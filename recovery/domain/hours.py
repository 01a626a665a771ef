"""The hours in which somebody at the clinic reads what patients send."""

import re
from datetime import datetime, time
from zoneinfo import ZoneInfo

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
