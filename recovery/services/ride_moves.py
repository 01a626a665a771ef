"""How a visit's discharge, and its undoing, moves the ride that goes with it."""

from datetime import datetime

from sqlalchemy import select

from recovery.domain.ride import RIDE, RideState, Role
from recovery.store.database import db
from recovery.store.rides import Ride
from recovery.store.visits import Visit


def took_home(visit: Visit, now: datetime) -> None:
    """Say that the driver who counts took the patient, unless a code said who did. Does not
    commit."""
    ride = _driver(visit, RideState.ACCEPTED)
    if ride is not None and _driver(visit, RideState.TOOK) is None:
        RIDE.judge(RideState(ride.state), RideState.TOOK)
        ride.state, ride.took_at = RideState.TOOK.value, now


def gave_back(visit: Visit) -> None:
    """Undo `took_home`: the driver still waits. Does not commit."""
    ride = _driver(visit, RideState.TOOK)
    if ride is not None:
        RIDE.judge_undo(RideState(ride.state), RideState.ACCEPTED)
        ride.state, ride.took_at = RideState.ACCEPTED.value, None


def _driver(visit: Visit, state: RideState) -> Ride | None:
    rides = db.session.scalars(
        select(Ride)
        .where(
            Ride.visit_id == visit.id,
            Ride.state == state.value,
            Ride.role != Role.COMPANION.value,
        )
        .order_by(Ride.id)
        .with_for_update(of=Ride, key_share=True)
    ).all()
    return min(rides, key=lambda ride: ride.role == Role.BACKUP.value, default=None)
