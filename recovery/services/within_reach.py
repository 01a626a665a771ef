"""What an actor may touch: own visits and rides. Everything else is simply not found."""

from collections.abc import Iterable

from sqlalchemy import Select, select

from recovery.domain.ride import COUNTS, RideState
from recovery.services.audit import Actor
from recovery.services.refusals import NotFound
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.patients import Consent
from recovery.store.rides import Ride
from recovery.store.visits import Visit


def visit_for(actor: Actor, visit_id: int, *, lock: bool = True) -> Visit:
    """Return a visit of this patient, of this driver who counts, or of this staff's clinic.

    Locked, unless it is only to be shown. Raises `NotFound` for any other.
    """
    chosen = select(Visit).where(Visit.id == visit_id)
    if actor.kind == "patient":
        chosen = chosen.where(Visit.patient_id == actor.id)
    elif actor.kind == "driver":
        chosen = chosen.where(Visit.id.in_(_driven_by(actor.id)))
    else:
        clinic = select(Staff.clinic_id).where(Staff.id == actor.id)
        chosen = chosen.where(Visit.clinic_id.in_(clinic))
    if lock:
        chosen = chosen.with_for_update(of=Visit, key_share=True).execution_options(
            populate_existing=True
        )
    visit = db.session.scalars(chosen).first()
    if visit is None:
        raise NotFound
    return visit


def ride_for(actor: Actor, ride_id: int) -> Ride:
    """Return a ride of the actor's visits, locked after its visit; a driver's own ones only.

    A ride that the driver withdrew from is still theirs, so that a second tap gets the same
    answer; one without the patient's consent is nobody's but patient's and staff's.
    """
    chosen = select(Ride.visit_id).where(Ride.id == ride_id)
    if actor.kind == "driver":
        chosen = chosen.where(Ride.contact_id == actor.id, Ride.id.in_(consented()))
    visit_id = db.session.scalar(chosen)
    if visit_id is None:
        raise NotFound
    if actor.kind == "driver":
        lock_visit(visit_id)
    else:
        visit_for(actor, visit_id)
    ride = locked_ride(ride_id)
    if actor.kind == "driver" and RideState(ride.state) not in COUNTS | {RideState.WITHDRAWN}:
        raise NotFound
    return ride


def lock_visit(visit_id: int) -> None:
    """Let nobody else change what belongs to this visit before the end of the transaction, and
    see it as it stands now."""
    db.session.scalars(
        select(Visit)
        .where(Visit.id == visit_id)
        .with_for_update(of=Visit, key_share=True)
        .execution_options(populate_existing=True)
    ).first()


def lock_visits(visit_ids: Iterable[int]) -> None:
    """Lock several visits as `lock_visit` does, in the order that all who do so keep."""
    db.session.scalars(
        select(Visit)
        .where(Visit.id.in_(list(visit_ids)))
        .order_by(Visit.id)
        .with_for_update(of=Visit, key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def locked_ride(ride_id: int) -> Ride:
    """Return a ride as it stands now, locked; lock its visit first."""
    return db.session.scalars(
        select(Ride)
        .where(Ride.id == ride_id)
        .with_for_update(of=Ride, key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def consented() -> Select[int]:
    """Select the ids of rides whose driver the patient lets be told."""
    return select(Consent.ride_id).where(Consent.withdrawn_at.is_(None))


def _driven_by(contact_id: int | None) -> Select[int]:
    return select(Ride.visit_id).where(
        Ride.contact_id == contact_id,
        Ride.state.in_([state.value for state in COUNTS]),
        Ride.id.in_(consented()),
    )
