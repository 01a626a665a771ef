"""The first form of a page as a browser would send it untouched."""

from html.parser import HTMLParser

Sent = dict[str, str | list[str]]


class FilledForm(HTMLParser):
    """Reads the fields of the first form in `<main>`; names that come twice make a list."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self._text, self._select = "", ""
        self._words: list[str] = []
        main = page.partition("<main")[2].partition("<form")[2].partition("</form>")[0]
        self.feed("<form" + main)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        ticked = given.get("type") not in {"checkbox", "radio"} or "checked" in given
        if tag == "input" and name and ticked:
            self.fields.append((name, given.get("value", "")))
        elif tag == "textarea":
            self._text, self._words = name, []
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self.fields.append((self._select, given.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._text:
            self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.fields.append((self._text, "".join(self._words).removeprefix("\n")))
            self._text = ""

    def sent(self) -> Sent:
        """The fields by name."""
        found: dict[str, list[str]] = {}
        for name, value in self.fields:
            found.setdefault(name, []).append(value)
        return {name: values[0] if len(values) == 1 else values for name, values in found.items()}
