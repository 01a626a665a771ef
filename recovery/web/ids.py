"""Ids in addresses: a number that no database could hold is simply not found."""

from typing import Any, Final

from flask import abort

#: The largest id that PostgreSQL's integer holds.
LARGEST_ID: Final = 2**31 - 1


def refuse_impossible_ids(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Answer 404 for numbers beyond `LARGEST_ID`; a blueprint's url value preprocessor."""
    if any(isinstance(value, int) and value > LARGEST_ID for value in (values or {}).values()):
        abort(404)
