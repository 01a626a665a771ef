"""Triage of a check-in: what the answers say about the wait, and which red flags they raise."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from recovery.domain.protocol import Protocol
from recovery.domain.protocol.after import RedFlag
from recovery.domain.protocol.questions import CheckIn, Choice, Meaning, Question, Urgency
from recovery.domain.visit import Report, VisitFacts


@dataclass(frozen=True, slots=True)
class Triage:
    """The outcome of one check-in: the facts for the wait and the red flags, worst first."""

    report: Report
    red_flags: tuple[RedFlag, ...]
    drove: bool


def triage(
    visit: VisitFacts,
    check_in: CheckIn,
    answers: Mapping[str, str],
    at: datetime,
    occasion: str = "",
) -> Triage:
    """Judge the answers (question id → choice id) of a check-in given at `at` (UTC).

    An unknown, missing or “not sure” answer never counts as a good one.
    """
    chosen = [
        (question, choice)
        for question in check_in.questions
        if (choice := question.choice(answers.get(question.id, ""))) is not None
    ]
    means = {choice.means for _, choice in chosen}
    report = Report(
        at=at,
        check_in=check_in.id,
        occasion=occasion,
        slept=_slept(means),
        symptoms=_symptoms(visit.protocol, chosen),
        sedative_at=at if Meaning.SEDATIVE in means else None,
    )
    return Triage(report, _red_flags(visit, chosen, at), Meaning.DROVE in means)


def red_flag_counts(visit: VisitFacts, flag: RedFlag, at: datetime) -> bool:
    """Whether a red flag counts at `at`: some symptoms are expected at first."""
    if flag.only_after is None:
        return True
    since = visit.ended_at or visit.started_at
    return since is not None and at - since >= flag.only_after


def _slept(means: set[Meaning | None]) -> bool | None:
    if Meaning.SLEPT_BADLY in means:
        return False
    return True if Meaning.SLEPT in means else None


def _symptoms(protocol: Protocol, chosen: list[tuple[Question, Choice]]) -> frozenset[str] | None:
    """A reported symptom counts at once; “none” only when every one of the wait's was denied."""
    said = {q.symptom: choice.means for q, choice in chosen if q.symptom}
    present = frozenset(symptom for symptom, means in said.items() if means is Meaning.SYMPTOM)
    if present:
        return present
    denied = {symptom for symptom, means in said.items() if means is Meaning.NO_SYMPTOM}
    return frozenset() if denied.issuperset(protocol.wait.symptoms) else None


def _red_flags(
    visit: VisitFacts, chosen: list[tuple[Question, Choice]], at: datetime
) -> tuple[RedFlag, ...]:
    raised = {choice.red_flag for _, choice in chosen if choice.red_flag}
    order = list(Urgency)
    flags = (flag for flag in visit.protocol.red_flags if flag.id in raised)
    counting = (flag for flag in flags if red_flag_counts(visit, flag, at))
    return tuple(sorted(counting, key=lambda flag: order.index(flag.urgency)))
