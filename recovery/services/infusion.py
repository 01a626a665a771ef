"""The infusion: its end, what else was given, and times that were entered wrong."""

from dataclasses import dataclass
from datetime import datetime

from recovery.domain.visit import GONE, IN_THE_CHAIR, VisitState
from recovery.services.refusals import Refused
from recovery.services.visit_moves import (
    has_happened,
    locked_visit,
    move,
    must_be,
    needed,
    settle,
)
from recovery.store.clinics import Staff
from recovery.store.visits import Visit


def end_infusion(
    staff: Staff, visit_id: int, at: datetime, now: datetime, *, stopped_early: bool = False
) -> Visit:
    """Record the end of the infusion at `at`, perhaps entered late; to come is refused."""
    visit = locked_visit(staff, visit_id)
    move(visit, VisitState.RECOVERING)
    visit.ended_at = has_happened(at, now, "ended_at", visit.started_at)
    visit.stopped_early = stopped_early
    settle(staff, visit, "stopped-early" if stopped_early else "ended", now)
    return visit


def give_sedative(staff: Staff, visit_id: int, at: datetime, now: datetime) -> Visit:
    """Record that another sedative was given here: the wait counts from the last one."""
    visit = locked_visit(staff, visit_id)
    must_be(visit, VisitState.INFUSING, VisitState.RECOVERING, VisitState.READY)
    at = has_happened(at, now, "sedative_at", visit.started_at)
    visit.last_sedative_at = max(at, visit.last_sedative_at or at)
    settle(staff, visit, "sedative-given", now)
    return visit


def make_ready(staff: Staff, visit_id: int, now: datetime) -> Visit:
    """Say that the patient is ready for pick-up: the driver is told."""
    visit = locked_visit(staff, visit_id)
    move(visit, VisitState.READY)
    visit.ready_at = now
    settle(staff, visit, "ready", now)
    return visit


@dataclass(frozen=True, slots=True)
class Times:
    """Corrected times (UTC); None leaves a time as it is."""

    started_at: datetime | None = None
    ended_at: datetime | None = None
    left_at: datetime | None = None


def correct_times(staff: Staff, visit_id: int, times: Times, why: str, now: datetime) -> Visit:
    """Put wrong times right, also after the discharge; the wait and its notices follow.

    Only a time that was recorded can be corrected, and their order must hold.
    """
    visit = locked_visit(staff, visit_id)
    must_be(visit, *IN_THE_CHAIR, *GONE)
    before = visit.arrived_at
    changed: list[str] = []
    for name in ("started_at", "ended_at", "left_at"):
        wanted, recorded = getattr(times, name), getattr(visit, name)
        if wanted is not None and wanted != recorded:
            if recorded is None:
                raise Refused("This time was not recorded yet.", name)
            setattr(visit, name, wanted)
            changed.append(name)
        current = getattr(visit, name)
        if current is not None:
            before = has_happened(current, now, name, before)
            setattr(visit, name, before)
    if not changed:
        raise Refused("Please change a time first.", "started_at")
    settle(staff, visit, "corrected", now, needed(why, "correct_why"), times=changed)
    return visit
