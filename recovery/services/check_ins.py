"""Check-ins: each answer is recorded exactly once, whatever the phone or the network does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from recovery.domain.protocol.questions import CheckIn
from recovery.domain.times import local_day
from recovery.domain.triage import Triage, triage
from recovery.domain.visit import Report, VisitFacts
from recovery.domain.wait import anchor_of, earliest_of
from recovery.services.alerts import raise_alert
from recovery.services.audit import Actor, record
from recovery.services.facts import facts_of
from recovery.services.planning import replan
from recovery.services.red_flags import raise_red_flag
from recovery.services.refusals import NotFound, Refused
from recovery.services.said_once import Sending, keep_said, outcome_before
from recovery.services.within_reach import visit_for
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.visits import CheckInAnswer, Visit

#: A date, or a moment as `occasions.name_of` writes it.
OCCASION = re.compile(r"[0-9TZ:-]{0,20}")


@dataclass(frozen=True, slots=True)
class Sent:
    """A check-in as a phone sends it: question id → choice id, and which of a repeated one."""

    check_in: str
    occasion: str
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it: ids of the red flags, worst first, and whether it had come before."""

    red_flags: tuple[str, ...]
    drove: bool
    again: bool


def answer_check_in(
    patient: Patient, visit_id: int, sent: Sent, sending: Sending, now: datetime
) -> Taken:
    """Record a check-in, tell staff of red flags and driving, plan anew; commits.

    The same key again gives the same result and changes nothing; with another body it is
    `OtherWords`. Raises `NotFound`, or `Refused` with the question that has no answer.
    """
    actor = Actor("patient", patient.id)
    row = visit_for(actor, visit_id)
    visit = facts_of([row])[0]
    check_in = visit.protocol.check_in(sent.check_in)
    if check_in is None or visit.started_at is None:
        raise NotFound
    answers = _checked(check_in, sent)
    what, body = f"check-in:{check_in.id}", {"occasion": sent.occasion, "answers": answers}
    before = outcome_before(row, sending, what, body)
    if before is not None:
        return Taken(tuple(before["red_flags"]), before["drove"], again=True)
    found = triage(visit, check_in, answers, now, sent.occasion)
    answer = _kept(row, sent, answers, as_said(found.report, visit, sending.said_at), now)
    answer.drove, answer.said_at = found.drove, sending.said_at
    _tell_staff(row, found, actor, sending.said_at, now)
    taken = Taken(tuple(flag.id for flag in found.red_flags), found.drove, again=False)
    outcome = {"red_flags": list(taken.red_flags), "drove": taken.drove}
    keep_said(row, sending, what, body, outcome, now)
    replan(patient.id, now)
    record(row.clinic_id, actor, "answered", answer, now, row.id, check_in=check_in.id)
    db.session.commit()
    return taken


def as_said(report: Report, visit: VisitFacts, said_at: datetime) -> Report:
    """Let good news count only from when it was said, while bad news counts as it arrives.

    An answer that waited on an offline phone must not end a wait that was not over when it
    was given, nor undo what was said after it. A phone's clock can only make it count less.
    """
    earliest, anchor = earliest_of(visit), anchor_of(visit)
    undone = any(other.heard_of > said_at for other in visit.reports)
    too_early = earliest is not None and said_at < earliest <= report.at
    if report.symptoms == frozenset() and (undone or too_early):
        report = replace(report, symptoms=None)
    same_day = anchor is not None and (
        local_day(said_at, visit.zone)
        <= local_day(anchor, visit.zone)
        < local_day(report.at, visit.zone)
    )
    if report.slept and (undone or same_day):
        report = replace(report, slept=None)
    return report


def _checked(check_in: CheckIn, sent: Sent) -> dict[str, str]:
    if not OCCASION.fullmatch(sent.occasion):
        raise Refused("We could not read this answer. Please open the page again.")
    if unknown := set(sent.answers) - {question.id for question in check_in.questions}:
        raise Refused("We could not read this answer. Please open the page again.", min(unknown))
    for question in check_in.questions:
        if question.choice(sent.answers.get(question.id, "")) is None:
            raise Refused("Please choose an answer. “I’m not sure” is fine.", question.id)
    return dict(sent.answers)


def _kept(
    row: Visit, sent: Sent, answers: dict[str, str], report: Report, now: datetime
) -> CheckInAnswer:
    answer = CheckInAnswer(
        visit_id=row.id,
        check_in=sent.check_in,
        occasion=sent.occasion,
        answers=answers,
        at=now,
        slept=report.slept,
        symptoms=None if report.symptoms is None else sorted(report.symptoms),
        sedative_at=report.sedative_at,
    )
    db.session.add(answer)
    return answer


def _tell_staff(row: Visit, found: Triage, actor: Actor, said_at: datetime, now: datetime) -> None:
    for flag in found.red_flags:
        raise_red_flag(row, flag, actor, now, said_at)
    if found.drove:
        raise_alert(row, "drove", now, actor=actor)
