"""Staff on tablet and phone: the bar takes one line; words, dates and numbers stay whole."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.gallery import Gallery, gallery_at
from tests.browser.survey import MEASURES
from tests.gallery import GALLERY

pytestmark = pytest.mark.browser

TABLET = ViewportSize(width=1024, height=768)
PHONE = ViewportSize(width=390, height=844)
#: A nurse, and an admin, who has two more places to go.
LOOKED_AT = ("staff-board", "staff-people")
#: How many different lines the bar's parts stand on.
LINES = """() => new Set([...document.querySelectorAll(".bar > *, .bar-nav > *, .bar-me > *")]
  .filter((one) => one.closest(".bar") && one.checkVisibility())
  .map((one) => one.getBoundingClientRect())
  .map((box) => Math.round((box.top + box.height / 2) / 24))).size"""
#: A protocol's forms, the start gate, what is achieved, and two rehearsals side by side.
WITH_MANY_WORDS = (
    "staff-draft-part",
    "staff-visit-arrived",
    "staff-achievement",
    "staff-rehearsal-beside",
)
#: Words of what is chosen from and of tables, and dates, which hold together.
BROKEN = "measures.broken('main .choice b, main td, main th')"
#: Whether a part of the list of patients is out of sight, and on how many lines each thing stands.
SIDEWAYS = """() => { const table = document.querySelector(".table");
  return table.scrollWidth - table.clientWidth; }"""
HEIGHTS = """() => [...document.querySelectorAll("td")].map((cell) => {
  const range = document.createRange(); range.selectNodeContents(cell);
  return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size; })"""
WIDE = "document.documentElement.scrollWidth"


def shown(
    gallery: Gallery, names: Collection[str], size: ViewportSize
) -> Iterator[tuple[str, Page]]:
    """Show each of these pages of the gallery at one size."""
    entries = [entry for entry in GALLERY if entry.name in names]
    assert len(entries) == len(names)
    for entry in entries:
        page = gallery.open(entry)
        page.set_viewport_size(size)
        yield entry.name, page


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_bar_takes_one_line_on_a_tablet_held_sideways(
    sqlite_template: Path, tmp_path: Path, chromium_pages: Browser, language: str
) -> None:
    with gallery_at(sqlite_template, tmp_path, chromium_pages) as gallery:
        gallery.house.speak(language)
        for name, page in shown(gallery, LOOKED_AT, TABLET):
            assert page.evaluate(LINES) == 1, name
            assert page.evaluate(WIDE) == TABLET["width"], name


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_word_of_a_choice_or_a_table_is_broken_on_a_tablet(
    sqlite_template: Path, tmp_path: Path, chromium_pages: Browser, language: str
) -> None:
    with gallery_at(sqlite_template, tmp_path, chromium_pages) as gallery:
        gallery.house.speak(language)
        for name, page in shown(gallery, WITH_MANY_WORDS, TABLET):
            page.evaluate(MEASURES)
            assert page.evaluate(BROKEN) == [], name


def test_the_list_of_patients_shows_birth_and_number_whole_on_a_phone(
    sqlite_template: Path, tmp_path: Path, chromium_pages: Browser
) -> None:
    with gallery_at(sqlite_template, tmp_path, chromium_pages) as gallery:
        for _, page in shown(gallery, ("staff-patients",), PHONE):
            assert set(page.evaluate(HEIGHTS)) == {1}
            assert page.evaluate(SIDEWAYS) == 0
