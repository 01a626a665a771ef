"""The pictures of what a clinic achieves: a bar for each period, and in words what it stands for.

A bar of few cases is drawn hollow, and none at all stands as a line: three of four is no trend.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from recovery.domain.achievement import Count, Times

#: In units of the drawing: a period's width, a bar's width and the height of a whole one.
WIDE, BAR, HIGH = 56.0, 30.0, 100.0
#: Of fewer cases a bar says little.
FEW: Final = 5
MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Bar:
    """One period: where its bar stands, how high it is, and what is written above it.

    `mark` is the height of a second value (the slowest tenth), None without one.
    """

    x: float
    height: float | None
    words: str
    few: bool = False
    mark: float | None = None


def bars_of_counts(counts: Sequence[Count]) -> list[Bar]:
    """Draw parts of wholes."""
    return [
        Bar(
            x=place * WIDE,
            height=None if count.share is None else round(count.share * HIGH, 1),
            words="" if count.share is None else f"{count.part}/{count.whole}",
            few=count.whole < FEW,
        )
        for place, count in enumerate(counts)
    ]


def bars_of_times(times: Sequence[Times]) -> list[Bar]:
    """Draw medians in minutes, with a line where nine of ten end, or the longest of few."""
    ends = [one.ninetieth or one.longest for one in times]
    most = max((end for end in ends if end), default=None) or MINUTE
    return [
        Bar(
            x=place * WIDE,
            height=None if one.median is None else round(one.median / most * HIGH, 1),
            words="" if one.median is None else minutes(one.median),
            few=len(one.took) < FEW,
            mark=None if end is None else round(end / most * HIGH, 1),
        )
        for place, (one, end) in enumerate(zip(times, ends, strict=True))
    ]


def minutes(span: timedelta) -> str:
    """A span in minutes, rounded up: nobody is made faster than they were."""
    return str(-(-span // MINUTE))
