"""Arrival: the patient is here."""

from datetime import datetime

from recovery.domain.visit import VisitState
from recovery.services.visit_moves import locked_visit, move, settle
from recovery.store.clinics import Staff
from recovery.store.visits import Visit


def arrive(staff: Staff, visit_id: int, now: datetime) -> Visit:
    """Say that the patient has arrived; from here on they get no push until they leave."""
    visit = locked_visit(staff, visit_id)
    move(visit, VisitState.ARRIVED)
    visit.arrived_at = now
    settle(staff, visit, "arrived", now)
    return visit
