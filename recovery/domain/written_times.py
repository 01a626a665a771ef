"""Dates and times as people and spreadsheets write them; what could mean two things means none."""

import re
from datetime import date, time
from typing import Final

_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_SLASHES: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_DOTS: Final = re.compile(r"(\d{1,2})[.-](\d{1,2})[.-](\d{4})", re.ASCII)
_TIME: Final = re.compile(
    r"(\d{1,2})[:.h](\d{2})(?:[:.]00)? ?(a|p|am|pm|a\.m\.|p\.m\.|a\. m\.|p\. m\.)?", re.ASCII
)
#: Where people write the month first.
MONTH_FIRST: Final = frozenset({"US", "PH", "FM", "MH", "PW", "PR", "GU", "AS", "MP", "VI"})
NOON_HOUR = 12
#: The first and the last year that anybody means; 2206 for 2026 is told apart elsewhere.
FIRST_YEAR, LAST_YEAR = 1900, 2999


def written_date(words: str, country: str) -> date | None:
    """Read “2026-03-04”, “3/4/2026” as the country has it, or “4.3.2026”; None for all else.

    `country`: ISO 3166. A year has four digits, from 1900 to 2999.
    """
    found = _ISO.fullmatch(words)
    if found:
        return _day(*found.groups())
    found = _SLASHES.fullmatch(words)
    if found:
        first, second, year = found.groups()
        month, day = (first, second) if country in MONTH_FIRST else (second, first)
        return _day(year, month, day)
    found = _DOTS.fullmatch(words)
    return _day(found[3], found[2], found[1]) if found else None


def written_time(words: str) -> time | None:
    """Read “9:30”, “09:30:00”, “9.30”, “9h30”, “9:30 AM” or “9:30 p. m.”; None for all else."""
    found = _TIME.fullmatch(words.lower())
    if not found:
        return None
    hour, minute, half = int(found[1]), int(found[2]), found[3]
    if half is not None:
        if not 1 <= hour <= NOON_HOUR:
            return None
        hour = hour % NOON_HOUR + (NOON_HOUR if half.startswith("p") else 0)
    try:
        return time(hour, minute)
    except ValueError:
        return None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None
