"""Six pictures of one journey as one, for the README."""

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser

PAGE = """<!doctype html><style>
body {{ margin: 0; padding: 28px; display: flex; gap: 20px; background: #e9e2d6; }}
img {{ width: 234px; height: 506px; object-fit: cover; object-position: top;
       border-radius: 26px; border: 6px solid #1c2128; }}
</style><body>{images}</body>"""


def collage(browser: Browser, pictures: Sequence[Path], path: Path) -> None:
    """Lay pictures of a phone's pages side by side, each cut to what a phone shows first."""
    images = "".join(
        f'<img src="data:image/png;base64,{b64encode(picture.read_bytes()).decode()}">'
        for picture in pictures
    )
    page = browser.new_page(viewport={"width": 1640, "height": 562})
    page.set_content(PAGE.format(images=images))
    page.screenshot(path=path)
    page.close()
