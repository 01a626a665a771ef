"""What may still be eaten and drunk before a visit: the other side of its limits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from recovery.domain.notices.occasions import occasions
from recovery.domain.protocol import Text
from recovery.domain.protocol.preparation import Step, StepKind
from recovery.domain.visit import VisitFacts


@dataclass(frozen=True, slots=True)
class Limit:
    """One deadline of a visit and what it leaves: from `at` to `until` (UTC) `still` may be had.

    `until` is the next deadline after it, or the start of the visit.
    """

    step: Step
    at: datetime
    until: datetime
    still: Text | None


def limits_of(visit: VisitFacts) -> tuple[Limit, ...]:
    """Return the deadlines of a visit in the order of time."""
    found = sorted(_deadlines(visit), key=lambda pair: pair[0])
    return tuple(Limit(step, at, _next(found, at) or visit.start, step.still) for at, step in found)


def limit_at(visit: VisitFacts, moment: datetime) -> Limit | None:
    """Return the newest deadline that has passed at `moment`; None before the first one."""
    return next((limit for limit in reversed(limits_of(visit)) if limit.at <= moment), None)


def _deadlines(visit: VisitFacts) -> Iterator[tuple[datetime, Step]]:
    for step in visit.protocol.preparation.steps:
        if step.kind is StepKind.LIMIT:
            for occasion in occasions(step.when, visit):
                yield occasion.at, step


def _next(found: list[tuple[datetime, Step]], at: datetime) -> datetime | None:
    return next((later for later, _step in found if later > at), None)
