"""Times inside a sentence of a notice, in the clinic's zone and the reader's language."""

import re
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime, format_time
from flask_babel import gettext as _
from flask_babel import pgettext

#: Within this span a weekday alone names one day.
A_DAY: Final = timedelta(days=1)
A_WEEK: Final = timedelta(days=6)
#: Some countries write "a. m." or "a.m.".
DOTTED: Final = re.compile(r"\b([ap])\.\s?m\.")
#: CLDR's ready-made patterns shorten the weekday or add the year; a tired reader needs neither.
DAYS: Final = {"en": "EEEE, MMMM d", "es": "EEEE d 'de' MMMM"}


def locale_of(language: str, country: str) -> Locale | None:
    """Return a language as a country's clocks have it (ISO 639 and 3166); None for no such pair.

    People who read Spanish in the United States count hours to 12, in Spain to 24.
    """
    try:
        return Locale.parse(f"{language}_{country.upper()}")
    except (UnknownLocaleError, ValueError):
        return None


def on_the_clock(local: datetime, locale: Locale) -> str:
    """Say hour and minute as the reader's country does: "9:30 AM", "09:30".

    Without the dots of "a.m.", which at the end of a sentence would be two.
    """
    said = str(format_time(local, "short", tzinfo=None, locale=locale))
    return DOTTED.sub(lambda found: f"{found[1].upper()}M", said)


def in_a_sentence(moment: datetime, read_at: datetime, zone: ZoneInfo, locale: Locale) -> str:
    """Say a time so that it stands after at, before, until: "2:30 PM on Tuesday".

    In Spanish "las 14:30 del martes", "la 1:30 PM del martes". With the date when it is a week or
    more from `read_at`. In the hour that comes twice in autumn the zone's name tells which one
    is meant. Midnight is said with both days: "12:00 AM" is read as noon, or as the wrong day.
    `locale` is the reader's; call it with the language forced: the pattern is a translated text.
    """
    local = moment.astimezone(zone)
    pattern = (
        "EEEE" if abs(moment - read_at) < A_WEEK else DAYS.get(locale.language, "EEEE, d MMMM")
    )
    day = format_datetime(local, pattern, locale=locale)
    if (local.hour, local.minute) == (0, 0):
        before = format_datetime(local - A_DAY, "EEEE", locale=locale)
        return str(
            pgettext("in a sentence", "midnight, %(before)s to %(after)s", before=before, after=day)
        )
    clock = on_the_clock(local, locale)
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        clock = f"{clock} ({local.tzname()})"
    if clock.startswith("1:"):
        return str(pgettext("at one o'clock", "%(time)s on %(day)s", time=clock, day=day))
    return str(_("%(time)s on %(day)s", time=clock, day=day))
