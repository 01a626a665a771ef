"""Spans of time as a person types them: "24 h", "90 min", "-7 d", "1 d 12 h"."""

import re
from datetime import timedelta
from typing import Final

UNITS: Final = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "min": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
#: 48 h rather than 2 d, and 90 min, but no 1,445 min.
LEAST: Final = {"d": timedelta(days=3)}
MOST: Final = {"h": timedelta(hours=71), "min": timedelta(hours=5), "s": timedelta(minutes=5)}
WHOLE: Final = re.compile(r"([-−])?\s*((?:\d{1,6}\s*(?:d|h|min|s)\s*)+)", re.IGNORECASE)
PIECE: Final = re.compile(r"(\d+)\s*(d|h|min|s)", re.IGNORECASE)


def said_span(span: timedelta) -> str:
    """Say a span in the fewest units: 36 h is "36 h" and 7 days are "7 d"; none is "0 min"."""
    if not span:
        return "0 min"
    sign, left = ("-", -span) if span < timedelta() else ("", span)
    for unit, length in UNITS.items():
        if not left % length and LEAST.get(unit, length) <= left <= MOST.get(unit, left):
            return f"{sign}{left // length} {unit}"
    pieces = []
    for unit, length in UNITS.items():
        count, left = divmod(left, length)
        if count:
            pieces.append(f"{count} {unit}")
    return sign + " ".join(pieces)


def read_span(words: str) -> timedelta:
    """Read what `said_span` says; ValueError for anything else."""
    found = WHOLE.fullmatch(words.strip())
    if found is None:
        raise ValueError("Write it like 24 h, 90 min or 7 d.")
    pieces = PIECE.findall(found[2])
    span = sum((int(count) * UNITS[unit.lower()] for count, unit in pieces), timedelta())
    return -span if found[1] else span
