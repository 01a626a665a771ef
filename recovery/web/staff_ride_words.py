"""Who takes a patient home, as staff see it: name, number, where they stand, what they said."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from recovery.domain.on_the_day import said_yes_to_another_time
from recovery.domain.protocol.day import ConfirmedBy
from recovery.domain.ride import COUNTS, RideState, Role
from recovery.domain.visit import VisitFacts, driver_missing
from recovery.services.asking import promises_of
from recovery.services.drivers import with_phones
from recovery.services.patients import rides_of
from recovery.services.silent_phones import silent_contacts
from recovery.store.rides import Ride
from recovery.store.visits import Visit
from recovery.web.ride_words import story
from recovery.web.staff_words import RIDES, ROLES
from recovery.web.times import clock_time


def ride_cards(visit: Visit, known: VisitFacts, now: datetime) -> list[dict[str, Any]]:
    """Return what a visit's page shows of everybody who was named."""
    rides = rides_of(visit)
    promises, reached = promises_of(rides), with_phones(rides, now)
    silent = silent_contacts([ride.contact_id for ride in rides], now)
    return [
        {
            "id": ride.id,
            "name": ride.contact.name,
            "phone": ride.contact.phone,
            "role": ROLES[Role(ride.role)],
            "look": look,
            "words": words,
            "halted": ride.contact.halted_at is not None,
            "no_phone": RideState(ride.state) in COUNTS and ride.contact_id not in reached,
            "silent": RideState(ride.state) in COUNTS and ride.contact_id in silent,
            "story": story(ride),
            "promise": promises.get(ride.id),
        }
        for ride in rides
        for look, words in (_where_they_stand(ride, known),)
    ]


def driving_card(cards: Iterable[dict[str, Any]], known: VisitFacts) -> dict[str, Any] | None:
    """Return the card of whoever takes the patient home; None as long as nobody does."""
    driver = known.driver
    return next((card for card in cards if driver is not None and card["id"] == driver.id), None)


def to_call(cards: Iterable[dict[str, Any]], known: VisitFacts) -> dict[str, Any] | None:
    """Return name and number to begin with when staff may take a driver's yes on the phone.

    None when the protocol wants it by the driver's link, somebody counts, or nobody is needed.
    """
    rule = known.protocol.driver
    if ConfirmedBy.STAFF_CALL not in rule.confirmed_by or not driver_missing(known):
        return None
    named = (one for one in known.rides if one.role is Role.DRIVER and one.consented)
    asked = {ride.id for ride in named if ride.state in {RideState.NAMED, RideState.ASKED}}
    return next((card for card in cards if card["id"] in asked), {"name": "", "phone": ""})


def _where_they_stand(ride: Ride, known: VisitFacts) -> tuple[str, str]:
    look, words = RIDES[RideState(ride.state)]
    if RideState(ride.state) is not RideState.ACCEPTED:
        return look, str(words)
    if ride.here_at is not None:
        return "good", _("here since %(time)s", time=clock_time(ride.here_at))
    if ride.set_out_at is not None:
        return "good", _("on the way since %(time)s", time=clock_time(ride.set_out_at))
    if said_yes_to_another_time(known.ride(ride.id), known):
        return "wait", _("said yes before the time changed")
    return look, str(words)
