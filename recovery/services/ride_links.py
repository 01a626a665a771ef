"""Personal links to drivers: made, opened, ended. Opening one changes nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from recovery.domain.ride import COUNTS, RIDE, RideState, Role
from recovery.domain.visit import GONE, NOT_HAPPENING, VisitState
from recovery.services.asked_together import asked_too
from recovery.services.audit import Actor, record
from recovery.services.planning import replan
from recovery.services.refusals import LinkEnded, NotFound, Refused
from recovery.services.sign_in import hashed, new_token
from recovery.services.within_reach import consented, ride_for
from recovery.store.clinics import Clinic
from recovery.store.database import db
from recovery.store.patients import Consent
from recovery.store.rides import EndedLink, Ride

#: A link works until a day after the visit was to start.
OUTLIVES_THE_START = timedelta(days=1)


class RideLinkEnded(LinkEnded):
    """The link expired, was taken back or never was; `clinic` is whom to call, if known."""

    def __init__(self, clinic: Clinic | None) -> None:
        super().__init__()
        self.clinic = clinic


@dataclass(frozen=True, slots=True)
class RideLink:
    """A fresh link: the token is shown once and only its hash is kept."""

    ride: Ride
    token: str
    ends_at: datetime


def ride_link(ride_id: int, actor: Actor, now: datetime) -> RideLink:
    """Make a link for somebody named, in place of the last one, which ends at once.

    Its page asks for the other visits too for which this person was named. Somebody who already
    said yes gets one to go on in another browser. Raises `Refused`
    when the visit is over, `NotFound` for a ride that was taken back.
    """
    ride = ride_for(actor, ride_id)
    if not _is_consented(ride):
        raise NotFound
    ends_at = ride.visit.start_at + OUTLIVES_THE_START
    if now >= ends_at or not _leads_somewhere(ride):
        raise Refused("This visit is over. Please call the clinic.")
    token = new_token()
    if ride.link_hash is not None:
        db.session.add(EndedLink(link_hash=ride.link_hash, clinic_id=ride.clinic_id))
    ride.link_hash, ride.link_ends_at, ride.link_used_at = hashed(token), ends_at, None
    if RideState(ride.state) not in COUNTS:
        if ride.state != RideState.ASKED:
            RIDE.judge(RideState(ride.state), RideState.ASKED)
        ride.state, ride.asked_at = RideState.ASKED.value, now
    asked = [ride, *(other for other in asked_too(ride, now) if other.state == RideState.NAMED)]
    for other in asked[1:]:
        other.state, other.asked_at = RideState.ASKED.value, now
    replan(ride.visit.patient_id, now)
    for one in asked:
        record(ride.clinic_id, actor, "asked", one, now, one.visit_id)
    db.session.commit()
    return RideLink(ride, token, ends_at)


def hand_on(ride: Ride, to: Ride) -> None:
    """Let a link lead to another ride of the same person that its page asked for. Does not
    commit."""
    if to.link_hash is not None:
        db.session.add(EndedLink(link_hash=to.link_hash, clinic_id=to.clinic_id))
    link_hash, ride.link_hash = ride.link_hash, None
    db.session.flush()
    to.link_hash, to.link_ends_at = link_hash, to.visit.start_at + OUTLIVES_THE_START


def find_by_link(token: str, now: datetime) -> Ride:
    """Return the ride behind a link. Raises `RideLinkEnded`, the same whatever ended it."""
    ride = db.session.scalars(select(Ride).where(Ride.link_hash == hashed(token))).first()
    if ride is None:
        raise RideLinkEnded(_clinic_of_ended(token) or _only_clinic())
    must_be_open(ride, now)
    return ride


def must_be_open(ride: Ride, now: datetime) -> None:
    """Raise `RideLinkEnded` when the ride's link no longer leads anywhere.

    A visit that was moved to a later day takes its links along.
    """
    until = max(ride.link_ends_at or now, ride.visit.start_at + OUTLIVES_THE_START)
    if now >= until or not _is_consented(ride) or not _leads_somewhere(ride):
        raise RideLinkEnded(ride.visit.clinic)


def _leads_somewhere(ride: Ride) -> bool:
    state = VisitState(ride.visit.state)
    if ride.state == RideState.REVOKED or state in NOT_HAPPENING:
        return False
    late = state in GONE and RideState(ride.state) not in COUNTS
    return not late or ride.role == Role.COMPANION


def _is_consented(ride: Ride) -> bool:
    return db.session.scalar(consented().where(Consent.ride_id == ride.id)) is not None


def _clinic_of_ended(token: str) -> Clinic | None:
    """A link that a newer one replaced still says whom to call."""
    chosen = select(Clinic).join(EndedLink, EndedLink.clinic_id == Clinic.id)
    return db.session.scalars(chosen.where(EndedLink.link_hash == hashed(token))).first()


def _only_clinic() -> Clinic | None:
    """An unknown link names no clinic; where there is only one, it can be no other."""
    clinics = db.session.scalars(select(Clinic).limit(2)).all()
    return clinics[0] if len(clinics) == 1 else None
