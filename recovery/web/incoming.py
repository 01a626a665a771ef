"""What may come in: sizes, and texts that both databases can keep.

PostgreSQL refuses NUL, UTF-8 has no lone surrogates and JSON no infinity; refusing them at the
door means that what was accepted comes back as it went in, from either database.
"""

import json
from typing import Any, Final

from flask import Flask, abort, request
from flask.json.provider import DefaultJSONProvider

LARGEST_BODY: Final = 256 * 1024  # bytes
MOST_PARTS: Final = 500


class StrictJson(DefaultJSONProvider):
    """JSON whose every value can be stored; anything else is a ValueError, which becomes 400."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        try:
            value = json.loads(s, parse_constant=_refuse, parse_float=_finite, **kwargs)
            text = json.dumps(value, ensure_ascii=False)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        text.encode()
        if "\\u0000" in text.replace("\\\\", ""):
            raise ValueError("a NUL character")
        return value


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError("a number out of range")
    return number


def attach(app: Flask) -> None:
    """Limit what a request may carry."""
    app.json = StrictJson(app)
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=MOST_PARTS,
    )

    @app.before_request
    def refuse_nul() -> None:
        given = [request.path]
        for fields in (request.args, request.form):
            given += [word for pair in fields.items(multi=True) for word in pair]
        if any("\0" in word for word in given):
            abort(400)
