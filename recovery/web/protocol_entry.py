"""What was typed into a protocol's fields, put into its body as JSON values."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from recovery.domain.protocol.spans import read_span
from recovery.web.protocol_fields import Field, Group, Kind, Node

Body = dict[str, Any]
Form = MultiDict[str, str]


def fields_in(nodes: Iterable[Node]) -> Iterable[Field]:
    """Return the fields of a page, those of parts within too."""
    for node in nodes:
        if isinstance(node, Group):
            yield from fields_in(node.nodes)
        elif isinstance(node, Field):
            yield node


def read_into(body: Body, fields: Sequence[Field], form: Form) -> dict[str, str]:
    """Put what was typed into `body`; return field → sentence for what could not be read."""
    errors: dict[str, str] = {}
    lists: dict[str, list[Any]] = {}
    for field in fields:
        value = _typed(field, form, errors)
        parent, _dot, last = field.name.rpartition(".")
        holder = _at(body, parent)
        if isinstance(holder, list):
            lists.setdefault(parent, []).append(value)
        else:
            holder[last] = value
    for path, values in lists.items():
        _at(body, path)[:] = [value for value in values if value is not None]
    return errors


def change_list(body: Body, path: str, what: str) -> None:
    """Copy, remove or raise the item at `path` in its list; nothing for any other word."""
    parent, _dot, last = path.rpartition(".")
    items, place = _at(body, parent), int(last)
    if what == "remove":
        del items[place]
    elif what == "raise" and place > 0:
        items.insert(place - 1, items.pop(place))
    elif what == "copy":
        items.insert(place + 1, _renamed(items[place], items))


def _renamed(item: Any, among: Sequence[Any]) -> Any:
    taken = {other.get("id") for other in among}
    if "id" not in item:
        return dict(item)
    stem, number = item["id"][:40], 2
    while f"{stem}-{number}" in taken:
        number += 1
    return {**item, "id": f"{stem}-{number}"}


def _at(body: Any, path: str) -> Any:
    for step in path.split(".") if path else []:
        body = body[int(step)] if isinstance(body, list) else body[step]
    return body


def _typed(field: Field, form: Form, errors: dict[str, str]) -> Any:
    words = form.get(field.name, "").strip()
    match field.kind:
        case Kind.TEXT:
            given = {
                language: form.get(f"{field.name}.{language}", "").strip()
                for language in field.value
            }
            return given if any(given.values()) else None
        case Kind.YES:
            return words == "yes"
        case Kind.SEVERAL:
            return form.getlist(field.name)
        case Kind.NAMES:
            return [name.strip() for name in words.split(",") if name.strip()]
    if not words:
        if not field.optional:
            errors[field.name] = _("Please fill this in.")
        return None
    return _read(field, words, errors)


def _read(field: Field, words: str, errors: dict[str, str]) -> Any:
    try:
        if field.kind is Kind.SPAN:
            return read_span(words)
        if field.kind is Kind.NUMBER:
            return float(words.replace(",", "."))
    except ValueError:
        number = _("Please enter a number.")
        span = _("Write it like 24 h, 90 min or 7 d.")
        errors[field.name] = number if field.kind is Kind.NUMBER else span
    return words
