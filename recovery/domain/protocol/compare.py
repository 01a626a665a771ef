"""Two versions of a protocol side by side: what one says and the other does not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from recovery.domain.protocol.model import Protocol

#: Not rules: which version it is, and who answers for it.
NOT_COMPARED: Final = frozenset({"version", "sign_off", "translations"})
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One place that differs; None where a version does not have it. Values are as in the file."""

    path: Path
    before: object
    after: object


def differences(before: Protocol, after: Protocol) -> list[Difference]:
    """Return all places that differ. Items with an id are matched by it, so that one that was
    put in between does not shift the rest."""
    left, right = _body(before), _body(after)
    return list(_compare((), left, right))


def _body(protocol: Protocol) -> dict[str, Any]:
    body = protocol.model_dump(mode="json")
    return {name: value for name, value in body.items() if name not in NOT_COMPARED}


def _compare(path: Path, before: object, after: object) -> Iterator[Difference]:
    if before == after:
        return
    left, right = _named(before), _named(after)
    if left is None or right is None:
        yield Difference(path, before, after)
        return
    for name in dict.fromkeys((*left, *right)):
        yield from _compare((*path, name), left.get(name), right.get(name))


def _named(value: object) -> dict[str, object] | None:
    """What an object or a list of parts holds, by name; None for a plain value."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return {str(_name(item, place)): item for place, item in enumerate(value)}
    return None


def _name(item: object, place: int) -> object:
    return item.get("id", place + 1) if isinstance(item, dict) else place + 1
