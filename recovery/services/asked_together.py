"""One person for several visits: named for them with one consent, asked on one page.

A yes counts for the visits that the page showed and that were chosen there, and for no other.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select

from recovery.domain.ride import RideState, Role
from recovery.domain.visit import VisitState
from recovery.services.asking import Asking, asking_of
from recovery.services.series_moves import following
from recovery.services.within_reach import consented
from recovery.store.database import db
from recovery.store.patients import Contact
from recovery.store.rides import Ride
from recovery.store.visits import Visit

OPEN = [RideState.NAMED.value, RideState.ASKED.value]


def visits_without(visit: Visit, role: Role, filling: Collection[RideState]) -> list[Visit]:
    """Return the visits that follow in the series and have nobody in this role yet.

    `filling`: states of a ride that fill a role.
    """
    later = following(visit)
    filled = set(
        db.session.scalars(
            select(Ride.visit_id).where(
                Ride.visit_id.in_([one.id for one in later]),
                Ride.role == role.value,
                Ride.state.in_([state.value for state in filling]),
                Ride.id.in_(consented()),
            )
        )
    )
    return [one for one in later if one.id not in filled]


def asked_too(ride: Ride, now: datetime) -> Sequence[Ride]:
    """Return the rides that the same person is asked for on the same page, by start.

    Other booked visits of this patient, to come, for which they were named in the same role
    under the same rules and have not answered.
    """
    return db.session.scalars(
        select(Ride)
        .join(Visit, Visit.id == Ride.visit_id)
        .where(
            Ride.contact_id == ride.contact_id,
            Ride.role == ride.role,
            Ride.id != ride.id,
            Ride.state.in_(OPEN),
            Ride.id.in_(consented()),
            Visit.patient_id == ride.visit.patient_id,
            Visit.protocol_version_id == ride.visit.protocol_version_id,
            Visit.state == VisitState.BOOKED.value,
            Visit.start_at > now,
        )
        .order_by(Visit.start_at, Ride.id)
    ).all()


def whole_asking(
    ride: Ride, language: str, now: datetime
) -> tuple[Asking, list[tuple[Ride, Asking]], str]:
    """Return what is asked for this ride, what is asked for the others, and the mark of it all."""
    own = asking_of(ride, language)
    others = [(other, asking_of(other, language)) for other in asked_too(ride, now)]
    if not others:
        return own, [], own.mark
    marks = [own.mark, *(f"{other.id}:{asking.mark}" for other, asking in others)]
    return own, others, sha256(" ".join(marks).encode()).hexdigest()[:32]


def named_before(visit: Visit, role: Role) -> Contact | None:
    """Return whom the patient last named in this role for another visit, so that nobody types a
    name and number twice; None when that person was taken back."""
    return db.session.scalars(
        select(Contact)
        .join(Ride, Ride.contact_id == Contact.id)
        .where(
            Contact.patient_id == visit.patient_id,
            Ride.visit_id != visit.id,
            Ride.role == role.value,
            Ride.id.in_(consented()),
        )
        .order_by(Ride.id.desc())
        .limit(1)
    ).first()
