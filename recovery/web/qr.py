"""A link as a square to photograph, drawn inside the page: no file, no script."""

from dataclasses import dataclass
from typing import Final

import segno

#: Modules of white that scanners need around the code (ISO/IEC 18004).
QUIET: Final = 4


@dataclass(frozen=True)
class Qr:
    """The dark modules as one SVG path, and the side of the square with its quiet zone."""

    path: str
    side: int


def qr_of(text: str) -> Qr:
    """Draw `text` with error correction M, which bears a thumb print on the screen."""
    code = segno.make(text, error="m", micro=False)
    bars = []
    for y, row in enumerate(code.matrix):
        start = None
        for x, dark in enumerate((*row, 0)):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                bars.append(f"M{start + QUIET} {y + QUIET}h{x - start}v1h-{x - start}z")
                start = None
    return Qr("".join(bars), len(code.matrix) + 2 * QUIET)
