"""The page of every component."""

from typing import Final

from tests.gallery.entry import Entry, nobody

STYLEGUIDE: Final[tuple[Entry, ...]] = (Entry("styleguide-components", nobody, "/styleguide/"),)
