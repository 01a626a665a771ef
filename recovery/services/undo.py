"""Undo: a wrong tap is taken back with a reason, and with it the time that it recorded."""

from datetime import datetime

from sqlalchemy import delete, select

from recovery.domain.errors import UnlawfulMove
from recovery.domain.visit import VISIT, VisitState
from recovery.services.ride_moves import gave_back
from recovery.services.sheets import take_sheets_back
from recovery.services.visit_moves import already_done, locked_visit, needed, settle
from recovery.store.alerts import Alert
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.visits import Answer, LastTaken, Visit

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
        _forget_the_gate(visit)
    elif wrong is _V.INFUSING:
        visit.started_at = visit.last_sedative_at = None
    elif wrong is _V.RECOVERING:
        visit.ended_at, visit.stopped_early = None, False
        visit.spo2_as_before = False
        _take_handover_back(visit)
    elif wrong is _V.READY:
        visit.ready_at = None
    elif wrong is _V.CANCELLED:
        visit.cancelled_at = None
    elif wrong in (_V.DISCHARGED, _V.LEFT, _V.TRANSFERRED):
        _come_back(visit, wrong, now)


def _forget_the_gate(visit: Visit) -> None:
    """What was asked and decided at the gate was true of that arrival; the next may be another
    day. What the patient answered at home stays."""
    visit.decided_by, visit.decided_why, visit.decided_flags = None, "", []
    visit.driver_reached_at = None
    db.session.execute(delete(LastTaken).where(LastTaken.visit_id == visit.id))
    asked_here = (Answer.visit_id == visit.id, Answer.by == "staff")
    db.session.execute(delete(Answer).where(*asked_here))


def _take_handover_back(visit: Visit) -> None:
    visit.handed_to = visit.handover_why = ""
    visit.handed_over_at = None
    gave_back(visit)


def _come_back(visit: Visit, wrong: VisitState, now: datetime) -> None:
    """The patient is here again: the handover did not happen, the alert has no cause."""
    visit.left_at = None
    take_sheets_back(visit)
    if wrong is _V.DISCHARGED:
        _take_handover_back(visit)
    if wrong is _V.LEFT:
        key = f"visit:{visit.id}:left-undischarged"
        alert = db.session.scalars(
            select(Alert).where(Alert.clinic_id == visit.clinic_id, Alert.key == key)
        ).first()
        if alert is not None and alert.resolved_at is None:
            alert.resolved_at, alert.resolution = now, "undone"
