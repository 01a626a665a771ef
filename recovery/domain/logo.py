"""A clinic's logo: a PNG that is read to its last pixel, and written anew without anything else.

No SVG: it is a page with scripts and addresses in it. No JPEG: a logo has flat colours. What a
picture carries beside its pixels (texts, places, what follows its end) is left out.
"""

import zlib
from collections.abc import Iterator
from enum import StrEnum
from struct import Struct
from typing import Final

#: Bytes; a patient’s first visit takes 45 of the 50 kB that it may, without a logo.
LARGEST: Final = 3 * 1024
#: Pixels a side.
LEAST, MOST = 32, 1024
SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
#: What makes the picture; nothing else is kept.
KEPT: Final = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
#: Values in a pixel, by colour type.
VALUES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
#: Bytes that name the one transparent colour, by colour type.
CLEAR: Final = {0: 2, 2: 6}
DEPTHS: Final = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_LENGTH = Struct(">I")
_HEADER = Struct(">IIBBBBB")


class Flaw(StrEnum):
    """Why a file cannot be the logo."""

    NO_PNG = "no-png"
    TOO_HEAVY = "too-heavy"
    WRONG_SIZE = "wrong-size"
    BROKEN = "broken"


class LogoRefused(Exception):
    """The file cannot be the logo; `flaw` says why."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


def clean_logo(file: bytes) -> bytes:
    """Return the picture alone, as a PNG of our own writing. Raises LogoRefused."""
    if len(file) > LARGEST:
        raise LogoRefused(Flaw.TOO_HEAVY)
    if not file.startswith(SIGNATURE):
        raise LogoRefused(Flaw.NO_PNG)
    chunks = [(kind, body) for kind, body in _chunks(file) if kind in KEPT]
    kinds = [kind for kind, _ in chunks]
    if not chunks or kinds[0] != b"IHDR" or kinds[-1] != b"IEND" or kinds.count(b"IHDR") != 1:
        raise LogoRefused(Flaw.BROKEN)
    header, squeezed = chunks[0][1], b"".join(body for kind, body in chunks if kind == b"IDAT")
    used = _check_pixels(header, squeezed)
    tables = [(kind, body) for kind, body in chunks if kind in {b"PLTE", b"tRNS"}]
    kept = _tables(header, tables)
    parts = [(b"IHDR", header), *kept, (b"IDAT", squeezed[:used]), (b"IEND", b"")]
    return SIGNATURE + b"".join(_written(kind, body) for kind, body in parts)


def _tables(header: bytes, tables: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the palette and what is transparent, as long as the colours let them be and no
    longer; a palette that is only a hint for old screens is left out."""
    depth, colours = header[8], header[9]
    found = dict(tables)
    palette, clear = found.get(b"PLTE", b""), found.get(b"tRNS")
    if len(found) != len(tables):
        raise LogoRefused(Flaw.BROKEN)
    entries, rest = divmod(len(palette), 3)
    if colours == 3 and (rest or not 1 <= entries <= 1 << depth):
        raise LogoRefused(Flaw.BROKEN)
    kept = [(b"PLTE", palette)] if colours == 3 else []
    if clear is not None:
        fits = len(clear) <= entries if colours == 3 else len(clear) == CLEAR.get(colours)
        if not fits:
            raise LogoRefused(Flaw.BROKEN)
        kept.append((b"tRNS", clear))
    return kept


def _chunks(file: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(SIGNATURE)
    while True:
        head = file[place : place + 8]
        if len(head) < 8:
            raise LogoRefused(Flaw.BROKEN)
        length, kind = _LENGTH.unpack(head[:4])[0], head[4:]
        body, check = file[place + 8 : place + 8 + length], file[place + 8 + length :][:4]
        if len(body) != length or check != _LENGTH.pack(zlib.crc32(kind + body)):
            raise LogoRefused(Flaw.BROKEN)
        yield kind, body
        if kind == b"IEND":
            return
        place += length + 12


def _check_pixels(header: bytes, squeezed: bytes) -> int:
    """Unpack all pixels, and no byte more than the size promises: a bomb stops here.

    Returns how many bytes the pixels took; what lies behind them belongs to no picture.
    """
    if len(header) != _HEADER.size:
        raise LogoRefused(Flaw.BROKEN)
    width, height, depth, colours, packing, filters, laced = _HEADER.unpack(header)
    if depth not in DEPTHS.get(colours, ()) or packing or filters or laced:
        raise LogoRefused(Flaw.BROKEN)
    if not (LEAST <= width <= MOST and LEAST <= height <= MOST):
        raise LogoRefused(Flaw.WRONG_SIZE)
    line = 1 + (width * VALUES[colours] * depth + 7) // 8
    unpacking = zlib.decompressobj()
    try:
        pixels = unpacking.decompress(squeezed, line * height + 1)
    except zlib.error:
        raise LogoRefused(Flaw.BROKEN) from None
    if len(pixels) != line * height or not unpacking.eof or max(pixels[::line]) > 4:
        raise LogoRefused(Flaw.BROKEN)
    return len(squeezed) - len(unpacking.unused_data)


def _written(kind: bytes, body: bytes) -> bytes:
    return _LENGTH.pack(len(body)) + kind + body + _LENGTH.pack(zlib.crc32(kind + body))
