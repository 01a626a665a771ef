"""How a page is built: its elements with what they say of themselves, in the order of the page."""

from html.parser import HTMLParser

Given = dict[str, str]
#: Elements that have no end.
VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)


class PageParts(HTMLParser):
    """Collects the elements of one page, its title and the links within each class."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, Given]] = []
        self.title = ""
        self.for_scripts: list[Given] = []
        """Buttons that are seen, and that nothing but a script could make do anything."""
        self._links: dict[str, list[str]] = {}
        self._open: list[tuple[str, str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given))
        if tag == "a":
            for _, classes, _hidden in self._open:
                self._links.setdefault(classes, []).append(given.get("href", ""))
        hidden = "hidden" in given or tag == "template"
        if (tag, given.get("type")) == ("button", "button") and not hidden:
            self.for_scripts += [] if any(inner[2] for inner in self._open) else [given]
        if tag not in VOID:
            self._open.append((tag, given.get("class", ""), hidden))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] == "title" and len(self._open) >= 1:
            self.title += data

    def of(self, tag: str) -> list[Given]:
        """The elements of one kind."""
        return [given for name, given in self.elements if name == tag]

    def count(self, tag: str) -> int:
        return len(self.of(tag))

    def values(self, attribute: str) -> list[str]:
        """Every value of one attribute."""
        return [given[attribute] for _, given in self.elements if attribute in given]

    @property
    def ids(self) -> list[str]:
        return self.values("id")

    def links_within(self, classes: str) -> list[str]:
        """Where the links lead that stand inside an element with exactly these classes."""
        return self._links.get(classes, [])
