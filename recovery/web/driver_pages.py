"""What every page of the driver's face shares: its frame, and its keys."""

from typing import Final
from urllib.parse import quote

from flask import Blueprint, request

from recovery import config
from recovery.domain.visit import VisitFacts
from recovery.services.facts import facts_of
from recovery.store.rides import Ride
from recovery.web.ids import refuse_impossible_ids
from recovery.web.install_ways import way_of
from recovery.web.patient_pages import push_key

#: The way to an address. Each opens the phone's own app where there is one, else a page.
APPLE_MAP: Final = "https://maps.apple.com/?daddr="
OTHER_MAP: Final = "https://www.google.com/maps/dir/?api=1&destination="
APPLE: Final = ("iPhone", "iPad", "Macintosh")


def driver_pages(name: str, prefix: str) -> Blueprint:
    """Return a blueprint for pages of drivers."""
    pages = Blueprint(name, __name__, url_prefix=prefix)
    pages.url_value_preprocessor(refuse_impossible_ids)
    pages.context_processor(
        lambda: {"push_key": push_key(), "way": way_of(request.user_agent.string)}
    )
    return pages


def facts_behind(ride: Ride) -> VisitFacts:
    """Return what is known of the ride's visit, for its words."""
    return facts_of([ride.visit])[0]


def ride_url(token: str) -> str:
    """The address of a driver's personal link, as it is sent and printed."""
    return f"{config.current().public_url}/ride/{token}"


def map_url(address: str, browser: str) -> str:
    """A link to the way there, for the phone behind a User-Agent; "" without an address.

    Nothing is asked of the map's maker before the person taps it, and then only for the address.
    """
    if not address:
        return ""
    apple = any(name in browser for name in APPLE)
    return (APPLE_MAP if apple else OTHER_MAP) + quote(address)
