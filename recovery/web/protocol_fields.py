"""A protocol as fields: every part of it can be read and changed without knowing its file format.

The fields follow the types of `domain/protocol`, so that a new rule there needs a word here and
nothing else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel

from recovery.domain.protocol import Protocol, Text
from recovery.domain.protocol.spans import said_span
from recovery.web.protocol_words import CHOICES, FIELDS
from recovery.web.staff_words import said

Path = tuple[str | int, ...]
#: Not for hands: which protocol it is, and who answers for it.
KEPT: Final = frozenset({"id", "version", "languages", "sign_off", "translations", "signed"})


class Kind(StrEnum):
    """How a field is filled in."""

    WORDS = "words"
    TEXT = "text"
    SPAN = "span"
    TIME = "time"
    NUMBER = "number"
    YES = "yes"
    ONE = "one"
    SEVERAL = "several"
    NAMES = "names"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in. `name`: in the form; `value`: as it is typed; `shown`: as it is read.

    A TEXT has one `value` a language and is read in the reader's. `options`: (value, words).
    """

    name: str
    label: str
    kind: Kind
    value: Any
    shown: str
    optional: bool = False
    options: Sequence[tuple[str, str]] = ()

    @property
    def id(self) -> str:
        """Where an error leads to on the page."""
        first = next(iter(self.value), "") if self.kind is Kind.TEXT else ""
        return f"{self.name}.{first}" if first else self.name


@dataclass(frozen=True, slots=True)
class Group:
    """A part within a part, filled in on the same page."""

    label: str
    nodes: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Items:
    """A list of parts, each with a page of its own: (path, title)."""

    label: str
    path: str
    entries: Sequence[tuple[str, str]]
    changeable: bool


Node = Field | Group | Items


def nodes_of(part: BaseModel, path: Path, languages: Sequence[str]) -> list[Node]:
    """Return the fields of a part; `path` leads to it from the protocol."""
    fields = type(part).model_fields
    return [
        node
        for name, field in fields.items()
        if name not in KEPT
        for node in _nodes(getattr(part, name), field.annotation, (*path, name), languages)
    ]


def part_at(protocol: Protocol, path: str) -> tuple[BaseModel, Path] | None:
    """Return the part that a dotted path leads to; None when there is none."""
    part: Any = protocol
    steps: list[str | int] = []
    for step in path.split(".") if path else []:
        if isinstance(part, tuple) and step.isdecimal() and int(step) < len(part):
            part = part[int(step)]
            steps.append(int(step))
        elif isinstance(part, Mapping) and step in part:
            part = part[step]
            steps.append(step)
        elif isinstance(part, BaseModel) and step in type(part).model_fields and step not in KEPT:
            part = getattr(part, step)
            steps.append(step)
        else:
            return None
    return (part, tuple(steps)) if isinstance(part, BaseModel) else None


def title_of(part: object, fallback: str) -> str:
    """Name a part by its own words."""
    for name in ("title", "text", "name", "button", "reason"):
        text = getattr(part, name, None)
        if isinstance(text, Text):
            return said(text)
    return str(getattr(part, "id", fallback))


def _nodes(value: Any, annotation: Any, path: Path, languages: Sequence[str]) -> Iterator[Node]:
    kind, inner, optional = _bare(annotation)
    label, name = label_of(path), ".".join(map(str, path))
    if kind is tuple and _is_part(inner):
        entries = [(f"{name}.{n}", title_of(item, str(n + 1))) for n, item in enumerate(value)]
        yield Items(label, name, entries, changeable=True)
    elif kind is dict:
        entries = [(f"{name}.{key}", key) for key in value]
        yield Items(label, name, entries, changeable=False)
    elif _is_part(inner) and value is not None:
        yield Group(label, nodes_of(value, path, languages))
    elif kind is tuple and inner is Text:
        for place, text in enumerate(value):
            yield _text(f"{name}.{place}", f"{label} {place + 1}", text, languages, True)
        if Ellipsis in get_args(annotation):
            yield _text(f"{name}.{len(value)}", f"{label} +", None, languages, True)
    elif inner is Text:
        yield _text(name, label, value, languages, optional)
    elif not _is_part(inner):
        yield _leaf(name, label, value, kind, inner, optional)


def _leaf(name: str, label: str, value: Any, kind: Any, inner: Any, optional: bool) -> Field:
    if kind is tuple and issubclass(inner, StrEnum):
        chosen = [item.value for item in value]
        shown = ", ".join(str(CHOICES[item.value]) for item in value)
        return Field(name, label, Kind.SEVERAL, chosen, shown, True, _options(inner))
    if kind is tuple:
        words = ", ".join(f"{one:g}" if isinstance(one, float) else one for one in value)
        return Field(name, label, Kind.NAMES, words, words, True)
    if issubclass(inner, StrEnum):
        shown = str(CHOICES[value.value]) if value is not None else ""
        options = [*([("", "–")] if optional else []), *_options(inner)]
        return Field(name, label, Kind.ONE, value.value if value else "", shown, optional, options)
    if inner is bool:
        return Field(name, label, Kind.YES, value, str(FIELDS["yes" if value else "no"]))
    if inner is timedelta:
        words = said_span(value) if value is not None else ""
        return Field(name, label, Kind.SPAN, words, words, optional)
    if inner is time:
        words = value.strftime("%H:%M") if value is not None else ""
        return Field(name, label, Kind.TIME, words, words, optional)
    if inner in {int, float}:
        words = f"{value:g}" if value is not None else ""
        return Field(name, label, Kind.NUMBER, words, words, optional)
    return Field(name, label, Kind.WORDS, value or "", value or "", optional)


def _text(
    name: str, label: str, text: Text | None, languages: Sequence[str], optional: bool
) -> Field:
    words = text.root if text is not None else {}
    value = {language: words.get(language, "") for language in languages}
    return Field(name, label, Kind.TEXT, value, said(text) if text is not None else "", optional)


def _options(kinds: type[StrEnum]) -> list[tuple[str, str]]:
    return [(item.value, str(CHOICES[item.value])) for item in kinds]


def _bare(annotation: Any) -> tuple[Any, Any, bool]:
    """Return the container (tuple, dict or None), the type inside, and whether None may stand."""
    optional = False
    if get_origin(annotation) in {Union, UnionType}:
        members = [member for member in get_args(annotation) if member is not NoneType]
        optional, annotation = len(members) < len(get_args(annotation)), members[0]
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    container = get_origin(annotation)
    if container in {tuple, dict}:
        inner = get_args(annotation)[0 if container is tuple else 1]
        return container, _bare(inner)[1], optional
    return None, annotation, optional


def _is_part(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel) and kind is not Text


def label_of(path: Path) -> str:
    """Name a place by what the field is called: the last one on the way that is not a number."""
    name = next(str(step) for step in reversed(path) if isinstance(step, str))
    return str(FIELDS.get(name, name))
