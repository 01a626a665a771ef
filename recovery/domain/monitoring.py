"""Which of the blood pressures of a visit a monitoring form asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

#: A pressure taken so much before the minute that the protocol names still counts as that one.
NEARLY: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured at one moment (UTC): measure → value, units of `protocol.day`."""

    at: datetime
    values: dict[str, float]


@dataclass(frozen=True, slots=True)
class Three:
    """The pressures before the dose, at the protocol's minute after it, and before leaving."""

    before: Measured | None
    later: Measured | None
    leaving: Measured | None


def three_pressures(
    measured: Sequence[Measured],
    started: datetime | None,
    recheck: timedelta,
    left: datetime | None,
) -> Three:
    """Return the three that the form of the esketamine programme asks for; None = not taken.

    Before: the last until the start. Later: the first from `recheck` (40 min) after the start on.
    Leaving: the last of all after the start, never the same as the second alone would be.
    """
    pressures = sorted((one for one in measured if "systolic" in one.values), key=lambda m: m.at)
    if started is None:
        return Three(pressures[-1] if pressures else None, None, None)
    before = [one for one in pressures if one.at <= started]
    after = [one for one in pressures if one.at > started and (left is None or one.at <= left)]
    due = [one for one in after if one.at >= started + recheck - NEARLY]
    leaving = after[-1] if after and after[-1] is not (due[0] if due else None) else None
    return Three(before[-1] if before else None, due[0] if due else None, leaving)
