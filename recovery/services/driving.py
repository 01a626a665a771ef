"""What a driver, backup or companion who said yes sees and does."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from recovery.domain.homecoming import home_is_asked_of_backup, tells_staff_who_stands_in
from recovery.domain.ride import COUNTS, RIDE, RideState, Role
from recovery.domain.visit import GONE, IN_THE_CHAIR, VisitState
from recovery.services.alerts import raise_alert
from recovery.services.audit import Actor, record
from recovery.services.facts import course_of, facts_of
from recovery.services.planning import replan
from recovery.services.refusals import NotFound, Refused
from recovery.services.within_reach import consented, ride_for
from recovery.store.alerts import AlertLevel
from recovery.store.database import db
from recovery.store.patients import Contact
from recovery.store.rides import Ride
from recovery.store.visits import Visit

COUNTING = [state.value for state in COUNTS]


def rides_of(contact: Contact) -> Sequence[Ride]:
    """Return the rides somebody said yes to and may be told about, the next visit first."""
    return db.session.scalars(
        select(Ride)
        .join(Visit, Visit.id == Ride.visit_id)
        .where(Ride.contact_id == contact.id, Ride.state.in_(COUNTING), Ride.id.in_(consented()))
        .order_by(Visit.start_at, Ride.id)
    ).all()


def ride_of(contact: Contact, ride_id: int) -> Ride:
    """Return one of them to show; `NotFound` for any other, as if it had never been."""
    ride = db.session.scalars(
        select(Ride)
        .where(
            Ride.id == ride_id,
            Ride.contact_id == contact.id,
            Ride.state.in_(COUNTING),
            Ride.id.in_(consented()),
        )
        .options(
            joinedload(Ride.visit).options(
                joinedload(Visit.clinic),
                joinedload(Visit.patient),
                joinedload(Visit.protocol_version),
            )
        )
    ).first()
    if ride is None:
        raise NotFound
    return ride


def say_coming(contact: Contact, ride_id: int, now: datetime) -> Ride:
    """Answer “are you still coming?” with yes, or say yes to a new time; staff see when."""
    ride = _counting(contact, ride_id)
    ride.coming_at = now
    return _settle(ride, "coming", now)


def say_set_out(contact: Contact, ride_id: int, now: datetime) -> Ride:
    """Say “I am on my way”; staff see it on the board. The first time counts."""
    ride = _on_the_day(contact, ride_id)
    if ride.set_out_at is not None:
        return ride
    ride.set_out_at = now
    return _settle(ride, "set-out", now)


def say_here(contact: Contact, ride_id: int, now: datetime) -> Ride:
    """Say “I am here”: parked, or at the door. The first time counts."""
    ride = _on_the_day(contact, ride_id)
    if ride.here_at is not None:
        return ride
    ride.here_at = now
    return _settle(ride, "here", now)


def look_in(contact: Contact, ride_id: int, now: datetime) -> Ride:
    """Say that the patient is awake and can talk; what the patient did not answer stays open."""
    ride = _counting(contact, ride_id)
    if VisitState(ride.visit.state) not in GONE:
        raise Refused("The visit is not over yet. Please call the clinic.")
    ride.looked_in_at = now
    return _settle(ride, "looked-in", now)


def come_home(contact: Contact, ride_id: int, now: datetime) -> Ride:
    """Say that the patient is home and safe; the first time counts.

    When the patient has left and nobody recorded the handover, the driver's word says that
    they took them. A backup who was asked, because the driver said nothing, speaks for them.
    """
    ride = _counting(contact, ride_id)
    if RideState(ride.state) is RideState.HOME:
        return ride
    if VisitState(ride.visit.state) not in GONE or ride.role == Role.COMPANION:
        raise Refused("The visit is not over yet. Please call the clinic.")
    took = _who_took(ride)
    if took is not None and took.id != ride.id:
        return _speak_for(took, ride, now)
    if RideState(ride.state) is RideState.ACCEPTED:
        RIDE.judge(RideState.ACCEPTED, RideState.TOOK)
        ride.state, ride.took_at = RideState.TOOK.value, ride.visit.left_at
    return _home(ride, ride, now)


def withdraw_ride(contact: Contact, ride_id: int, now: datetime) -> Ride:
    """Take the yes back, at any time: nobody will be cross, and everybody knows at once.

    While the patient is at the clinic, or on the way with this driver, it is an alert.
    """
    ride = ride_for(Actor("driver", contact.id), ride_id)
    if RideState(ride.state) is RideState.WITHDRAWN:
        return ride
    RIDE.judge(RideState(ride.state), RideState.WITHDRAWN)
    ride.state, ride.withdrawn_at = RideState.WITHDRAWN.value, now
    _tell_staff(ride, now)
    return _settle(ride, "withdrew", now)


def _tell_staff(ride: Ride, now: datetime) -> None:
    """Before the day the plan's own notices tell staff, as far as the protocol has them."""
    db.session.flush()
    facts = next(v for v in course_of(ride.visit.patient_id) if v.id == ride.visit_id)
    urgent = facts.state in IN_THE_CHAIR or ride.took_at is not None
    stands_in = facts.driver is not None and not tells_staff_who_stands_in(facts.protocol)
    if urgent or stands_in or ride.role == Role.COMPANION:
        raise_alert(
            ride.visit,
            "driver-withdrew",
            now,
            level=AlertLevel.ALERT if urgent else AlertLevel.TASK,
            key=f"visit:{ride.visit_id}:driver-withdrew:{ride.id}",
            actor=Actor("driver", ride.contact_id),
            ride=ride.id,
        )


