"""A logo is a PNG that was read to its last pixel; nothing but the pixels is kept."""

import zlib
from struct import pack

import pytest

from recovery.domain.logo import LARGEST, Flaw, LogoRefused, clean_logo
from tests.pictures import SIGNATURE, a_png, chunk


def flaw(file: bytes) -> Flaw:
    with pytest.raises(LogoRefused) as refused:
        clean_logo(file)
    return refused.value.flaw


def test_a_png_stays_the_picture_it_is() -> None:
    assert clean_logo(a_png()) == a_png()


def test_what_a_picture_carries_beside_its_pixels_is_left_out() -> None:
    place = chunk(b"eXIf", b"37.8 -122.4") + chunk(b"tEXt", b"Comment\0<script>alert(1)</script>")
    assert clean_logo(a_png(extra=place, after=b"<svg onload=alert(1)>")) == a_png()


def test_nothing_hides_in_the_parts_that_are_kept() -> None:
    words = b"<script>alert(1)</script>"
    pixels = zlib.compress((b"\0" + b"\x14\x60\x4f" * 120) * 60, 9)
    hidden = a_png().replace(chunk(b"IDAT", pixels), chunk(b"IDAT", pixels + words))
    assert words in hidden
    assert clean_logo(hidden) == a_png()
    assert clean_logo(a_png(extra=chunk(b"PLTE", words * 3))) == a_png()
    assert clean_logo(a_png().replace(chunk(b"IEND", b""), chunk(b"IEND", words))) == a_png()
    assert flaw(a_png(extra=chunk(b"tRNS", words))) is Flaw.BROKEN


@pytest.mark.parametrize(
    ("tables", "is_whole"),
    [
        ([(b"PLTE", b"\0" * 6)], True),
        ([(b"PLTE", b"\0" * 6), (b"tRNS", b"\0\0")], True),
        ([(b"PLTE", b"\0" * 6), (b"tRNS", b"\0\0\0")], False),
        ([(b"PLTE", b"\0" * 5)], False),
        ([(b"PLTE", b"")], False),
        ([(b"PLTE", b"\0" * 771)], False),
        ([(b"PLTE", b"\0" * 6), (b"PLTE", b"\0" * 6)], False),
        ([], False),
    ],
)
def test_a_palette_is_as_long_as_its_colours_and_no_longer(
    tables: list[tuple[bytes, bytes]], is_whole: bool
) -> None:
    header = pack(">IIBBBBB", 32, 32, 8, 3, 0, 0, 0)
    parts = [(b"IHDR", header), *tables, (b"IDAT", zlib.compress(bytes(33 * 32))), (b"IEND", b"")]
    file = SIGNATURE + b"".join(chunk(*part) for part in parts)
    if is_whole:
        assert clean_logo(file) == file
    else:
        assert flaw(file) is Flaw.BROKEN


@pytest.mark.parametrize(
    "file",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"\xff\xd8\xff\xe0JFIF",
     b"GIF89a", b"RIFF\0\0\0\0WEBP", SIGNATURE[:7]],
)  # fmt: skip
def test_anything_else_is_no_logo(file: bytes) -> None:
    assert flaw(file) is Flaw.NO_PNG


def test_a_picture_of_another_size_is_refused() -> None:
    for width, height in ((31, 60), (120, 31), (1025, 60), (120, 1025)):
        assert flaw(a_png(width, height)) is Flaw.WRONG_SIZE
    assert clean_logo(a_png(32, 1024))


def test_a_heavy_file_is_not_even_looked_at() -> None:
    assert flaw(a_png(after=b"x" * LARGEST)) is Flaw.TOO_HEAVY


@pytest.mark.parametrize(
    "file",
    [
        SIGNATURE,
        a_png()[:-1],
        a_png()[:-20],
        a_png().replace(b"IDAT", b"IDOT"),
        a_png(laced=1),
        a_png(pixels=b"\0" + b"\x14\x60\x4f" * 120),
        a_png(pixels=b"\0" * 2_000_000),
        a_png(pixels=(b"\x07" + b"\x14\x60\x4f" * 120) * 60),
        a_png(extra=chunk(b"IHDR", b"\0" * 13)),
        SIGNATURE + chunk(b"IEND", b""),
        SIGNATURE + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""),
        SIGNATURE + b"\xff\xff\xff\xffIHDR",
    ],
)
def test_a_broken_picture_is_refused_whatever_is_wrong_with_it(file: bytes) -> None:
    assert flaw(file) is Flaw.BROKEN
