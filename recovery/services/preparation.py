"""Preparation: the patient goes through it one step a screen, and may change an answer."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from recovery.domain.notices.occasions import occasions
from recovery.domain.protocol.preparation import Step, StepKind
from recovery.domain.visit import VisitFacts
from recovery.store.database import db
from recovery.store.visits import Answer


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
    times = {step.id: next(iter(occasions(step.when, visit))).at for step in steps}
    limits = sorted(times[step.id] for step in steps if step.kind is StepKind.LIMIT)
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
    )


def next_step(steps: tuple[StepNow, ...], after: str = "") -> StepNow | None:
    """Return the next open step that is not done, looking onwards from `after` and then anew."""
    place = next((i for i, item in enumerate(steps) if item.step.id == after), -1) + 1
    onwards = (*steps[place:], *steps[:place])
    return next((item for item in onwards if item.open and not item.done), None)


def answers_of(visit_id: int) -> dict[str, str]:
    """Return the newest answers about a visit: question id → choice id."""
    rows = db.session.scalars(select(Answer).where(Answer.visit_id == visit_id))
    return {row.question: row.choice for row in rows}


def _is_done(step: Step, visit: VisitFacts) -> bool:
    if step.kind is StepKind.DRIVER:
        return visit.driver is not None or visit.exempt
    return step.id in visit.steps_done
