"""The samples of every component."""

from typing import Final

from recovery.web.styleguide import PAGES
from tests.gallery.entry import Entry, nobody

STYLEGUIDE: Final[tuple[Entry, ...]] = tuple(
    Entry(f"styleguide-{page}", nobody, f"/styleguide/{page}") for page in PAGES
)
