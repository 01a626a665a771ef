"""What a patient has done for a visit, and whether it still counts after the visit was moved."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from recovery.domain.notices.occasions import occasions
from recovery.domain.protocol.preparation import Step
from recovery.domain.visit import VisitFacts


def time_of(step: Step, visit: VisitFacts) -> datetime | None:
    """Return when a step of the preparation begins to count (UTC); None while that is unknown."""
    return next((occasion.at for occasion in occasions(step.when, visit)), None)


def still_done(done: Iterable[tuple[str, datetime]], visit: VisitFacts) -> frozenset[str]:
    """Return the ids of the steps whose doing counts for the visit at the time it has now.

    `done`: step id and when (UTC). A step that the protocol no longer knows stays done.
    """
    steps = {step.id: step for step in visit.protocol.preparation.steps}
    return frozenset(
        name
        for name, at in done
        if (step := steps.get(name)) is None or not _too_early(step, at, visit)
    )


def still_answered(answers: Iterable[tuple[str, datetime]], visit: VisitFacts) -> Iterator[str]:
    """Yield the ids of the questions whose answers count for the visit at the time it has now."""
    asked = {
        question.id: step
        for step in visit.protocol.preparation.steps
        for question in step.questions
    }
    for question, at in answers:
        step = asked.get(question)
        if step is None or not _too_early(step, at, visit):
            yield question


def _too_early(step: Step, at: datetime, visit: VisitFacts) -> bool:
    begins = time_of(step, visit) if step.of_the_last_day else None
    return begins is not None and at < begins
