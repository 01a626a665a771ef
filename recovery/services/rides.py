"""Who takes the patient home: named with consent, and taken back at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from recovery.domain.ride import COUNTS, RIDE, RideState, Role
from recovery.domain.visit import GONE, IN_THE_CHAIR, NOT_HAPPENING, VisitState
from recovery.services.alerts import raise_alert
from recovery.services.asked_together import visits_without
from recovery.services.audit import Actor, record
from recovery.services.contact_details import phone_number
from recovery.services.planning import replan
from recovery.services.refusals import NotFound, Refused
from recovery.services.within_reach import (
    consented,
    lock_visits,
    locked_ride,
    ride_for,
    visit_for,
)
from recovery.store.alerts import AlertLevel
from recovery.store.database import db
from recovery.store.patients import Consent, Contact
from recovery.store.rides import Ride
from recovery.store.visits import Visit

LONGEST_NAME = 80
#: Somebody in one of these states fills the role; another is named after they are taken back.
FILLS_THE_ROLE = COUNTS | {RideState.NAMED, RideState.ASKED}


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a patient names, and whether they agree to what this person will be told.

    `for_all`: for all visits that follow in the series too, as far as nobody is named there.
    """

    name: str
    phone: str
    role: Role
    consents: bool
    for_all: bool = False


def name_driver(visit_id: int, named: Named, actor: Actor, now: datetime) -> Ride:
    """Name a driver, backup or companion for a visit, with the patient's consent to tell them.

    `actor` is the patient, or staff who write down what the patient said. The same person again
    is the same ride (a double tap). Raises `Refused` with the field that cannot be taken.
    """
    visit = visit_for(actor, visit_id, lock=not named.for_all)
    visits = [visit]
    if named.for_all:
        visits += visits_without(visit, named.role, FILLS_THE_ROLE)
        lock_visits([one.id for one in visits])
    _must_be_ahead(visit, named.role)
    ride, *_others = [_name(one, named, actor, now) for one in visits]
    replan(visit.patient_id, now)
    db.session.commit()
    return ride


def write_down(visit: Visit, named: Named, actor: Actor, now: datetime) -> Ride:
    """Name somebody for one visit that is locked, as `name_driver` does. Does not commit."""
    _must_be_ahead(visit, named.role)
    return _name(visit, named, actor, now)


