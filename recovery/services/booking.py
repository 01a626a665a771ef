"""Booking: a visit is made, moved to another time, cancelled, or nobody came."""

from datetime import datetime, timedelta

from sqlalchemy import select

from recovery.domain.visit import NOT_HAPPENING, VisitState
from recovery.services.patients import own_patient
from recovery.services.protocols import own_version
from recovery.services.refusals import Conflict, Refused
from recovery.services.visit_moves import locked_visit, move, must_be, needed, settle
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.visits import Visit

#: Nobody books further ahead; a typed year 20260 is a slip.
FURTHEST = timedelta(days=2 * 366)


def book_visit(
    staff: Staff, patient_id: int, protocol_version_id: int, start_at: datetime, now: datetime
) -> Visit:
    """Book one visit at `start_at` (UTC), pinned to a protocol version of the clinic.

    NotFound for another clinic's patient or version; Refused for a time that has passed;
    Conflict when the patient already has a visit at that time (a second tap).
    """
    patient = own_patient(staff, patient_id, lock=True)
    version = own_version(staff, protocol_version_id)
    must_be_possible(start_at, now)
    _must_be_free(patient.id, start_at)
    visit = Visit(
        clinic_id=staff.clinic_id,
        patient_id=patient.id,
        protocol_version_id=version.id,
        start_at=start_at,
        booked_at=now,
    )
    db.session.add(visit)
    db.session.flush()
    settle(staff, visit, "booked", now)
    return visit


def move_visit(staff: Staff, visit_id: int, start_at: datetime, now: datetime) -> Visit:
    """Move a booked visit to another time (UTC); notices that were seen get a correction."""
    visit = locked_visit(staff, visit_id)
    must_be(visit, VisitState.BOOKED)
    must_be_possible(start_at, now)
    if start_at != visit.start_at:
        _must_be_free(visit.patient_id, start_at)
        visit.start_at, visit.moved_at = start_at, now
    settle(staff, visit, "moved", now)
    return visit


def cancel_visit(staff: Staff, visit_id: int, why: str, now: datetime) -> Visit:
    """Cancel a visit that has not started, with a reason."""
    visit = locked_visit(staff, visit_id)
    move(visit, VisitState.CANCELLED)
    visit.cancelled_at = now
    settle(staff, visit, "cancelled", now, needed(why, "cancel_why"))
    return visit


def record_no_show(staff: Staff, visit_id: int, now: datetime) -> Visit:
    """Say that the patient did not come; refused before the visit's time."""
    visit = locked_visit(staff, visit_id)
    move(visit, VisitState.NO_SHOW)
    if now < visit.start_at:
        raise Refused("The visit’s time has not come yet. You can cancel it instead.", "")
    settle(staff, visit, "no-show", now)
    return visit


def must_be_possible(start_at: datetime, now: datetime) -> None:
    """Refuse a start (UTC) that has passed or lies further ahead than anybody books."""
    if start_at < now:
        raise Refused("This time has passed. Choose a time to come.", "start")
    if start_at > now + FURTHEST:
        raise Refused("This is more than two years ahead. Please check the date.", "start")


def _must_be_free(patient_id: int, start_at: datetime) -> None:
    same = select(Visit.id).where(
        Visit.patient_id == patient_id,
        Visit.start_at == start_at,
        Visit.state.not_in([state.value for state in NOT_HAPPENING]),
    )
    if db.session.scalar(same) is not None:
        raise Conflict("This patient already has a visit at this time.", "start")
