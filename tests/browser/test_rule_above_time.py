"""“Do not drive” is read before the time, so that nobody takes the time for leave to drive."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.gallery import Gallery, gallery_at
from tests.gallery import GALLERY

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: The pages that say the rule with its time, a kept copy among them.
PAGES: Final = (
    "patient-wait",
    "patient-wait-kept",
    "patient-wait-passed",
    "patient-going-home",
    "driver-going-home",
    "staff-going-home",
)
#: Paper is not enlarged by who reads it.
PAPER: Final = {"staff-going-home"}
SIZES: Final = ((390, 844), (320, 640), (256, 400))
#: Up to the largest text that an iPhone offers.
TEXT: Final = (100, 150, 200, 310)
#: How the rule stands beside its time, and which of its words are broken.
LOOK: Final = """() => {
  const [rule, time] = document.querySelectorAll(
    ":is(.wait-card, .card.wait) :is(.rule span, .title, .when), .firm > :is(.big, .big + p)",
  );
  const words = [...rule.firstChild.data.matchAll(/\\S+/g)].filter(({ index, 0: word }) => {
    const range = document.createRange();
    range.setStart(rule.firstChild, index);
    range.setEnd(rule.firstChild, index + word.length);
    return new Set([...range.getClientRects()].map(({ top }) => top)).size > 1;
  });
  const size = (element) => parseFloat(getComputedStyle(element).fontSize);
  return {
    larger: size(rule) / size(time),
    above: rule.getBoundingClientRect().bottom <= time.getBoundingClientRect().top,
    broken: words.map(([word]) => word),
  };
}"""


@pytest.fixture(scope="module", params=["en", "es"])
def gallery(
    request: pytest.FixtureRequest,
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    chromium_pages: Browser,
) -> Iterator[Gallery]:
    with gallery_at(sqlite_template, tmp_path_factory.mktemp("rule"), chromium_pages) as gallery:
        gallery.house.speak(request.param)
        yield gallery


@pytest.mark.parametrize("name", PAGES)
def test_the_rule_is_larger_than_its_time_on_any_screen_and_in_any_text(
    gallery: Gallery, name: str
) -> None:
    page = gallery.open(next(entry for entry in GALLERY if entry.name == name))
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for text in TEXT:
            look = _look(page, text)
            where = f"{width} px, text at {text} %: {look}"
            assert look["larger"] >= 1.15, where
            assert look["above"], where
            assert name in PAPER or look["broken"] == [], where
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size({"width": 390, "height": 844})


@pytest.mark.parametrize("name", ["patient-wait-kept", "patient-wait-queue"])
def test_nothing_stands_above_the_rule(gallery: Gallery, name: str) -> None:
    page = gallery.open(next(entry for entry in GALLERY if entry.name == name))
    bar = page.locator(".banner:visible").first.bounding_box()
    rule = page.locator(".wait-card").bounding_box()
    assert rule is not None
    assert bar is not None
    assert rule["y"] + rule["height"] <= bar["y"]


def _look(page: Page, text: int) -> dict[str, object]:
    page.evaluate(f"document.documentElement.style.fontSize = '{text}%'")
    found: dict[str, object] = page.evaluate(LOOK)
    return found
