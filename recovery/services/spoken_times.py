"""Times inside a sentence of a notice, in the clinic's zone and the reader's language."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, format_time
from flask_babel import gettext as _
from flask_babel import pgettext

#: Within this span a weekday alone names one day.
A_DAY: Final = timedelta(days=1)
A_WEEK: Final = timedelta(days=6)
#: CLDR's ready-made patterns shorten the weekday or add the year; a tired reader needs neither.
DAYS: Final = {"en": "EEEE, MMMM d", "es": "EEEE d 'de' MMMM"}


def in_a_sentence(moment: datetime, read_at: datetime, zone: ZoneInfo, language: str) -> str:
    """Say a time so that it stands after at, before, until: "2:30 PM on Tuesday".

    In Spanish "las 14:30 del martes", "la 1:30 del martes". With the date when it is a week or
    more from `read_at`. In the hour that comes twice in autumn the zone's name tells which one
    is meant. Midnight is said with both days: "12:00 AM" is read as noon, or as the wrong day.
    Call it with the language forced: the pattern is a translated text.
    """
    locale, local = Locale.parse(language), moment.astimezone(zone)
    pattern = "EEEE" if abs(moment - read_at) < A_WEEK else DAYS.get(language, "EEEE, d MMMM")
    day = format_datetime(local, pattern, locale=locale)
    if (local.hour, local.minute) == (0, 0):
        before = format_datetime(local - A_DAY, "EEEE", locale=locale)
        return str(
            pgettext("in a sentence", "midnight, %(before)s to %(after)s", before=before, after=day)
        )
    clock = format_time(local, "short", tzinfo=None, locale=locale)
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        clock = f"{clock} ({local.tzname()})"
    if local.hour == 1:
        return str(pgettext("at one o'clock", "%(time)s on %(day)s", time=clock, day=day))
    return str(_("%(time)s on %(day)s", time=clock, day=day))
