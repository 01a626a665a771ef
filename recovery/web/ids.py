"""Ids in addresses: a number that no database could hold is simply not found, and an id that is a
word of the protocol is not readable there.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final

from flask import abort
from werkzeug.routing import BaseConverter, ValidationError

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


def hushed(word: str) -> str:
    """Write a protocol's word for an address, so that a phone's history names nothing of health.

    No secret: it keeps “pregnancy” from being read over a shoulder, nothing more.
    """
    return urlsafe_b64encode(word.encode()).decode().rstrip("=")


class Hushed(BaseConverter):
    """`<hushed:step_id>` in a route: an id of the protocol, written as `hushed` does."""

    def to_python(self, value: str) -> str:
        """Read it back; another spelling of the same word is no address."""
        try:
            word = urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode()
        except ValueError:
            raise ValidationError from None
        if hushed(word) != value:
            raise ValidationError
        return word

    def to_url(self, value: str) -> str:
        """Write it."""
        return hushed(value)