def _who_took(ride: Ride) -> Ride | None:
    """Return, locked, the ride on which the patient of this visit went home."""
    return db.session.scalars(
        select(Ride)
        .where(
            Ride.visit_id == ride.visit_id,
            Ride.state.in_([RideState.TOOK.value, RideState.HOME.value]),
            Ride.id.in_(consented()),
        )
        .order_by(Ride.id)
        .with_for_update(of=Ride, key_share=True)
    ).first()


def _speak_for(took: Ride, ride: Ride, now: datetime) -> Ride:
    """Only who took the patient knows when they are home, unless a backup was asked instead."""
    if RideState(took.state) is RideState.HOME:
        return ride
    visit = facts_of([ride.visit])[0]
    if ride.role != Role.BACKUP or not home_is_asked_of_backup(visit, now):
        raise Refused("Somebody else took the patient home. Please call the clinic.")
    _home(took, ride, now)
    return ride


def _home(ride: Ride, said_by: Ride, now: datetime) -> Ride:
    RIDE.judge(RideState(ride.state), RideState.HOME)
    ride.state, ride.home_at, ride.home_said_by = RideState.HOME.value, now, said_by.id
    replan(ride.visit.patient_id, now)
    who = Actor("driver", said_by.contact_id)
    record(ride.clinic_id, who, "home", ride, now, ride.visit_id)
    db.session.commit()
    return ride


def _on_the_day(contact: Contact, ride_id: int) -> Ride:
    """A ride whose patient is at the clinic; only then is being on the way worth a word."""
    ride = _counting(contact, ride_id)
    if VisitState(ride.visit.state) not in IN_THE_CHAIR or ride.role == Role.COMPANION:
        raise Refused("This is not the time to come. Please call the clinic if you are not sure.")
    return ride


def _counting(contact: Contact, ride_id: int) -> Ride:
    ride = ride_for(Actor("driver", contact.id), ride_id)
    if RideState(ride.state) not in COUNTS:
        raise NotFound
    return ride


def _settle(ride: Ride, verb: str, now: datetime) -> Ride:
    replan(ride.visit.patient_id, now)
    record(ride.clinic_id, Actor("driver", ride.contact_id), verb, ride, now, ride.visit_id)
    db.session.commit()
    return ride
