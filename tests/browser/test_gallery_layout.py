"""Every page can be read on a small or much enlarged screen, and used by thumb or keyboard."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.gallery import gallery_at
from tests.browser.survey import MEASURES, ON_PHONES, Survey, measure
from tests.gallery import GALLERY
from tests.gallery.entry import Entry

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

#: 1280 × 1024 at 400 % zoom is a page of 320 × 256 CSS px.
SIZES = {"390 px": (390, 844), "320 px": (320, 640), "400 % zoom": (320, 256)}
TWICE_THE_TEXT = "document.documentElement.style.fontSize = '200%'"
#: Where the two lights and the system's own colours are looked at apart.
ONCE = ("colourAlone", "moving")
HOME = {"patient": "/me", "driver": "/driver"}
#: Made to be printed, or for a stranger of whom not even the clinic is known.
NO_BAR = ("patient-paper", "patient-data-all", "driver-link-unknown")
#: Nobody is signed in there, or the clinic has no protocol yet.
KNOWN_LITTLE = (
    "patient-left",
    "patient-data-nobody",
    "patient-data-ended",
    "driver-asked",
    "driver-link",
    "driver-withdrawn",
)


@pytest.fixture(scope="module", params=["en", "es"])
def survey(
    request: pytest.FixtureRequest,
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    chromium_pages: Browser,
) -> Iterator[Survey]:
    """Look at everything once, on each size of screen."""
    survey = Survey()
    folder = tmp_path_factory.mktemp("layout")
    with gallery_at(sqlite_template, folder, chromium_pages) as gallery:
        gallery.house.speak(request.param)
        for entry in GALLERY:
            page = gallery.open(entry)
            page.evaluate(MEASURES)
            look_at(survey, entry, page)
            survey.looked_at.add(entry.name)
    return survey


def look_at(survey: Survey, entry: Entry, page: Page) -> None:
    """Measure one page in all sizes; it is left as it was found."""
    for question in ONCE:
        survey.note(question, entry, "390 px", measure(page, question))
    survey.note_primaries(entry, measure(page, "primaries"))
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for question in ("cut", "small", "covered"):
            survey.note(question, entry, size, measure(page, question))
        if entry.face in ON_PHONES:
            survey.note("broken", entry, size, measure(page, "broken"))
        survey.helps[entry.name, size] = measure(page, "help")
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate(TWICE_THE_TEXT)
    for question in ("cut", "covered"):
        survey.note(question, entry, "200 % text", measure(page, question))
    page.emulate_media(forced_colors="active")
    survey.note("edgeless", entry, "forced colours", measure(page, "edgeless"))
    page.emulate_media(forced_colors="none")


def test_phone_32_nothing_is_cut_or_scrolls_sideways_when_narrow_zoomed_or_in_large_text(
    survey: Survey,
) -> None:
    assert survey.looked_at == {entry.name for entry in GALLERY}
    survey.must_find_nothing("cut")


def test_no_word_is_broken_over_two_lines(survey: Survey) -> None:
    survey.must_find_nothing("broken")


def test_phone_33_every_control_is_as_large_as_a_thumb(survey: Survey) -> None:
    survey.must_find_nothing("small")


def test_phone_37_help_and_the_phone_number_stand_at_the_same_place_on_every_page(
    survey: Survey,
) -> None:
    for face, size in product(("patient", "driver"), SIZES):
        places: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for entry in GALLERY:
            if entry.face != face or entry.name.startswith(NO_BAR):
                continue
            bar = survey.helps[entry.name, size]
            kinds = tuple(one["href"].rstrip("0123456789") for one in bar)
            assert kinds == ("tel:+", "tel:", f"{HOME[face]}/help") or (
                kinds[0] == "tel:+" and entry.name.startswith(KNOWN_LITTLE)
            ), entry.name
            places[kinds].add(str([one["box"] for one in bar]))
        if size != "400 % zoom":  # There it lies at the end of the page, in the same order.
            assert {kinds: len(found) for kinds, found in places.items()} == dict.fromkeys(
                places, 1
            ), size


def test_the_help_at_the_foot_covers_nothing(survey: Survey) -> None:
    survey.must_find_nothing("covered")


def test_phone_35_a_page_asks_for_one_thing_first(survey: Survey) -> None:
    survey.must_find_nothing("primaries")


def test_phone_39_nothing_moves_for_whoever_asked_for_no_motion(survey: Survey) -> None:
    survey.must_find_nothing("moving")


def test_phone_40_a_status_has_words_and_a_picture(survey: Survey) -> None:
    survey.must_find_nothing("colourAlone")


def test_controls_have_an_edge_where_the_system_chooses_the_colours(survey: Survey) -> None:
    survey.must_find_nothing("edgeless")
