"""Check-ins: each answer is recorded exactly once, whatever the phone or the network does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from recovery.domain.protocol.after import RedFlag
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
from recovery.services.refusals import Conflict, NotFound, Refused
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.visits import CheckInAnswer, Visit

KEY = re.compile(r"[A-Za-z0-9-]{8,64}")
#: A date, or a moment as `occasions.name_of` writes it.
OCCASION = re.compile(r"[0-9TZ:-]{0,20}")


@dataclass(frozen=True, slots=True)
class Sent:
    """A check-in as a phone sends it.

    `key` is made by the phone: the same key is the same sending, however often it arrives.
    `said_at` is the phone's own clock (aware), None = now.
    """

    check_in: str
    occasion: str
    answers: Mapping[str, str]
    key: str
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it: the red flags, worst first, and whether it had arrived before."""

    key: str
    red_flags: tuple[RedFlag, ...]
    drove: bool
    again: bool


def answer_check_in(patient: Patient, visit_id: int, sent: Sent, now: datetime) -> Taken:
    """Record a check-in, tell staff of red flags and driving, plan anew; commits.

    The same key again gives the same result and changes nothing; with another body it is a
    `Conflict`. Raises `NotFound`, or `Refused` with the question that has no answer.
    """
    row = db.session.scalars(
        select(Visit)
        .where(Visit.id == visit_id, Visit.patient_id == patient.id)
        .with_for_update(key_share=True)
    ).first()
    if row is None:
        raise NotFound
    visit = facts_of([row])[0]
    check_in = visit.protocol.check_in(sent.check_in)
    if check_in is None or visit.started_at is None:
        raise NotFound
    answers = _checked(check_in, sent)
    before = _by_key(visit_id, sent.key)
    if before is not None:
        return _again(visit, check_in, before, sent, answers)
    found = triage(visit, check_in, answers, now, sent.occasion)
    answer = _kept(row, sent, answers, as_said(found.report, visit, sent.said_at or now), now)
    answer.drove = found.drove
    actor = Actor("patient", patient.id)
    _tell_staff(row, found, actor, now)
    replan(patient.id, now)
    record(row.clinic_id, actor, "answered", answer, now, row.id, check_in=check_in.id)
    db.session.commit()
    return Taken(sent.key, found.red_flags, found.drove, again=False)


def as_said(report: Report, visit: VisitFacts, said_at: datetime) -> Report:
    """Let good news count only from when it was said, while bad news counts as it arrives.

    An answer that waited on an offline phone must not end a wait that was not over when it
    was given, nor undo what was said after it. A phone's clock can only make it count less.
    """
    earliest, anchor = earliest_of(visit), anchor_of(visit)
    undone = any(other.at > said_at for other in visit.reports)
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
    if not KEY.fullmatch(sent.key) or not OCCASION.fullmatch(sent.occasion):
        raise Refused("We could not read this answer. Please open the page again.")
    if unknown := set(sent.answers) - {question.id for question in check_in.questions}:
        raise Refused("We could not read this answer. Please open the page again.", min(unknown))
    for question in check_in.questions:
        if question.choice(sent.answers.get(question.id, "")) is None:
            raise Refused("Please choose an answer. “I'm not sure” is fine.", question.id)
    return dict(sent.answers)


def _by_key(visit_id: int, key: str) -> CheckInAnswer | None:
    return db.session.scalars(
        select(CheckInAnswer).where(CheckInAnswer.visit_id == visit_id, CheckInAnswer.key == key)
    ).first()


def _again(
    visit: VisitFacts,
    check_in: CheckIn,
    before: CheckInAnswer,
    sent: Sent,
    answers: dict[str, str],
) -> Taken:
    same = (before.check_in, before.occasion, before.answers)
    if same != (sent.check_in, sent.occasion, answers):
        raise Conflict("Other answers were sent before. Please look at the page again.")
    found = triage(visit, check_in, answers, before.at, before.occasion)
    return Taken(sent.key, found.red_flags, found.drove, again=True)


def _kept(
    row: Visit, sent: Sent, answers: dict[str, str], report: Report, now: datetime
) -> CheckInAnswer:
    answer = CheckInAnswer(
        visit_id=row.id,
        key=sent.key,
        check_in=sent.check_in,
        occasion=sent.occasion,
        answers=answers,
        at=now,
        said_at=sent.said_at,
        slept=report.slept,
        symptoms=None if report.symptoms is None else sorted(report.symptoms),
        sedative_at=report.sedative_at,
    )
    db.session.add(answer)
    return answer


def _tell_staff(row: Visit, found: Triage, actor: Actor, now: datetime) -> None:
    for flag in found.red_flags:
        raise_red_flag(row, flag, actor, now)
    if found.drove:
        raise_alert(row, "drove", now, actor=actor)
