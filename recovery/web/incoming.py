"""What may come in: sizes, and texts that both databases can keep.

PostgreSQL refuses NUL, UTF-8 has no lone surrogates and JSON no infinity; refusing them at the
door means that what was accepted comes back as it went in, from either database.
"""

import json
from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Flask, abort, request
from flask.json.provider import DefaultJSONProvider

Views = TypeVar("Views", bound=Callable[..., object])
LARGEST_BODY: Final = 256 * 1024  # bytes
LARGEST_FILE_BODY: Final = 16 * 1024 * 1024
MOST_PARTS: Final = 500


def takes_a_file(view: Views) -> Views:
    """Say that people send files to this view: one that is far too big is still read to its end,
    so that its page can say so (a connection that is cut off says nothing)."""
    view.largest_body = LARGEST_FILE_BODY  # type: ignore[attr-defined]
    return view


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
        view = app.view_functions.get(request.endpoint or "")
        request.max_content_length = getattr(view, "largest_body", LARGEST_BODY)
        given = [request.path]
        for fields in (request.args, request.form):
            given += [word for pair in fields.items(multi=True) for word in pair]
        if any("\0" in word for word in given):
            abort(400)
