"""Moments as people read them: in the clinic's zone and the reader's language.

Hours are 1-12 with AM/PM or 0-23, as the reader's own country has it.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_timedelta, get_day_names
from flask import Flask, g
from flask_babel import gettext as _

from recovery.domain.hours import OpenHours, spans_of
from recovery.domain.times import MINUTE, must_be_aware
from recovery.services.spoken_times import on_the_clock
from recovery.web.language import reader

A_DAY: Final = timedelta(days=1)
AN_HOUR: Final = timedelta(hours=1)
#: Below this a countdown is said in minutes.
IN_MINUTES: Final = timedelta(minutes=90)
#: Babel's threshold for a larger unit, out of reach: the unit is ours to choose.
FORCED: Final = 1_000_000
#: CLDR's ready-made patterns shorten the weekday or add the year; a tired reader needs neither.
#: No line ends between month and day: "March" and, below it, "3" is read as two things.
DAY_PATTERNS: Final = {"en": "EEEE, MMMM\u00a0d", "es": "EEEE, d\u00a0'de'\u00a0MMMM"}


def clock_time(moment: datetime) -> str:
    """Say what the clinic's clock shows: "9:30 AM", "9:30".

    In the hour that comes twice in autumn the zone's name tells which one is meant.
    """
    local = _local(moment)
    if _is_midnight(local):
        return str(_("midnight"))
    said = on_the_clock(local, reader())
    return f"{said} ({local.tzname()})" if _comes_twice(local) else said


def day_time(moment: datetime) -> str:
    """Say weekday and time, for a moment less than a week away: "Tuesday 9:30 AM"."""
    local = _local(moment)
    weekday = format_datetime(local, "EEEE", locale=reader())
    if _is_midnight(local):
        before = format_datetime(local - A_DAY, "EEEE", locale=reader())
        return str(_("midnight, %(before)s to %(after)s", before=before, after=weekday))
    return str(_("%(day)s %(time)s", day=weekday, time=clock_time(moment)))


def day(moment: datetime) -> str:
    """Say weekday and date: "Tuesday, March 3"."""
    pattern = DAY_PATTERNS.get(reader().language, "EEEE, d\u00a0MMMM")
    return str(format_datetime(_local(moment), pattern, locale=reader()))


def date_time(moment: datetime) -> str:
    """Say date and time, for a moment that may be weeks away: "Tuesday, March 3, 9:30 AM"."""
    return str(_("%(day)s, %(time)s", day=day(moment), time=clock_time(moment)))


def span(length: timedelta) -> str:
    """Say about how long: "24 hours", "40 minutes". Never the only word on a time that matters."""
    return str(format_timedelta(length, threshold=1.5, locale=reader()))


def away(moment: datetime, now: datetime) -> str:
    """Say how far ahead a moment lies: "in 9 hours", "dentro de 9 horas"; "" once it has come.

    Never more than is left: minutes below 90, then whole hours, from 24 hours on the days
    between the two dates on the clinic's calendar. static/js/clock.js counts the same way.
    """
    left = moment - now
    if left <= timedelta():
        return ""
    if left >= A_DAY:
        days, unit = (_local(moment).date() - _local(now).date()).days, "day"
        rounded = timedelta(days=days)
    else:
        unit = "hour" if left >= IN_MINUTES else "minute"
        rounded = left - left % (AN_HOUR if unit == "hour" else MINUTE)
    said = format_timedelta(
        max(rounded, MINUTE),
        granularity=unit,  # type: ignore[arg-type]
        threshold=FORCED,
        add_direction=True,
        locale=reader(),
    )
    return str(said)


def hours(watched: str) -> str:
    """Say a clinic's hours as its reader does: "Monday to Friday, 8:00 AM to 5:00 PM".

    What cannot be read stays as it was written.
    """
    return "; ".join(map(_open_hours, spans_of(watched))) or watched


def _open_hours(open_: OpenHours) -> str:
    names = get_day_names("wide", locale=reader())
    first, last = names[open_.first], names[open_.last]
    days = first if first == last else _("%(first)s to %(last)s", first=first, last=last)
    start, end = (
        on_the_clock(datetime.combine(date.min, at), reader()) for at in (open_.start, open_.end)
    )
    return str(_("%(days)s, %(start)s to %(end)s", days=days, start=start, end=end))


def _is_midnight(local: datetime) -> bool:
    """“12:00 AM” is read as noon, or as the wrong day."""
    return (local.hour, local.minute) == (0, 0)


def iso(moment: datetime) -> str:
    """The moment for `<time datetime>`, in UTC."""
    return must_be_aware(moment).isoformat(timespec="seconds").replace("+00:00", "Z")


def groupby_day(events: Iterable[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Put things that have an `at` under the day on which they happened, in the order given."""
    for name, of_day in groupby(events, key=lambda event: day(_at(event))):
        yield name, list(of_day)


def attach(app: Flask) -> None:
    """Give the filters to all templates."""
    for say in (clock_time, day_time, day, date_time, span, away, hours, iso, groupby_day):
        app.add_template_filter(say, say.__name__)


def _at(event: Any) -> datetime:
    moment: datetime = event["at"] if isinstance(event, dict) else event.at
    return moment


def _local(moment: datetime) -> datetime:
    """Raises LookupError when no view said whose zone it is: a wrong zone would be a wrong time."""
    zone = g.get("zone")
    if zone is None:
        raise LookupError("No clinic is known here: call recovery.web.look.show_for first.")
    return must_be_aware(moment).astimezone(zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone))


def _comes_twice(local: datetime) -> bool:
    first, second = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    return first is not None and second is not None and first > second
