"""What runs while a patient is at the clinic, and what is due there."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from recovery.domain.gate import Flag, limits_met
from recovery.domain.monitoring import Measured
from recovery.domain.protocol.day import Measure
from recovery.domain.protocol.questions import FlagLevel
from recovery.domain.visit import IN_THE_CHAIR, VisitFacts, VisitState

#: A pressure that was taken this long before it was due is the one that was due.
EARLY = timedelta(minutes=10)


def running_since(visit: VisitFacts) -> datetime | None:
    """Return since when the infusion runs (UTC); None when it does not."""
    return visit.started_at if visit.state is VisitState.INFUSING else None


def recheck_due(visit: VisitFacts, pressure_at: datetime | None) -> datetime | None:
    """Return when the second blood pressure is due, counted from the start by the protocol (40
    minutes as shipped); None when it was taken, or the patient is not in the chair.

    `pressure_at`: when a pressure was last taken (UTC).
    """
    if visit.started_at is None or visit.state not in IN_THE_CHAIR:
        return None
    due = visit.started_at + visit.protocol.stay.recheck
    taken = pressure_at is not None and pressure_at >= due - EARLY
    return None if taken else due


def last_pressure_at(measured: Iterable[Measured]) -> datetime | None:
    """Return when a blood pressure was last taken (UTC)."""
    taken = [one.at for one in measured if Measure.SYSTOLIC in one.values]
    return max(taken, default=None)


def outside_limits(visit: VisitFacts, measured: Sequence[Measured]) -> tuple[Flag, ...]:
    """Return which of the gate's limits the newest vital signs since the start meet, holds first.

    The protocol has one set of limits: what would hold a start is as remarkable after it. Nothing
    is returned once the patient has left.
    """
    if visit.started_at is None or visit.state not in IN_THE_CHAIR:
        return ()
    newest: dict[Measure, float] = {}
    for one in sorted(measured, key=lambda taken: taken.at):
        if one.at > visit.started_at:
            newest |= {Measure(name): value for name, value in one.values.items()}
    found = limits_met(visit.protocol.gate.vitals, newest)
    return tuple(sorted(found, key=lambda flag: flag.level is not FlagLevel.HOLD))
