"""A series in words: each date with its weekday, and what to look at before it is booked."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_name
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from recovery.domain.series import REFUSED, Doubt, on_the_wall
from recovery.services.series import Planned
from recovery.web.language import reader

DOUBTS: Final[dict[Doubt, LazyString]] = {
    Doubt.PAST: _l("This time has passed. Choose a time to come."),
    Doubt.SAME_DAY: _l("This patient has another visit that day. Choose another day."),
    Doubt.CLOSE: _l("Less than a day from another visit."),
    Doubt.SKIPPED: _l("The clocks skip this time. It becomes the first time after it."),
    Doubt.TWICE: _l("This time comes twice that night. The first is meant."),
    Doubt.FORWARD_BEFORE: _l("The clocks go forward the night before."),
    Doubt.FORWARD_AFTER: _l("The clocks go forward the night after."),
    Doubt.BACK_BEFORE: _l("The clocks go back the night before."),
    Doubt.BACK_AFTER: _l("The clocks go back the night after."),
}


def date_lines(planned: list[Planned], zone: ZoneInfo) -> list[dict[str, Any]]:
    """Return what the preview shows of each date; `typed` is what its field holds."""
    return [
        {
            "at": visit.start,
            "typed": typed(visit.start, zone),
            "error": next((str(DOUBTS[one]) for one in visit.doubts if one in REFUSED), ""),
            "notes": [("wait", str(DOUBTS[one])) for one in visit.doubts if one not in REFUSED],
        }
        for visit in planned
    ]


def typed(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment as a `datetime-local` field of the clinic's clock holds it."""
    return on_the_wall(moment, zone).strftime("%Y-%m-%dT%H:%M")


def zone_words(zone: ZoneInfo) -> str:
    """Say whose clock it is: "Eastern Time (America/New_York)"."""
    return f"{get_timezone_name(zone, locale=reader())} ({zone.key})"