def _name(visit: Visit, named: Named, actor: Actor, now: datetime) -> Ride:
    name = " ".join(named.name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise Refused("Please enter a name, with 80 letters at most.", "name")
    phone = _their_phone(visit, named.phone)
    if not named.consents:
        raise Refused("Please say yes to what we may tell this person.", "consents")
    ride = _ride_with(visit, phone) or Ride(clinic_id=visit.clinic_id, visit_id=visit.id)
    if ride.id is None or RideState(ride.state) not in FILLS_THE_ROLE:
        _must_be_free(visit, named.role)
        ride.contact = _contact(visit, ride, name, phone, now)
        ride.role = named.role.value
        db.session.add(ride)
        db.session.flush()
        _give_consent(ride, now)
        record(visit.clinic_id, actor, "named", ride, now, visit.id, role=ride.role)
    return ride


def withdraw_consent(ride_id: int, actor: Actor, now: datetime) -> Ride:
    """Take back the leave to tell somebody: from this commit on they see and hear nothing.

    Their link ends too. Somebody who already took the patient home keeps that in the record.
    Losing an accepted driver while the patient is in the chair is an alert.
    """
    ride = ride_for(actor, ride_id)
    if revoke(ride, actor, now):
        replan(ride.visit.patient_id, now)
    db.session.commit()
    return ride


def withdraw_all_consent(ride_id: int, actor: Actor, now: datetime) -> Ride:
    """Take back the leave to tell somebody of any visit: of this one and of every other."""
    ride = ride_to_show(ride_id, actor)
    rides = rides_with(ride)
    lock_visits([one.visit_id for one in rides])
    revoked = [one for one in rides if revoke(locked_ride(one.id), actor, now)]
    if revoked:
        replan(ride.visit.patient_id, now)
    db.session.commit()
    return ride


def rides_with(ride: Ride) -> Sequence[Ride]:
    """Return all rides of a patient with the person of this one that were not taken back."""
    return db.session.scalars(
        select(Ride)
        .where(Ride.contact_id == ride.contact_id, Ride.id.in_(consented()))
        .order_by(Ride.visit_id, Ride.id)
    ).all()


def revoke(ride: Ride, actor: Actor, now: datetime) -> bool:
    """Take back the leave to tell somebody, of a ride that is locked; says whether there was any.

    The caller plans anew and commits.
    """
    consent = db.session.scalars(
        select(Consent).where(Consent.ride_id == ride.id, Consent.withdrawn_at.is_(None))
    ).first()
    if consent is None:
        return False
    consent.withdrawn_at = now
    counted = RideState(ride.state) in COUNTS
    if RideState.REVOKED in RIDE.may_become(RideState(ride.state)):
        ride.state = RideState.REVOKED.value
    if counted and VisitState(ride.visit.state) in IN_THE_CHAIR and ride.role != Role.COMPANION:
        raise_alert(ride.visit, "driver-taken-back", now, level=AlertLevel.ALERT, ride=ride.id)
    record(ride.clinic_id, actor, "revoked", ride, now, ride.visit_id)
    return True


def told_of(patient_id: int) -> Sequence[Ride]:
    """Return everybody whom a patient lets be told of a visit, the newest visit first."""
    return db.session.scalars(
        select(Ride)
        .join(Visit, Visit.id == Ride.visit_id)
        .where(Visit.patient_id == patient_id, Ride.id.in_(consented()))
        .order_by(Visit.start_at.desc(), Ride.id)
    ).all()


def people_of(visit_id: int, actor: Actor) -> tuple[Visit, Sequence[Ride]]:
    """Return the visit and everybody named for it whom the patient has not taken back."""
    visit = visit_for(actor, visit_id, lock=False)
    rides = db.session.scalars(
        select(Ride).where(Ride.visit_id == visit.id, Ride.id.in_(consented())).order_by(Ride.id)
    )
    order = list(Role)
    return visit, sorted(rides, key=lambda ride: order.index(Role(ride.role)))


def ride_to_show(ride_id: int, actor: Actor) -> Ride:
    """Return a ride of the actor's visits that was not taken back; `NotFound` for any other."""
    chosen = select(Ride).where(Ride.id == ride_id, Ride.id.in_(consented()))
    ride = db.session.scalars(chosen).first()
    if ride is None:
        raise NotFound
    visit_for(actor, ride.visit_id, lock=False)
    return ride


def may_be_named(visit: Visit, role: Role) -> bool:
    """Whether there is still something to do for somebody in this role."""
    over = NOT_HAPPENING if role is Role.COMPANION else NOT_HAPPENING | GONE
    return VisitState(visit.state) not in over


def _must_be_ahead(visit: Visit, role: Role) -> None:
    if not may_be_named(visit, role):
        raise Refused("This visit is over. Please call the clinic.")


def _their_phone(visit: Visit, words: str) -> str:
    phone = phone_number(words, visit.clinic.country)
    if not phone:
        raise Refused("Please enter their phone number.", "phone")
    if phone == visit.patient.phone:
        raise Refused("This is your own number. Another adult must take you home.", "phone")
    return phone


def _must_be_free(visit: Visit, role: Role) -> None:
    filled = select(Ride.id).where(
        Ride.visit_id == visit.id,
        Ride.role == role.value,
        Ride.state.in_([state.value for state in FILLS_THE_ROLE]),
        Ride.id.in_(consented()),
    )
    if db.session.scalars(filled).first() is not None:
        raise Refused("You named somebody for this already. Remove them first.", "role")


def _ride_with(visit: Visit, phone: str) -> Ride | None:
    """Find who has this number already; somebody taken back is a stranger again."""
    return db.session.scalars(
        select(Ride)
        .join(Contact, Contact.id == Ride.contact_id)
        .where(Ride.visit_id == visit.id, Contact.phone == phone, Ride.id.in_(consented()))
    ).first()


def _contact(visit: Visit, ride: Ride, name: str, phone: str, now: datetime) -> Contact:
    """The same person drives to every visit of a series; a ride taken back is not brought back."""
    used = select(Ride.contact_id).where(Ride.visit_id == visit.id, Ride.id != (ride.id or 0))
    contact = db.session.scalars(
        select(Contact)
        .where(
            Contact.patient_id == visit.patient_id,
            Contact.phone == phone,
            Contact.id.not_in(used),
        )
        .order_by(Contact.id.desc())
    ).first()
    if contact is None:
        contact = Contact(
            clinic_id=visit.clinic_id,
            patient_id=visit.patient_id,
            phone=phone,
            language=visit.patient.language,
            created_at=now,
        )
    contact.name = name
    return contact


def _give_consent(ride: Ride, now: datetime) -> None:
    given = select(Consent.id).where(Consent.ride_id == ride.id, Consent.withdrawn_at.is_(None))
    if db.session.scalar(given) is None:
        db.session.add(Consent(ride_id=ride.id, given_at=now))
