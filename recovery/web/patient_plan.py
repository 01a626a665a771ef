"""The overview of a preparation: the next thing first, then all steps with their times."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import render_template, url_for
from flask_babel import gettext as _

from recovery.domain.protocol.preparation import StepKind
from recovery.domain.visit import VisitFacts
from recovery.services.preparation import StepNow, next_step, steps_of
from recovery.services.reading import Standing
from recovery.web.patient_step_words import When, still_allowed, when_of
from recovery.web.patient_words import said

#: A time that is so near goes before what is still to be read or answered.
NEAR: Final = timedelta(hours=24)
#: Steps that are known once they were read; there is nothing in them to do before their time.
ONLY_READ: Final = frozenset({StepKind.READ, StepKind.LIMIT, StepKind.ALLOWED, StepKind.COME})
PICTURES: Final = {
    StepKind.READ: "file-text",
    StepKind.ANSWER: "list-checks",
    StepKind.DRIVER: "car",
    StepKind.LIMIT: "clock",
    StepKind.ALLOWED: "glass-water",
    StepKind.COME: "map-pin",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One step in the list. `said_done` is the word for a step that needs nothing more."""

    id: str
    kind: StepKind
    title: str
    when: When
    href: str
    icon: str
    done: bool
    said_done: str
    current: bool


def plan_page(standing: Standing, visit: VisitFacts, now: datetime, common: dict[str, Any]) -> str:
    """Show a booked visit's preparation, going on where the patient left it."""
    items = steps_of(visit, now)
    following = next_step(items)
    lines = [_line(item, visit, now, following) for item in items]
    nearest = _nearest(items, lines, now)
    current = next((line for line in lines if line.current), None)
    soon = nearest is not None and nearest.when.at is not None and nearest.when.at < now + NEAR
    return render_template(
        "patient/prepare.html",
        visit=visit,
        now=now,
        arrive=visit.start - visit.protocol.preparation.arrive_early,
        bring=[said(text) for text in visit.protocol.preparation.bring],
        lines=lines,
        first=nearest if soon or current is None else current,
        current=current,
        late=[said(item.step.since) for item in items if item.late and item.step.since],
        stretches=still_allowed(visit, now),
        **common,
    )


def _line(item: StepNow, visit: VisitFacts, now: datetime, following: StepNow | None) -> Line:
    step = item.step
    return Line(
        id=step.id,
        kind=step.kind,
        title=said(step.title),
        when=when_of(item, visit, now),
        href=url_for("patient_steps.step", visit_id=visit.id, step_id=step.id),
        icon=PICTURES[step.kind],
        done=item.done,
        said_done=_("Read") if step.kind in ONLY_READ else _("Done"),
        current=item is following,
    )


def _nearest(items: Sequence[StepNow], lines: Sequence[Line], now: datetime) -> Line | None:
    """The next time that counts by itself, whether it was read about or not."""
    timed = (
        (line.when.at, line)
        for item, line in zip(items, lines, strict=True)
        if item.step.kind in ONLY_READ and line.when.at is not None and now < line.when.at
    )
    return min(timed, key=lambda pair: pair[0], default=(None, None))[1]
