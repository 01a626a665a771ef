"""Leaving in another way than by discharge: on their own, or to another place of care."""

from datetime import datetime

from recovery.domain.visit import VisitState
from recovery.services.alerts import raise_alert
from recovery.services.audit import Actor
from recovery.services.visit_moves import has_happened, locked_visit, move, needed, settle
from recovery.store.alerts import AlertLevel
from recovery.store.clinics import Staff
from recovery.store.visits import Visit


def leave_undischarged(staff: Staff, visit_id: int, at: datetime, why: str, now: datetime) -> Visit:
    """Record that the patient left before the discharge: the wait counts from `at`, and an
    alert asks staff to find them."""
    visit = locked_visit(staff, visit_id)
    move(visit, VisitState.LEFT)
    visit.left_at = has_happened(at, now, "gone_at", visit.ended_at or visit.started_at)
    why = needed(why, "gone_why")
    raise_alert(
        visit,
        "left-undischarged",
        now,
        level=AlertLevel.ALERT,
        actor=Actor("staff", staff.id),
    )
    settle(staff, visit, "left", now, why)
    return visit


def transfer(staff: Staff, visit_id: int, at: datetime, why: str, now: datetime) -> Visit:
    """Record that the patient was brought to another place of care, and where."""
    visit = locked_visit(staff, visit_id)
    move(visit, VisitState.TRANSFERRED)
    visit.left_at = has_happened(at, now, "gone_at", visit.ended_at or visit.started_at)
    settle(staff, visit, "transferred", now, needed(why, "gone_why"))
    return visit
