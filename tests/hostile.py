"""Requests whose every field holds something nasty, whatever a view asks for by name.

So no list of fields has to be kept: a new form, and a new field of an old one, is met at once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any, ClassVar
from zlib import crc32

from flask import Flask, Request
from werkzeug.datastructures import FileStorage, ImmutableMultiDict


class Nasty(ImmutableMultiDict[str, str]):
    """Has every field, and a nasty word in each. `words`: those of this round."""

    words: ClassVar[Sequence[str]] = ("",)
    #: Every field that any view asked for, by name.
    asked: ClassVar[set[str]] = set()

    def _word(self, key: str) -> str:
        Nasty.asked.add(key)
        return self.words[crc32(key.encode()) % len(self.words)]

    def __getitem__(self, key: str) -> str:
        return self._word(key)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str)

    def get(self, key: str, default: Any = None, type: Callable[[str], Any] | None = None) -> Any:  # type: ignore[override]  # noqa: A002
        """Return the field's word, in the type that the view wants, as the real one does."""
        try:
            return self._word(key) if type is None else type(self._word(key))
        except (ValueError, TypeError):
            return default

    def getlist(self, key: str, type: Callable[[str], Any] | None = None) -> list[Any]:  # type: ignore[override]  # noqa: A002
        """Return two words: a field may come more than once."""
        return [self.get(key), self.words[0]] if type is None else []

    def items(self, multi: bool = False) -> Iterable[tuple[str, str]]:  # type: ignore[override]
        """Yield what was asked for so far, and names that are made of nasty words too."""
        return [*((name, self._word(name)) for name in sorted(self.asked)), *self._named()]

    def _named(self) -> Iterator[tuple[str, str]]:
        for word in self.words:
            yield f"points-{word}", word
            yield word, word


class NastyFiles(ImmutableMultiDict[str, FileStorage]):
    """Has every file, each named as nastily as it is written."""

    def get(self, key: str, default: Any = None, type: Any = None) -> FileStorage:  # type: ignore[override]  # noqa: A002
        """Return a small file of nasty words."""
        words = "\n".join(Nasty.words).encode("utf-8", "replace")
        return FileStorage(BytesIO(words), filename=Nasty.words[0])


def make_nasty(app: Flask) -> None:
    """Let every request to this app have nasty fields, in its address and in its body."""

    class NastyRequest(Request):
        parameter_storage_class = Nasty

        @property
        def files(self) -> NastyFiles:  # type: ignore[override]
            """Whatever was sent."""
            return NastyFiles()

    app.request_class = NastyRequest
