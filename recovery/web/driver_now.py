"""What to do now: the first thing on the page of a driver, backup or companion."""

from datetime import datetime

from recovery.domain.visit import GONE, VisitFacts
from recovery.store.rides import Ride
from recovery.web.driver_after import after_they_left
from recovery.web.driver_before import before_they_left
from recovery.web.driver_words import Now


def now_for(ride: Ride, visit: VisitFacts, now: datetime) -> Now:
    """Say what to do now and when, by where the visit and this ride stand."""
    if visit.state in GONE:
        return after_they_left(ride, visit, now)
    return before_they_left(ride, visit, now)
