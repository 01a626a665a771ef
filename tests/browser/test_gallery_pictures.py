"""A picture of every page in every state, for people to look at; only `make screenshots` runs it.

tests/artefacts/gallery/ gets a folder a look ("390-dim-es"), a picture an entry, and index.html,
which shows all of a look side by side with a line where the phone's screen ends.
"""

import shutil
from html import escape
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.gallery import gallery_at
from tests.gallery import GALLERY
from tests.gallery.entry import Entry

pytestmark = [pytest.mark.pictures, pytest.mark.timeout(3600)]

PHONES = ((390, 844), (320, 640))
TABLET = ((1024, 768),)
THEMES = ("paper", "dim")
LANGUAGES = ("en", "es")
#: Milliseconds; the page of components is as long as forty phones.
DRAWN_WITHIN = 300_000
SHINE = "(theme) => { document.documentElement.dataset.theme = theme; }"
INDEX = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Homeward</title>
<style>
body {{ margin: 1rem; font: 1rem system-ui; background: #777; }}
main {{ display: flex; flex-wrap: wrap; gap: 1rem; align-items: start; }}
figure {{ position: relative; margin: 0; }} img {{ width: 20rem; display: block; }}
figcaption, h2, nav {{ color: #fff; }} a {{ color: inherit; }}
hr {{ position: absolute; left: 0; right: 0; margin: 0; border: 0; border-top: 2px dashed #f0f; }}
</style><nav>{looks}</nav>{parts}</html>"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_picture_of_every_page_in_every_look(
    language: str,
    sqlite_template: Path,
    tmp_path: Path,
    chromium_pages: Browser,
    artefacts: Path,
) -> None:
    folder = artefacts / "gallery"
    for old in folder.glob(f"*-{language}"):
        shutil.rmtree(old)
    with gallery_at(sqlite_template, tmp_path, chromium_pages) as gallery:
        gallery.house.speak(language)
        for entry in GALLERY:
            page = gallery.open(entry)
            for size in sizes(entry):
                for theme in THEMES:
                    page.evaluate(SHINE, theme)
                    picture(page, size, folder / f"{size[0]}-{theme}-{language}" / entry.name)
            page.set_viewport_size({"width": 390, "height": 844})
    (folder / "index.html").write_text(index(folder), encoding="utf-8")


def sizes(entry: Entry) -> tuple[tuple[int, int], ...]:
    """Staff hold a tablet, everybody else a phone."""
    return TABLET if entry.face == "staff" else PHONES


def picture(page: Page, size: tuple[int, int], path: Path) -> None:
    """Keep the whole page as on a phone that is long enough, so that its foot is its foot."""
    path.parent.mkdir(parents=True, exist_ok=True)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": size[0], "height": max(height, size[1])})
    before = b""
    while (now := quick_look(page)) != before:
        before = now
    page.screenshot(path=path.with_suffix(".png"), timeout=DRAWN_WITHIN)


def quick_look(page: Page) -> bytes:
    """See what is drawn by now: a window that has just grown may show a part of its page only."""
    return page.screenshot(type="jpeg", quality=20, timeout=DRAWN_WITHIN)


def index(folder: Path) -> str:
    """One page with all pictures, look by look."""
    looks = sorted(path.name for path in folder.iterdir() if path.is_dir())
    heights = {str(width): height for width, height in (*PHONES, *TABLET)}
    parts = []
    for look in looks:
        width = look.partition("-")[0]
        line = f"{20 * heights[width] / int(width):.2f}rem"
        figures = "".join(
            f'<figure><figcaption>{escape(path.stem)}</figcaption><a href="{look}/{path.name}">'
            f'<img loading="lazy" alt="" src="{look}/{path.name}"></a>'
            f'<hr style="top: calc({line} + 1.2rem)"></figure>'
            for path in sorted((folder / look).glob("*.png"))
        )
        parts.append(f'<h2 id="{look}">{look}</h2><main>{figures}</main>')
    links = " · ".join(f'<a href="#{look}">{look}</a>' for look in looks)
    return INDEX.format(looks=links, parts="".join(parts))
