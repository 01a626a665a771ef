"""axe finds nothing on any page in any state, in both languages, by day and dim, however narrow."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, ViewportSize

from tests.browser.gallery import gallery_at
from tests.browser.survey import AXE, CONTRAST, SAMPLES, SIZE, WHOLE, Survey, axe
from tests.gallery import GALLERY

pytestmark = [pytest.mark.browser, pytest.mark.timeout(2400)]

DIM = "document.documentElement.dataset.theme = 'dim'"
PAPER = "document.documentElement.dataset.theme = 'paper'"
#: 1280 × 1024 at 400 % zoom.
ENLARGED: Final[ViewportSize] = {"width": 320, "height": 256}


@pytest.fixture(scope="module", params=["en", "es"])
def survey(
    request: pytest.FixtureRequest,
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    chromium_pages: Browser,
) -> Iterator[Survey]:
    """Look at everything once: all of axe by day on a phone and in the dim on a page that is much
    enlarged, and what changes with the light and with the size between these."""
    survey = Survey()
    folder = tmp_path_factory.mktemp("axe")
    with gallery_at(sqlite_template, folder, chromium_pages) as gallery:
        gallery.house.speak(request.param)
        for entry in GALLERY:
            page = gallery.open(entry)
            page.evaluate(AXE)
            rules = SAMPLES if entry.face == "styleguide" else WHOLE
            found = axe(page, rules)
            survey.note("axe", entry, "paper, 390 px", found)
            pale = [one for one in found if one.startswith("color-contrast")]
            survey.note("contrast", entry, "paper, 390 px", pale)
            page.evaluate(DIM)
            survey.note("contrast", entry, "dim, 390 px", axe(page, CONTRAST))
            page.set_viewport_size(ENLARGED)
            survey.note("axe", entry, "dim, 400 % zoom", axe(page, rules))
            page.evaluate(PAPER)
            page.set_viewport_size({"width": 320, "height": 640})
            survey.note("axe", entry, "paper, 320 px", axe(page, SIZE))
            page.set_viewport_size({"width": 390, "height": 844})
            survey.looked_at.add(entry.name)
    return survey


def test_phone_42_axe_finds_nothing_on_any_page_in_any_state(survey: Survey) -> None:
    assert survey.looked_at == {entry.name for entry in GALLERY}
    survey.must_find_nothing("axe")


def test_phone_39_words_stand_out_on_every_page_in_both_lights(survey: Survey) -> None:
    assert survey.looked_at == {entry.name for entry in GALLERY}
    survey.must_find_nothing("contrast")
