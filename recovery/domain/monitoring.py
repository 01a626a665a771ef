"""What a monitoring form asks for: which of the blood pressures, and what staff noted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from recovery.domain.protocol.monitoring import DOSE, SERIOUS, MonitoringForm

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


@dataclass(frozen=True, slots=True)
class Noted:
    """One item of the form as somebody wrote it down.

    mg: of a dose. seen: whether an effect or a serious event came. since, over: of an effect
    (UTC); `over` is None while it lasts. words: what happened.
    """

    mg: float | None = None
    seen: bool | None = None
    since: datetime | None = None
    over: datetime | None = None
    words: str = ""

    def says_the_same(self, other: "Noted") -> bool:
        """Whether nothing differs but seconds, which nobody types."""
        return _to_the_minute(self) == _to_the_minute(other)


def _to_the_minute(noted: Noted) -> tuple[object, ...]:
    times = (
        at.replace(second=0, microsecond=0) if at is not None else None
        for at in (noted.since, noted.over)
    )
    return (noted.mg, noted.seen, noted.words, *times)


def unnoted(form: MonitoringForm, noted: Mapping[str, Noted]) -> tuple[str, ...]:
    """Return the items that nobody wrote down, and effects that came and have no end yet."""
    return tuple(item for item in form.items if _lacks(item, noted.get(item)))


def _lacks(item: str, noted: Noted | None) -> bool:
    if noted is None:
        return True
    return item not in {DOSE, SERIOUS} and noted.seen is True and noted.over is None
