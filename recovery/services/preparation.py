"""Preparation: the patient goes through it one step a screen, and may change an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from recovery.domain.notices.occasions import occasions
from recovery.domain.protocol.after import RedFlag
from recovery.domain.protocol.preparation import Step, StepKind
from recovery.domain.visit import VisitFacts, VisitState
from recovery.services.alerts import raise_alert
from recovery.services.audit import Actor, record
from recovery.services.facts import facts_of
from recovery.services.moot_alerts import settle_moot
from recovery.services.planning import replan
from recovery.services.red_flags import raise_red_flag
from recovery.services.refusals import Conflict, NotFound, Refused
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.visits import Answer, StepDone, Visit


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


def finish_step(
    patient: Patient, visit_id: int, step_id: str, answers: Mapping[str, str], now: datetime
) -> tuple[RedFlag, ...]:
    """Mark a step done, with the answers to its questions; returns the red flags they raise.

    Doing it again replaces the answers. Answers that raise a flag become a task for staff.
    Commits. Raises `NotFound`, `Conflict` once the visit has begun, `Refused` with the field.
    """
    row = _locked(patient, visit_id)
    visit = facts_of([row])[0]
    item = next((item for item in steps_of(visit, now) if item.step.id == step_id), None)
    if item is None:
        raise NotFound
    if visit.state is not VisitState.BOOKED:
        raise Conflict("Your visit has begun. Please tell the staff.")
    if not item.open:
        raise Refused("This step comes later. We will remind you.")
    _keep_answers(row, item.step, answers, now)
    red_flags = _red_flags(visit, item.step, answers)
    for flag in red_flags:
        raise_red_flag(row, flag, Actor("patient", patient.id), now)
    done = _mark_done(row, step_id, now)
    replan(patient.id, now)
    _tell_staff(row, item.step, answers, now)
    record(row.clinic_id, Actor("patient", patient.id), "did", done, now, row.id, step=step_id)
    db.session.commit()
    return red_flags


def _locked(patient: Patient, visit_id: int) -> Visit:
    row = db.session.scalars(
        select(Visit)
        .where(Visit.id == visit_id, Visit.patient_id == patient.id)
        .with_for_update(key_share=True)
    ).first()
    if row is None:
        raise NotFound
    return row


def _is_done(step: Step, visit: VisitFacts) -> bool:
    if step.kind is StepKind.DRIVER:
        return visit.driver is not None or visit.exempt
    return step.id in visit.steps_done


def _keep_answers(row: Visit, step: Step, answers: Mapping[str, str], now: datetime) -> None:
    known = {
        answer.question: answer
        for answer in db.session.scalars(select(Answer).where(Answer.visit_id == row.id))
    }
    for question in step.questions:
        choice = question.choice(answers.get(question.id, ""))
        if choice is None:
            raise Refused("Please choose an answer. “I'm not sure” is fine.", question.id)
        answer = known.get(question.id) or Answer(visit_id=row.id, question=question.id)
        answer.choice, answer.at, answer.by = choice.id, now, "patient"
        db.session.add(answer)


def _red_flags(visit: VisitFacts, step: Step, answers: Mapping[str, str]) -> tuple[RedFlag, ...]:
    chosen = (question.choice(answers.get(question.id, "")) for question in step.questions)
    named = (choice.red_flag for choice in chosen if choice is not None and choice.red_flag)
    return tuple(flag for name in named if (flag := visit.protocol.red_flag(name)) is not None)


def _mark_done(row: Visit, step_id: str, now: datetime) -> StepDone:
    done = db.session.scalars(
        select(StepDone).where(StepDone.visit_id == row.id, StepDone.step == step_id)
    ).first()
    if done is None:
        done = StepDone(visit_id=row.id, step=step_id, at=now)
        db.session.add(done)
    done.at = now
    return done


def _tell_staff(row: Visit, step: Step, answers: Mapping[str, str], now: datetime) -> None:
    """Raise one task for all flagged answers of a step; it goes when they are answered anew."""
    flagged = {
        question.id: choice.id
        for question in step.questions
        if (choice := question.choice(answers.get(question.id, ""))) and choice.flag is not None
    }
    key = f"visit:{row.id}:flags:{step.id}"
    if flagged:
        alert = raise_alert(row, "flags", now, key=key)
        alert.facts = {"step": step.id, "answers": flagged}
    else:
        settle_moot(row.clinic_id, [key], now)
