"""Discharge: scores, the checklist, the handover, and going home when nothing is missing."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, func, select

from recovery.domain.discharge import DischargeFacts, Missing, Need, Reading, missing
from recovery.domain.protocol.day import Measure
from recovery.domain.visit import VisitFacts, VisitState
from recovery.services.refusals import Refused
from recovery.services.ride_moves import took_home
from recovery.services.visit_moves import (
    facts_now,
    has_happened,
    locked_visit,
    move,
    must_be,
    needed,
    settle,
)
from recovery.services.vitals import keep_vitals, newest_vitals
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.visits import CheckDone, ScoreReading, Visit

BEFORE_LEAVING = (VisitState.RECOVERING, VisitState.READY)


def add_reading(
    staff: Staff, visit_id: int, points: Mapping[str, int], at: datetime, now: datetime
) -> Visit:
    """Keep one scoring; every item of the protocol must be given 0, 1 or 2."""
    visit = locked_visit(staff, visit_id)
    must_be(visit, *BEFORE_LEAVING)
    at = has_happened(at, now, "reading_at", visit.ended_at)
    rule = facts_now(visit).protocol.discharge
    for item in rule.items:
        if points.get(item.id) not in (0, 1, 2):
            raise Refused("Please choose one for each line.", f"points-{item.id}")
    chosen = {item.id: points[item.id] for item in rule.items}
    db.session.add(ScoreReading(visit_id=visit.id, at=at, points=chosen))
    settle(staff, visit, "scored", now, total=sum(chosen.values()))
    return visit


def record_checks(
    staff: Staff,
    visit_id: int,
    checks: frozenset[str],
    spo2: float | None,
    now: datetime,
    *,
    spo2_as_before: bool = False,
) -> Visit:
    """Keep which lines of the checklist are true now, and the oxygen (%)."""
    visit = locked_visit(staff, visit_id)
    must_be(visit, *BEFORE_LEAVING)
    known = {check.id for check in facts_now(visit).protocol.discharge.checks}
    db.session.execute(delete(CheckDone).where(CheckDone.visit_id == visit.id))
    db.session.add_all(
        CheckDone(visit_id=visit.id, check=check, at=now) for check in sorted(checks & known)
    )
    if spo2 is not None:
        keep_vitals(visit, {Measure.SPO2: spo2}, now)
    visit.spo2_as_before = spo2_as_before
    settle(staff, visit, "checked", now, checks=sorted(checks & known))
    return visit


def hand_over(staff: Staff, visit_id: int, to_whom: str, why: str, now: datetime) -> Visit:
    """Log that staff bring the patient to the car of a named person, without a code.

    Also the way on when a code was tried too often; both the name and the reason stay.
    """
    visit = locked_visit(staff, visit_id)
    must_be(visit, *BEFORE_LEAVING)
    visit.handed_to = needed(to_whom, "handed_to")
    visit.handover_why = needed(why, "handover_why")
    visit.handed_over_at = now
    settle(staff, visit, "handed-over", now, visit.handover_why)
    return visit


def still_missing(visit: Visit, known: VisitFacts, now: datetime) -> tuple[Missing, ...]:
    """Return what keeps the patient here; empty = may go."""
    return missing(known, discharge_facts(visit), now)


def discharge_facts(visit: Visit) -> DischargeFacts:
    """Return what is known at the door. Only what was found since the infusion ended counts."""
    readings = db.session.scalars(
        select(ScoreReading).where(ScoreReading.visit_id == visit.id).order_by(ScoreReading.at)
    )
    since = visit.ended_at
    checks = select(CheckDone.check).where(CheckDone.visit_id == visit.id)
    if since is not None:
        checks = checks.where(CheckDone.at >= since)
    return DischargeFacts(
        readings=[
            Reading(row.at, row.points) for row in readings if since is None or row.at >= since
        ],
        checks=frozenset(db.session.scalars(checks)),
        spo2=newest_vitals(visit, since).get(Measure.SPO2) if since else None,
        spo2_as_before=visit.spo2_as_before,
        handed_over=visit.handed_over_at is not None,
    )


def _must_follow_the_readings(visit: Visit, at: datetime) -> None:
    """Nobody is scored after they went: an earlier time would shorten the wait."""
    last = select(func.max(ScoreReading.at)).where(ScoreReading.visit_id == visit.id)
    scored = db.session.scalar(last)
    if scored is not None and at < scored.replace(second=0, microsecond=0):
        raise Refused("The patient was still scored here after this time.", "left_at")


def discharge(staff: Staff, visit_id: int, at: datetime, now: datetime) -> Visit:
    """Let the patient go home: the wait's earliest end is known from here on.

    `at` may be earlier when it is entered late. Refused while anything is missing.
    """
    visit = locked_visit(staff, visit_id)
    must_be(visit, *BEFORE_LEAVING)
    at = has_happened(at, now, "left_at", visit.ended_at)
    _must_follow_the_readings(visit, at)
    lacking = still_missing(visit, facts_now(visit), at)
    if lacking:
        field = "code" if lacking[0].need is Need.HANDOVER else "left_at"
        raise Refused("Something is still missing. See the list above.", field)
    move(visit, VisitState.DISCHARGED)
    visit.left_at = at
    if visit.handed_over_at is not None:
        took_home(visit, now)
    settle(staff, visit, "discharged", now)
    return visit
