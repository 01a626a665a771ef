"""Undo: a wrong tap is taken back with a reason, and with it the time that it recorded."""

from datetime import datetime

from sqlalchemy import select

from recovery.domain.errors import UnlawfulMove
from recovery.domain.visit import VISIT, VisitState
from recovery.services.ride_moves import gave_back
from recovery.services.visit_moves import already_done, locked_visit, needed, settle
from recovery.store.alerts import Alert
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.visits import Visit

_V = VisitState


def undo(staff: Staff, visit_id: int, wrong: VisitState, why: str, now: datetime) -> Visit:
    """Take back the newest move of a visit, which the page showed as `wrong`.

    `AlreadyDone` when somebody else moved it on, or when there is nothing to take back.
    """
    visit = locked_visit(staff, visit_id)
    if visit.state != wrong.value:
        raise already_done(visit)
    previous = before(visit)
    try:
        VISIT.judge_undo(wrong, previous)
    except UnlawfulMove:
        raise already_done(visit) from None
    why = needed(why, "undo_why")
    _clear(visit, wrong, now)
    visit.state = previous.value
    settle(staff, visit, "undid", now, why, undone=wrong.value, back_to=previous.value)
    return visit


def before(visit: Visit) -> VisitState:
    """Return the state from which a visit came to where it stands, told by its times."""
    ladder = (
        (_V.READY, visit.ready_at),
        (_V.RECOVERING, visit.ended_at),
        (_V.INFUSING, visit.started_at),
        (_V.ARRIVED, visit.arrived_at),
    )
    reached = [state for state, at in ladder if at is not None and state != visit.state]
    return reached[0] if reached else _V.BOOKED


def _clear(visit: Visit, wrong: VisitState, now: datetime) -> None:
    if wrong is _V.ARRIVED:
        visit.arrived_at = None
    elif wrong is _V.INFUSING:
        visit.started_at = visit.last_sedative_at = None
    elif wrong is _V.RECOVERING:
        visit.ended_at, visit.stopped_early = None, False
    elif wrong is _V.READY:
        visit.ready_at = None
    elif wrong is _V.CANCELLED:
        visit.cancelled_at = None
    elif wrong in (_V.DISCHARGED, _V.LEFT, _V.TRANSFERRED):
        _come_back(visit, wrong, now)


def _come_back(visit: Visit, wrong: VisitState, now: datetime) -> None:
    """The patient is here again: the handover did not happen, the alert has no cause."""
    visit.left_at = None
    if wrong is _V.DISCHARGED:
        visit.handed_to = visit.handover_why = ""
        visit.handed_over_at = None
        gave_back(visit)
    if wrong is _V.LEFT:
        key = f"visit:{visit.id}:left-undischarged"
        alert = db.session.scalars(
            select(Alert).where(Alert.clinic_id == visit.clinic_id, Alert.key == key)
        ).first()
        if alert is not None and alert.resolved_at is None:
            alert.resolved_at, alert.resolution = now, "undone"
