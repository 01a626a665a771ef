"""The picture of the way through the night: an arc from the start of the wait to its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, cos, sin
from typing import Final

#: In units of the drawing, 320 wide. A part of a circle, so that time is even along the line.
LEFT, RIGHT, GROUND, RISE = 14.0, 306.0, 88.0, 66.0
RADIUS: Final = ((RIGHT - LEFT) / 2) ** 2 / (2 * RISE) + RISE / 2
HALF_ANGLE: Final = asin((RIGHT - LEFT) / 2 / RADIUS)
HEIGHT: Final = 96


@dataclass(frozen=True)
class Mark:
    """A named place on the way; `passed` when it lies behind."""

    x: float
    y: float
    label: str
    icon: str
    passed: bool


@dataclass(frozen=True)
class Arc:
    """All that the macro draws. `gone` is in hundredths of the line (pathLength 100)."""

    path: str
    gone: float
    x: float
    y: float
    marks: tuple[Mark, ...]


def arc_of(progress: float, marks: Sequence[tuple[float, str] | tuple[float, str, str]]) -> Arc:
    """Place the sun and the marks. Fractions are of the whole wait; beyond 0 and 1 they stay
    at the ends. A mark's third word, if any, is the name of its icon."""
    gone = _within(progress)
    x, y = _at(gone)
    placed = tuple(_mark(gone, *mark) for mark in marks)
    path = f"M{LEFT:g} {GROUND:g}A{RADIUS:.2f} {RADIUS:.2f} 0 0 1 {RIGHT:g} {GROUND:g}"
    return Arc(path, round(gone * 100, 2), x, y, placed)


def _mark(gone: float, fraction: float, label: str, icon: str = "") -> Mark:
    x, y = _at(_within(fraction))
    return Mark(x, y, label, icon, fraction <= gone)


def _at(fraction: float) -> tuple[float, float]:
    angle = HALF_ANGLE * (2 * fraction - 1)
    centre = GROUND - RISE + RADIUS
    return round((LEFT + RIGHT) / 2 + RADIUS * sin(angle), 2), round(
        centre - RADIUS * cos(angle), 2
    )


def _within(fraction: float) -> float:
    return min(1.0, max(0.0, fraction))
