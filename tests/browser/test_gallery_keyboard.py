"""Whoever has only a keyboard reaches everything, sees where they are, and sends a form once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import template_rendered
from playwright.sync_api import Browser, Page, Route

from tests.browser.gallery import Gallery, gallery_at
from tests.browser.survey import MEASURES, Survey, measure
from tests.gallery import GALLERY
from tests.gallery.entry import Entry
from tests.gallery.house import House

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

#: A keyboard stops at each part of a date and time.
PARTS_OF_A_DATE = 7
FROM_THE_TOP = "document.querySelector('.skip').focus()"
FORMS = "main form[method=post]:has(button:not([type=button]))"
#: Taps twice as a groggy thumb does, before anything was answered.
TWICE = "(button) => { button.click(); button.click(); }"


@pytest.fixture(scope="module")
def gallery(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, chromium_pages: Browser
) -> Iterator[Gallery]:
    """The narrowest phone: there the help at the foot may hide most."""
    folder = tmp_path_factory.mktemp("keyboard")
    with gallery_at(sqlite_template, folder, chromium_pages, width=320, height=640) as gallery:
        yield gallery


@pytest.fixture(scope="module")
def one_of_each(gallery: Gallery) -> list[Entry]:
    """The first entry of the gallery for every template; not the samples."""
    seen: set[str] = set()
    pages = [entry for entry in GALLERY if entry.face != "styleguide"]
    return [entry for entry in pages if _shows_something_new(gallery.house, entry, seen)]


def _shows_something_new(house: House, entry: Entry, seen: set[str]) -> bool:
    before = len(seen)

    def note(_app: Any, template: Any, **_more: Any) -> None:
        seen.add(template.name)

    with template_rendered.connected_to(note, house.app):
        house.answer(entry)
    return len(seen) > before


def test_phone_34_the_focus_is_visible_and_never_hidden_wherever_the_tab_key_leads(
    gallery: Gallery, one_of_each: list[Entry]
) -> None:
    survey = Survey()
    for entry in one_of_each:
        page = gallery.open(entry)
        page.evaluate(MEASURES)
        for key in ("Tab", "Shift+Tab"):
            survey.note("focus", entry, key, walk(page, key))
    survey.must_find_nothing("focus")


def walk(page: Page, key: str) -> list[str]:
    """Press a key until it has led once through the page; what was wrong on the way."""
    stops: int = measure(page, "stops")
    wrong, reached = [], set()
    page.evaluate(FROM_THE_TOP)
    dates = page.locator("input[type^=date], input[type=time]").count()
    for _ in range(stops + PARTS_OF_A_DATE * dates + 3):
        page.keyboard.press(key)
        found = measure(page, "focus")
        if found["at"] < 0 and reached:
            break
        reached |= {found["at"]} - {-1}
        if found["wrong"]:
            wrong.append(found["wrong"])
    if len(reached) < stops:
        wrong.append(f"{len(reached)} of {stops} controls reached")
    return wrong


def test_phone_36_what_is_wrong_has_the_focus_and_each_link_leads_to_its_field(
    gallery: Gallery,
) -> None:
    for entry in (one for one in GALLERY if one.name.endswith("-errors")):
        page = gallery.open(entry)
        assert page.evaluate("document.activeElement.matches('.errors[data-focus]')"), entry.name
        for link in page.locator(".errors a").all():
            link.press("Enter")
            led = page.evaluate("'#' + document.activeElement.id")
            assert led == link.get_attribute("href"), entry.name


def test_phone_35_a_double_tap_submits_once(gallery: Gallery, one_of_each: list[Entry]) -> None:
    twice = {}
    for entry in one_of_each:
        page = gallery.open(entry)
        for place in range(page.locator(FORMS).count()):
            sent = tap_twice(page, place)
            if len(sent) != 1:
                twice[f"{entry.name}, form {place + 1}"] = sent
    assert twice == {}


def tap_twice(page: Page, place: int) -> list[str]:
    """Fill in a form as far as a browser wants, tap its button twice; return what was sent.

    Nothing is answered, as when the network is slow.
    """
    sent: list[str] = []

    def slowly(route: Route) -> None:
        if route.request.method != "POST":
            return route.fallback()
        sent.append(route.request.url)
        route.fulfill(status=204)
        return None

    page.route("**/*", slowly)
    form = page.locator(FORMS).nth(place)
    form.evaluate("(form) => { form.noValidate = true; }")
    with page.expect_request(lambda request: request.method == "POST"):
        form.locator("button:not([type=button])").first.evaluate(TWICE)
    page.wait_for_timeout(30)
    page.unroute("**/*", slowly)
    return sent
