"""Ids in addresses: a number that no database could hold is simply not found."""

from typing import Any, Final

from flask import abort

#: The largest id that PostgreSQL's integer holds.
LARGEST_ID: Final = 2**31 - 1


def refuse_impossible_ids(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Answer 404 for numbers beyond `LARGEST_ID`; a blueprint's url value preprocessor."""
    if any(isinstance(value, int) and value > LARGEST_ID for value in (values or {}).values()):
        abort(404)


def number_of(words: str) -> int:
    """Read an id that came in a form; 404 for what is none."""
    number = int(words) if words.isascii() and words.isdecimal() and len(words) < 12 else None
    if number is None or number > LARGEST_ID:
        abort(404)
    return number
