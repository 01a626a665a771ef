"""The short code at the door: the driver shows it, staff check it, the record names who."""

from datetime import datetime
from secrets import compare_digest
from unicodedata import decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from recovery.domain.ride import RIDE, RideState, Role
from recovery.domain.times import local_day
from recovery.domain.visit import VisitState
from recovery.services.audit import Actor, record
from recovery.services.planning import replan
from recovery.services.refusals import Refused, TooManyTries
from recovery.services.visit_moves import locked_visit, must_be
from recovery.services.within_reach import consented
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.rides import Ride
from recovery.store.visits import Visit

#: Wrong tries for one visit; after them only a handover by name and with a reason (phone.md).
TRIES = 5
AT_THE_DOOR = (VisitState.RECOVERING, VisitState.READY)


def code_for(ride: Ride, now: datetime) -> str | None:
    """Return the six digits to show on this driver's page; None while there is no use for them.

    Only on the day of the visit, from the end of the infusion until the handover.
    """
    at_the_door = VisitState(ride.visit.state) in AT_THE_DOOR
    waits = ride.state == RideState.ACCEPTED and ride.role != Role.COMPANION
    return ride.code if at_the_door and waits and _is_the_day(ride.visit, now) else None


def check_code(staff: Staff, visit_id: int, code: str, now: datetime) -> Ride:
    """Hand the patient over to the driver whose code this is, and return their ride.

    Raises `Refused` for a wrong code, `TooManyTries` after five of them (then
    `discharge.hand_over` is the way, with a name and a reason). Commits either way.
    """
    visit = locked_visit(staff, visit_id)
    must_be(visit, *AT_THE_DOOR)
    rides = _rides_with_a_code(visit)
    digits = "".join(str(decimal(letter)) for letter in code if letter.isdecimal())
    if not _is_the_day(visit, now):
        raise Refused("A code is good on the day of the visit only.", "code")
    if not rides:
        raise Refused("No driver has said yes for this visit.", "code")
    if max(ride.code_tries for ride in rides) >= TRIES:
        raise TooManyTries("Five wrong codes. Hand over by name, with a reason.", "code")
    found = next((ride for ride in rides if compare_digest(ride.code, digits)), None)
    if found is None:
        _count_wrong_try(rides, staff, now)
        raise Refused("This is not the code of this visit’s driver.", "code")
    _take(found, visit, now)
    replan(visit.patient_id, now)
    record(visit.clinic_id, Actor("staff", staff.id), "handed-over", found, now, visit.id)
    db.session.commit()
    return found


def _take(ride: Ride, visit: Visit, now: datetime) -> None:
    if RideState(ride.state) is RideState.ACCEPTED:
        RIDE.judge(RideState.ACCEPTED, RideState.TOOK)
        ride.state, ride.took_at = RideState.TOOK.value, now
    visit.handed_over_at = visit.handed_over_at or now
    visit.handed_to = visit.handover_why = ""


def _count_wrong_try(rides: list[Ride], staff: Staff, now: datetime) -> None:
    for ride in rides:
        ride.code_tries += 1
    record(rides[0].clinic_id, Actor("staff", staff.id), "wrong-code", rides[0], now)
    db.session.commit()


def _rides_with_a_code(visit: Visit) -> list[Ride]:
    rides = db.session.scalars(
        select(Ride)
        .where(
            Ride.visit_id == visit.id,
            Ride.state.in_([RideState.ACCEPTED.value, RideState.TOOK.value]),
            Ride.role != Role.COMPANION.value,
            Ride.code != "",
            Ride.id.in_(consented()),
        )
        .order_by(Ride.id)
        .with_for_update(of=Ride, key_share=True)
        .execution_options(populate_existing=True)
    )
    return list(rides)


def _is_the_day(visit: Visit, now: datetime) -> bool:
    zone = ZoneInfo(visit.clinic.zone)
    return local_day(visit.started_at or visit.start_at, zone) == local_day(now, zone)
