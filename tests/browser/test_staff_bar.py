"""On the clinic's tablet the bar takes one line, whoever works there and in both languages."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.gallery import gallery_at
from tests.gallery import GALLERY

pytestmark = pytest.mark.browser

TABLET = {"width": 1024, "height": 768}
#: A nurse, and an admin, who has two more places to go.
LOOKED_AT = ("staff-board", "staff-people")
#: How many different lines the bar's parts stand on.
LINES = """() => new Set([...document.querySelectorAll(".bar > *, .bar-nav > *, .bar-me > *")]
  .filter((one) => one.closest(".bar") && one.checkVisibility())
  .map((one) => one.getBoundingClientRect())
  .map((box) => Math.round((box.top + box.height / 2) / 24))).size"""
WIDE = "document.documentElement.scrollWidth"


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_bar_takes_one_line_on_a_tablet_held_sideways(
    sqlite_template: Path, tmp_path: Path, chromium_pages: Browser, language: str
) -> None:
    entries = [entry for entry in GALLERY if entry.name in LOOKED_AT]
    assert len(entries) == len(LOOKED_AT)
    with gallery_at(sqlite_template, tmp_path, chromium_pages) as gallery:
        gallery.house.speak(language)
        for entry in entries:
            page = gallery.open(entry)
            page.set_viewport_size(TABLET)  # type: ignore[arg-type]
            assert page.evaluate(LINES) == 1, entry.name
            assert page.evaluate(WIDE) == TABLET["width"], entry.name
