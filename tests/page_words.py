"""What a page says: every word that a person may see or hear, and where its links lead."""

from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

#: Attributes that are shown, read out, or put on the page by a script.
SPOKEN: Final = (
    "aria-label",
    "alt",
    "title",
    "placeholder",
    "data-words",
    "data-own-zone",
    "data-since",
)
SILENT: Final = frozenset({"script", "style"})


class PageWords(HTMLParser):
    """Collects each piece of text of one page, its language and its links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.links: list[str] = []
        self.language: str | None = None
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang")
        if tag == "a":
            self.links.append(urlsplit(given.get("href") or "")._replace(fragment="").geturl())
        self.pieces += [value for name in SPOKEN if (value := given.get(name))]
        self._open.append(tag if "lang" not in given or tag == "html" else f"{tag} of another")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().split()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if words and not SILENT & set(self._open) and not self._in_another_language():
            self.pieces.append(words)

    def _in_another_language(self) -> bool:
        return any(tag.endswith(" of another") for tag in self._open)
