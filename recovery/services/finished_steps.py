"""A step of the preparation is done: its answers are kept, and staff see what needs a look."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from recovery.domain.protocol.after import RedFlag
from recovery.domain.protocol.preparation import Step
from recovery.domain.protocol.questions import Choice
from recovery.domain.visit import VisitFacts, VisitState
from recovery.services.alerts import raise_alert
from recovery.services.audit import Actor, record
from recovery.services.facts import facts_of
from recovery.services.moot_alerts import settle_moot
from recovery.services.planning import replan
from recovery.services.preparation import CHECKED, StepNow, steps_of, unanswered
from recovery.services.red_flags import raise_red_flag
from recovery.services.refusals import Conflict, NotFound, Refused, sentence
from recovery.services.said_once import Sending, keep_said, outcome_before
from recovery.services.within_reach import visit_for
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.visits import Answer, StepDone, Visit

BEGUN = sentence("Your visit has begun. Please tell the staff.")


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of doing a step: ids of the red flags, and whether it had come before."""

    red_flags: tuple[str, ...]
    again: bool


def finish_step(
    patient: Patient,
    visit_id: int,
    step_id: str,
    answers: Mapping[str, str],
    sending: Sending,
    now: datetime,
) -> Finished:
    """Mark a step done, with the answers to its questions; says which red flags they raise.

    Doing it again replaces the answers, but what waited on a phone undoes nothing that was said
    after it. Answers that raise a flag become a task for staff. The same `sending` again changes
    nothing. Commits. Raises `NotFound`, `OtherWords`, `Conflict` once the visit has begun (what
    was said before that is still taken, and a red flag always), `Refused` with the field.
    """
    actor = Actor("patient", patient.id)
    row = visit_for(actor, visit_id)
    visit = facts_of([row])[0]
    item = next((item for item in steps_of(visit, now) if item.step.id == step_id), None)
    if item is None:
        raise NotFound
    what, body = f"step:{step_id}", {"answers": dict(answers)}
    before = outcome_before(row, sending, what, body)
    if before is not None:
        return Finished(tuple(before["red_flags"]), again=True)
    _judge(item, answers)
    red_flags = _red_flags(visit, item.step, answers)
    if _in_time(visit, sending.said_at):
        _take(row, item.step, answers, sending.said_at, now)
    elif not red_flags:
        raise Conflict(BEGUN)
    for flag in red_flags:
        raise_red_flag(row, flag, actor, now, sending.said_at)
    finished = Finished(tuple(flag.id for flag in red_flags), again=False)
    keep_said(row, sending, what, body, {"red_flags": list(finished.red_flags)}, now)
    replan(patient.id, now)
    db.session.commit()
    return finished


def confirm_answers(patient: Patient, visit_id: int, now: datetime) -> None:
    """Keep that the patient looked through all answers and found them right. Commits.

    Raises `NotFound`, `Conflict` once the visit has begun, `Refused` while one is missing.
    """
    actor = Actor("patient", patient.id)
    row = visit_for(actor, visit_id)
    visit = facts_of([row])[0]
    if visit.state is not VisitState.BOOKED:
        raise Conflict(BEGUN)
    if unanswered(steps_of(visit, now)) is not None:
        raise Refused("One answer is still missing.")
    done = _mark_done(row, CHECKED, now)
    record(row.clinic_id, actor, "checked-answers", done, now, row.id)
    db.session.commit()


def _in_time(visit: VisitFacts, said_at: datetime) -> bool:
    """Whether it was said while the visit was still to come, whenever it arrives."""
    begun = visit.arrived_at
    return visit.state is VisitState.BOOKED or (begun is not None and said_at < begun)


def _judge(item: StepNow, answers: Mapping[str, str]) -> None:
    if not item.open:
        raise Refused("This step comes later. We will remind you.")
    for question in item.step.questions:
        if question.choice(answers.get(question.id, "")) is None:
            raise Refused("Please choose an answer. “I’m not sure” is fine.", question.id)


def _take(
    row: Visit, step: Step, answers: Mapping[str, str], said_at: datetime, now: datetime
) -> None:
    known = _keep_answers(row, step, answers, said_at, now)
    done = _mark_done(row, step.id, now)
    replan(row.patient_id, now)
    _tell_staff(row, step, known, now)
    actor = Actor("patient", row.patient_id)
    record(row.clinic_id, actor, "did", done, now, row.id, step=step.id)


def _keep_answers(
    row: Visit, step: Step, answers: Mapping[str, str], said_at: datetime, now: datetime
) -> dict[str, Choice]:
    """Keep what is newer than what is known; returns what is known now: question id → choice."""
    known = {
        answer.question: answer
        for answer in db.session.scalars(select(Answer).where(Answer.visit_id == row.id))
    }
    for question in step.questions:
        answer = known.get(question.id)
        if answer is None:
            answer = known[question.id] = Answer(visit_id=row.id, question=question.id)
            db.session.add(answer)
        elif (answer.said_at or answer.at) > said_at:
            continue
        answer.choice, answer.at, answer.by = answers[question.id], now, "patient"
        answer.said_at = said_at
    chosen = (
        (question.id, question.choice(known[question.id].choice)) for question in step.questions
    )
    return {question: choice for question, choice in chosen if choice is not None}


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


def _tell_staff(row: Visit, step: Step, known: Mapping[str, Choice], now: datetime) -> None:
    """Raise one task for all flagged answers of a step; it goes when they are answered anew."""
    flagged = {question: choice.id for question, choice in known.items() if choice.flag is not None}
    key = f"visit:{row.id}:flags:{step.id}"
    if flagged:
        alert = raise_alert(row, "flags", now, key=key)
        alert.facts = {"step": step.id, "answers": flagged}
    else:
        settle_moot(row.clinic_id, [key], now)
