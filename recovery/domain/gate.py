"""The start gate: what speaks against starting the infusion now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from recovery.domain.protocol import Text
from recovery.domain.protocol.day import Limit, Measure
from recovery.domain.protocol.questions import FlagLevel, Question
from recovery.domain.visit import VisitFacts, driver_missing


@dataclass(frozen=True, slots=True)
class Flag:
    """Something staff must look at before the start. `reason` is None for the app's own words."""

    id: str
    level: FlagLevel
    reason: Text | None = None


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What is known at the gate.

    `answers`: question id → choice id, from patient and staff. `last_taken`: fasting
    rule id → when last eaten or drunk (UTC), None or missing = unknown.
    """

    answers: Mapping[str, str]
    last_taken: Mapping[str, datetime | None]
    vitals: Mapping[Measure, float]
    driver_reachable: bool
    signed_or_demo: bool


def flags(visit: VisitFacts, facts: GateFacts, start_at: datetime) -> tuple[Flag, ...]:
    """Return every flag that speaks against a start at `start_at` (UTC), holds first.

    What is not known is flagged, never assumed to be fine.
    """
    found = [
        *_protocol_flags(facts),
        *_driver_flags(visit, facts),
        *_fasting_flags(visit, facts, start_at),
        *_vital_flags(visit, facts),
        *_answer_flags(visit, facts),
    ]
    return tuple(sorted(found, key=lambda flag: flag.level is not FlagLevel.HOLD))


def answer_flags(questions: Iterator[Question], answers: Mapping[str, str]) -> Iterator[Flag]:
    """Yield the flags that answers raise; an unanswered question raises its own."""
    for question in questions:
        choice = question.choice(answers.get(question.id, ""))
        if choice is None:
            if question.unanswered is not None:
                yield Flag(f"unanswered:{question.id}", question.unanswered, question.text)
        elif choice.flag is not None:
            yield Flag(question.id, choice.flag, choice.reason)


def _protocol_flags(facts: GateFacts) -> Iterator[Flag]:
    if not facts.signed_or_demo:
        yield Flag("protocol-unsigned", FlagLevel.HOLD)


def _driver_flags(visit: VisitFacts, facts: GateFacts) -> Iterator[Flag]:
    if driver_missing(visit):
        yield Flag("no-driver", FlagLevel.HOLD)
    elif visit.driver and visit.protocol.driver.reachable and not facts.driver_reachable:
        yield Flag("driver-unreachable", FlagLevel.HOLD)


def _fasting_flags(visit: VisitFacts, facts: GateFacts, start_at: datetime) -> Iterator[Flag]:
    for rule in visit.protocol.gate.fasting:
        taken = facts.last_taken.get(rule.id)
        if taken is None or start_at - taken < rule.before:
            known = "unknown" if taken is None else "fasting"
            yield Flag(f"{known}:{rule.id}", rule.flag, rule.name)


def _vital_flags(visit: VisitFacts, facts: GateFacts) -> Iterator[Flag]:
    gate = visit.protocol.gate
    for measure in gate.required_vitals:
        if measure not in facts.vitals:
            yield Flag(f"unmeasured:{measure}", FlagLevel.HOLD)
    yield from limits_met(gate.vitals, facts.vitals)


def limits_met(limits: tuple[Limit, ...], vitals: Mapping[Measure, float]) -> Iterator[Flag]:
    """Yield what measured values raise: one flag a measure, the graver of two."""
    for limit in _worst(limits, vitals).values():
        yield Flag(limit.measure.value, limit.flag, limit.reason)


def _worst(limits: tuple[Limit, ...], vitals: Mapping[Measure, float]) -> dict[Measure, Limit]:
    """Keep one limit a measure: a hold outweighs a review."""
    worst: dict[Measure, Limit] = {}
    for limit in limits:
        value = vitals.get(limit.measure)
        if value is None or not _outside(limit, value):
            continue
        if limit.measure not in worst or limit.flag is FlagLevel.HOLD:
            worst[limit.measure] = limit
    return worst


def _outside(limit: Limit, value: float) -> bool:
    if limit.at_or_above is not None:
        return value >= limit.at_or_above
    return limit.below is not None and value < limit.below


def _answer_flags(visit: VisitFacts, facts: GateFacts) -> Iterator[Flag]:
    steps = visit.protocol.preparation.steps
    asked = (question for step in steps for question in step.questions)
    yield from answer_flags(asked, facts.answers)
    yield from answer_flags(iter(visit.protocol.gate.questions), facts.answers)
