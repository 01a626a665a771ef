"""Looks at every entry of the gallery once, and writes down what is wrong, question by question."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.gallery.entry import Entry

MEASURES = Path(__file__).with_name("measures.js").read_text(encoding="utf-8")
AXE = Axe().axe_script
RUN_AXE = """(options) => axe.run(options).then((found) => found.violations.flatMap((broken) =>
  broken.nodes.map((node) => `${broken.id}: ${node.html.slice(0, 120)}`)))"""
#: All of axe, and what of it depends on the light or on the size of the screen.
WHOLE: dict[str, Any] = {"resultTypes": ["violations"]}
#: The page of all components has each landmark several times.
SAMPLES = WHOLE | {"rules": {"landmark-unique": {"enabled": False}}}
CONTRAST = WHOLE | {"runOnly": ["color-contrast"]}
SIZE = WHOLE | {"runOnly": ["color-contrast", "scrollable-region-focusable"]}
#: Who reads on a phone. Staff have tables and several matters on a page.
ON_PHONES = {"patient", "driver", "public"}


class Survey:
    """What was found wrong, by question; and which entries were looked at."""

    def __init__(self) -> None:
        self.looked_at: set[str] = set()
        self.helps: dict[tuple[str, str], Any] = {}
        self._found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))

    def note(self, question: str, entry: Entry, where: str, found: Iterable[object]) -> None:
        for one in found:
            self._found[question][f"{where}: {one}"].add(entry.name)

    def note_primaries(self, entry: Entry, found: list[str]) -> None:
        """A phone's page has at most one primary action; staff have several matters on a page."""
        if entry.face in ON_PHONES and len(found) > 1:
            self.note("primaries", entry, "390 px", [found])

    def must_find_nothing(self, question: str) -> None:
        """Fail with each finding on a line, and on which entries it is seen."""
        lines = [f"{what} ({_some(names)})" for what, names in self._found[question].items()]
        assert not lines, "\n".join([f"{len(lines)} findings:", *lines])


def _some(names: Iterable[str], most: int = 4) -> str:
    first = sorted(names)
    more = f" and {len(first) - most} more" if len(first) > most else ""
    return ", ".join(first[:most]) + more


def axe(page: Page, options: dict[str, Any]) -> list[str]:
    """Run axe on a page that has it already; what it finds, in a line each."""
    found: list[str] = page.evaluate(RUN_AXE, options)
    return found


def measure(page: Page, what: str) -> Any:
    """Ask one function of measures.js, on a page that has it already."""
    return page.evaluate(f"measures.{what}()")
