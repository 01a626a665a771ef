"""A protocol in fast motion, so that a whole visit can be watched in minutes."""

from datetime import time, timedelta
from typing import Any, TypeVar

from pydantic import BaseModel

from recovery.domain.ladder import Rung
from recovery.domain.protocol.after import NoticeRule
from recovery.domain.protocol.base import Rule
from recovery.domain.protocol.day import Stay
from recovery.domain.protocol.model import Protocol
from recovery.domain.protocol.preparation import Step
from recovery.domain.protocol.texts import Text
from recovery.domain.protocol.timing import Anchor, Ladder, Moment, OnCall

ONE_DAY = timedelta(days=1)
#: A machine is no faster in fast motion: a notice still has to be sent, shown and proved.
LEAST_USEFUL = timedelta(minutes=1)
LEAST_RUNG = timedelta(seconds=30)
#: Nobody is told of what is over: a safety notice must be useful as long as its whole ladder takes.
LEAST_LADDER = LEAST_RUNG * len(Rung)
LEAST_AGAIN = timedelta(minutes=1)
#: People hurry less than a demonstration: time to react is shortened ten times less.
REACTING = frozenset({Anchor.CHECK_IN, Anchor.HANDOVER, Anchor.PICKUP})
PATIENCE = 10

PartOf = TypeVar("PartOf", bound=BaseModel)


def faster(protocol: Protocol, factor: float) -> Protocol:
    """Return `protocol` with every duration divided by `factor`, for the demonstration.

    A factor of 288 makes 24 hours five minutes. What hangs on the clock on the wall would
    not hurry, so clock times (“20:00”, “day 3 at 10:00”) become offsets from the same
    anchor, counted as if that had happened at noon, a daily one only once; quiet hours and
    the “next day” of the wait are left out. How long a notice stays useful and how long a
    rung may take keep a least value, because phones and networks do not hurry either, and
    what waits for a person's reaction is shortened by `factor / PATIENCE` only.
    Nobody signed these times, so no sign-off is carried over. ValueError below factor 1.
    """
    if factor < 1:
        raise ValueError("A protocol can only be made faster.")
    wait = _changed(protocol.wait, next_day_at=None)
    plain = _changed(protocol, id=f"{protocol.id}-demo", sign_off=None, wait=wait, quiet_hours=None)
    return _rebuilt(plain, factor)


def _quicker(part: Any, factor: float) -> Any:
    if isinstance(part, timedelta):
        return part / factor
    if isinstance(part, Moment):
        waits_for_people = part.after in REACTING and part.offset > timedelta()
        return _rebuilt(_without_clock(part), _patient(factor) if waits_for_people else factor)
    if isinstance(part, BaseModel) and not isinstance(part, Text):
        return _rebuilt(part, factor)
    if isinstance(part, tuple):
        return tuple(_quicker(item, factor) for item in part)
    if isinstance(part, dict):
        return {name: _quicker(item, factor) for name, item in part.items()}
    return part


def _rebuilt(part: PartOf, factor: float) -> PartOf:
    values = {name: _quicker(value, factor) for name, value in part}
    if isinstance(part, Rule):
        values["signed"] = None
    if isinstance(part, NoticeRule | Step):
        least = LEAST_LADDER if part.safety else LEAST_USEFUL
        values["useful_for"] = max(values["useful_for"], least)
    if isinstance(part, Stay):
        values["overdue_after"] = part.overdue_after / _patient(factor)
    if isinstance(part, OnCall):
        values["again"] = max(values["again"], LEAST_AGAIN)
    if isinstance(part, Ladder):
        values["safety"] = max(values["safety"], LEAST_RUNG)
        values["routine"] = max(values["routine"], LEAST_RUNG)
    return type(part).model_validate(values)


def _patient(factor: float) -> float:
    return max(1, factor / PATIENCE)


def _without_clock(moment: Moment) -> Moment:
    """Say a clock time as an offset from an anchor at noon; a daily one means the first."""
    if moment.at is None:
        return moment
    offset = (moment.days or 0) * ONE_DAY + _since_noon(moment.at)
    if moment.daily and offset <= timedelta():
        offset += ONE_DAY
    return Moment(after=moment.after, check_in=moment.check_in, offset=offset)


def _since_noon(clock: time) -> timedelta:
    return timedelta(hours=clock.hour - 12, minutes=clock.minute, seconds=clock.second)


def _changed(part: PartOf, **values: Any) -> PartOf:
    return type(part).model_validate({**dict(part), **values})
