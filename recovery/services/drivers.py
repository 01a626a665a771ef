"""Who takes the patients of several visits home, by name and number, for staff."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import select

from recovery.domain.visit import VisitFacts
from recovery.services.readers import CONTACT, live_devices
from recovery.store.database import db
from recovery.store.patients import Contact
from recovery.store.rides import Ride


def drivers_of(visits: Iterable[VisitFacts]) -> Mapping[int, Contact]:
    """Return by visit id whoever counts as its driver; visits without one are left out.

    One query, however many visits there are.
    """
    rides = {facts.driver.id: facts.id for facts in visits if facts.driver is not None}
    rows = db.session.execute(
        select(Ride.id, Contact)
        .join(Contact, Contact.id == Ride.contact_id)
        .where(Ride.id.in_(rides))
    )
    return {rides[ride_id]: contact for ride_id, contact in rows}


def with_phones(rides: Collection[Ride], now: datetime) -> frozenset[int]:
    """Return the ids of the contacts of these rides whose phone takes notices."""
    owners = {(CONTACT, ride.contact_id) for ride in rides}
    return frozenset(owner[1] for owner, devices in live_devices(owners, now).items() if devices)
