"""The start gate: what is entered there, who decides on holds, and the start itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from recovery.domain.gate import Flag, GateFacts, flags
from recovery.domain.protocol import Protocol
from recovery.domain.protocol.day import Measure
from recovery.domain.protocol.questions import FlagLevel, Question
from recovery.domain.visit import VisitFacts, VisitState
from recovery.services.answers import answers_that_count
from recovery.services.refusals import Refused
from recovery.services.visit_moves import (
    facts_now,
    has_happened,
    locked_visit,
    move,
    must_be,
    must_be_clinician,
    needed,
    settle,
)
from recovery.services.vitals import keep_vitals, newest_vitals
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.visits import Answer, LastTaken, Visit

#: Holds that no decision lifts: a signature and an exemption are acts of their own.
UNDECIDABLE: Final = frozenset({"protocol-unsigned", "no-driver"})


@dataclass(frozen=True, slots=True)
class GateEntry:
    """What staff enter at the gate. `last_taken`: fasting rule id → when (UTC)."""

    vitals: Mapping[Measure, float]
    last_taken: Mapping[str, datetime]
    answers: Mapping[str, str]
    driver_reached: bool


def record_gate(staff: Staff, visit_id: int, entry: GateEntry, now: datetime) -> Visit:
    """Keep what was measured and asked before the start; the newest entry of each counts."""
    visit = locked_visit(staff, visit_id)
    must_be(visit, VisitState.ARRIVED)
    protocol = facts_now(visit).protocol
    keep_vitals(visit, entry.vitals, now)
    for rule in protocol.gate.fasting:
        if rule.id in entry.last_taken:
            _keep_last_taken(visit, rule.id, entry.last_taken[rule.id], now)
    for question in asked_before_start(protocol):
        choice = question.choice(entry.answers.get(question.id, ""))
        if choice is not None:
            _keep_answer(visit, question.id, choice.id, now)
    visit.driver_reached_at = now if entry.driver_reached else None
    settle(staff, visit, "gate-entered", now)
    return visit


def asked_before_start(protocol: Protocol) -> tuple[Question, ...]:
    """Return the gate's questions and those of the preparation, which staff may ask in person."""
    at_home = (question for step in protocol.preparation.steps for question in step.questions)
    return (*protocol.gate.questions, *at_home)


def left_to_ask(known: VisitFacts) -> list[Question]:
    """Return what staff ask at the gate: its own questions, and what the patient left open."""
    at_home = {row.question for row in answers_that_count(known) if row.by == "patient"}
    asked = asked_before_start(known.protocol)
    return [question for question in asked if question.id not in at_home]


def gate_flags(visit: Visit, known: VisitFacts, start_at: datetime) -> tuple[Flag, ...]:
    """Return every flag against a start at `start_at`, decided or not, holds first."""
    return flags(visit=known, facts=gate_facts(visit, known), start_at=start_at)


def gate_facts(visit: Visit, known: VisitFacts) -> GateFacts:
    """Return what is known at the gate of a visit."""
    taken = db.session.scalars(select(LastTaken).where(LastTaken.visit_id == visit.id))
    return GateFacts(
        answers={row.question: row.choice for row in answers_that_count(known)},
        last_taken={row.rule: row.at for row in taken},
        vitals=newest_vitals(visit, visit.arrived_at, visit.started_at),
        driver_reachable=visit.driver_reached_at is not None,
        signed_or_demo=known.protocol.is_signed or visit.clinic.is_demo,
    )


def decide_on_holds(
    staff: Staff, visit_id: int, seen: frozenset[str], why: str, now: datetime
) -> Visit:
    """A clinician decides that the infusion may start although these holds stand open.

    `seen`: ids of the holds that the page showed, so that nobody decides on one unseen.
    Refused for anybody else, and for holds that no decision lifts.
    """
    must_be_clinician(staff, "decision_why")
    visit = locked_visit(staff, visit_id)
    must_be(visit, VisitState.ARRIVED)
    decidable = _holds(gate_flags(visit, facts_now(visit), now)) - UNDECIDABLE
    decided = sorted(decidable & seen)
    if not decided:
        raise Refused("There is nothing here to decide on.", "decision_why")
    visit.decided_by, visit.decided_flags = staff.id, decided
    visit.decided_why = needed(why, "decision_why")
    settle(staff, visit, "decided", now, visit.decided_why, flags=decided)
    return visit


def start_infusion(
    staff: Staff, visit_id: int, at: datetime, looked_at: frozenset[str], now: datetime
) -> Visit:
    """Start the infusion (the wait begins), now or at an earlier time that was missed.

    Refused while a hold is undecided or a review flag was not `looked_at`.
    """
    visit = locked_visit(staff, visit_id)
    must_be(visit, VisitState.ARRIVED)
    at = has_happened(at, now, "started_at", visit.arrived_at)
    found = gate_flags(visit, facts_now(visit), at)
    if _holds(found) - (frozenset(visit.decided_flags) - UNDECIDABLE):
        raise Refused("Something still holds this visit. See the list above.", "started_at")
    reviews = {flag.id for flag in found if flag.level is FlagLevel.REVIEW}
    if reviews - looked_at:
        raise Refused("Please look at each point and tick it before the start.", "looked_at")
    move(visit, VisitState.INFUSING)
    visit.started_at = at
    settle(staff, visit, "started", now, reviewed=sorted(reviews))
    return visit


def _holds(found: tuple[Flag, ...]) -> frozenset[str]:
    return frozenset(flag.id for flag in found if flag.level is FlagLevel.HOLD)


def _keep_last_taken(visit: Visit, rule: str, at: datetime, now: datetime) -> None:
    has_happened(at, now, f"taken-{rule}")
    row = db.session.scalars(
        select(LastTaken).where(LastTaken.visit_id == visit.id, LastTaken.rule == rule)
    ).first()
    if row is None:
        row = LastTaken(visit_id=visit.id, rule=rule)
        db.session.add(row)
    row.at = at


def _keep_answer(visit: Visit, question: str, choice: str, now: datetime) -> None:
    row = db.session.scalars(
        select(Answer).where(Answer.visit_id == visit.id, Answer.question == question)
    ).first()
    if row is None:
        row = Answer(visit_id=visit.id, question=question)
        db.session.add(row)
    row.choice, row.at, row.said_at, row.by = choice, now, None, "staff"
