"""Preparation: the patient goes through it one step a screen, and may change an answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from recovery.domain.allowed import limits_of
from recovery.domain.preparing import time_of
from recovery.domain.protocol.preparation import Step, StepKind
from recovery.domain.visit import VisitFacts
from recovery.services.answers import answers_that_count
from recovery.store.database import db
from recovery.store.visits import Answer, StepDone

#: Among the steps done: the look through all answers. No protocol can have a step of this name.
CHECKED: Final = ":answers"


@dataclass(frozen=True, slots=True)
class StepNow:
    """One step of one visit. `at` is its own time, `until` that of the next limit (UTC).

    `open`: questions about the last day are not asked days before. `late`: its time had passed
    when the visit was booked or moved, so that it counts from now on.
    """

    step: Step
    at: datetime
    until: datetime | None
    done: bool
    open: bool
    late: bool


def steps_of(visit: VisitFacts, now: datetime) -> tuple[StepNow, ...]:
    """Return the steps of a visit in the order of the protocol, with their times."""
    steps = visit.protocol.preparation.steps
    times = {step.id: at for step in steps if (at := time_of(step, visit)) is not None}
    limits = [limit.at for limit in limits_of(visit)]
    return tuple(
        StepNow(
            step,
            at=times[step.id],
            until=next((moment for moment in limits if moment > times[step.id]), None),
            done=_is_done(step, visit),
            open=step.kind is not StepKind.ANSWER or times[step.id] <= now,
            late=times[step.id] < visit.known_since,
        )
        for step in steps
        if step.id in times
    )


def next_step(steps: tuple[StepNow, ...], after: str = "") -> StepNow | None:
    """Return the next open step that is not done, looking onwards from `after` and then anew."""
    place = next((i for i, item in enumerate(steps) if item.step.id == after), -1) + 1
    onwards = (*steps[place:], *steps[:place])
    return next((item for item in onwards if item.open and not item.done), None)


def unanswered(steps: tuple[StepNow, ...]) -> StepNow | None:
    """Return the first step whose questions wait for an answer."""
    asking = (item for item in steps if item.step.kind is StepKind.ANSWER)
    return next((item for item in asking if item.open and not item.done), None)


def answers_of(visit: VisitFacts) -> dict[str, str]:
    """Return the answers about a visit that count: question id → choice id."""
    return {row.question: row.choice for row in answers_that_count(visit)}


def checked_at(visit_id: int) -> datetime | None:
    """Return when the patient looked through the answers as they are now; None = not yet."""
    looked = db.session.scalar(
        select(StepDone.at).where(StepDone.visit_id == visit_id, StepDone.step == CHECKED)
    )
    changed = db.session.scalar(select(func.max(Answer.at)).where(Answer.visit_id == visit_id))
    return looked if looked is not None and changed is not None and changed <= looked else None


def _is_done(step: Step, visit: VisitFacts) -> bool:
    if step.kind is StepKind.DRIVER:
        return visit.driver is not None or visit.exempt
    return step.id in visit.steps_done
