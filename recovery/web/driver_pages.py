"""What every page of the driver's face shares: its frame, and its keys."""

from typing import Final
from urllib.parse import quote

from flask import Blueprint

from recovery import config
from recovery.domain.visit import VisitFacts
from recovery.services.facts import course_of
from recovery.store.rides import Ride
from recovery.web.ids import refuse_impossible_ids
from recovery.web.patient_pages import push_key

MAP: Final = "https://www.google.com/maps/search/?api=1&query="


def driver_pages(name: str, prefix: str) -> Blueprint:
    """Return a blueprint for pages of drivers."""
    pages = Blueprint(name, __name__, url_prefix=prefix)
    pages.url_value_preprocessor(refuse_impossible_ids)
    pages.context_processor(lambda: {"push_key": push_key()})
    return pages


def facts_behind(ride: Ride) -> VisitFacts:
    """Return what is known of the ride's visit, for its words."""
    course = course_of(ride.visit.patient_id)
    return next(visit for visit in course if visit.id == ride.visit_id)


def ride_url(token: str) -> str:
    """The address of a driver's personal link, as it is sent and printed."""
    return f"{config.current().public_url}/ride/{token}"


def map_url(address: str) -> str:
    """A link to a map; nothing is asked of its maker before the person taps it."""
    return MAP + quote(address) if address else ""
