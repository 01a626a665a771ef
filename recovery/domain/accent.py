"""A clinic's own colour, within what people can read in both lights (WCAG 2.2, 4.5:1)."""

import re
from colorsys import rgb_to_hls
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
#: Least contrast of words and their ground.
READABLE: Final = 4.5
#: All that words in the accent stand on: the tokens of static/css/base.css (a test compares).
LIGHT_GROUNDS: Final = ("#faf5ec", "#fdebcd", "#fffdf9", "#f3ebdd", "#fdf0d8")
DIM_GROUNDS: Final = ("#12151b", "#2a211b", "#1b2028", "#262d38", "#32281b")
#: Degrees around red, and how strong a colour must be to be taken for the alarm's.
ALARM_HUES: Final = 16.0
ALARM_STRENGTH: Final = 0.35


class Problem(StrEnum):
    """Why a colour cannot be the accent."""

    UNREADABLE = "unreadable"
    TOO_LIGHT = "too-light"
    TOO_DARK = "too-dark"
    LIKE_ALARM = "like-alarm"


@dataclass(frozen=True, slots=True)
class Accent:
    """The colour on light pages and the one on dim pages, both as "#rrggbb"."""

    light: str
    dim: str


def problem_of(colour: str, *, dim: bool) -> Problem | None:
    """Say why a colour ("#rrggbb", lower case) cannot be used in a light; None when it can."""
    if not _COLOUR.fullmatch(colour):
        return Problem.UNREADABLE
    if not _readable(colour, DIM_GROUNDS if dim else LIGHT_GROUNDS):
        return Problem.TOO_DARK if dim else Problem.TOO_LIGHT
    return Problem.LIKE_ALARM if _like_alarm(colour) else None


def lightened(colour: str) -> str:
    """Return the colour mixed with as little white as dim pages need."""
    parts = _parts(colour)
    for step in range(101):
        mixed = [round(part + (255 - part) * step / 100) for part in parts]
        found = "#" + "".join(f"{part:02x}" for part in mixed)
        if _readable(found, DIM_GROUNDS):
            return found
    return "#ffffff"


def ink_on(colour: str) -> str:
    """Return black or white, whichever is read better on a ground of this colour."""
    return max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, colour))


def contrast(one: str, other: str) -> float:
    """Return the ratio of two colours' luminance as WCAG defines it, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _readable(colour: str, grounds: tuple[str, ...]) -> bool:
    return all(contrast(colour, ground) >= READABLE for ground in grounds)


def _like_alarm(colour: str) -> bool:
    hue, _light, strength = rgb_to_hls(*(part / 255 for part in _parts(colour)))
    degrees = hue * 360
    return strength >= ALARM_STRENGTH and min(degrees, 360 - degrees) <= ALARM_HUES


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (whole / 255 for whole in _parts(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
