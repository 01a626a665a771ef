"""Pictures for tests, written byte by byte: PNG of any size, with whatever else is asked for."""

import zlib
from struct import pack

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, body: bytes) -> bytes:
    """One part of a PNG, with its length and its sum."""
    return pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body))


def a_png(
    width: int = 120,
    height: int = 60,
    colour: bytes = b"\x14\x60\x4f",
    extra: bytes = b"",
    after: bytes = b"",
    laced: int = 0,
    pixels: bytes | None = None,
) -> bytes:
    """A plain picture of one colour; `extra` stands before the pixels, `after` behind the end."""
    line = b"\0" + colour * width
    squeezed = zlib.compress(line * height if pixels is None else pixels, 9)
    header = pack(">IIBBBBB", width, height, 8, 2, 0, 0, laced)
    ends = chunk(b"IDAT", squeezed) + chunk(b"IEND", b"")
    return SIGNATURE + chunk(b"IHDR", header) + extra + ends + after
