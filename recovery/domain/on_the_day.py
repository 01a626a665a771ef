"""What is asked of whoever drives or stays, as the day goes on. Times are aware UTC."""

from datetime import datetime, timedelta

from recovery.domain.notices.occasions import occasions
from recovery.domain.protocol.after import Audience
from recovery.domain.protocol.timing import Anchor
from recovery.domain.ride import RideFacts, Role
from recovery.domain.visit import VisitFacts, VisitState

#: From so long before the start on, “are you still coming?” is a question of the day.
STILL_COMING_ASKED = timedelta(hours=12)
BEFORE = frozenset({VisitState.BOOKED, VisitState.ARRIVED})


def said_yes_to_another_time(ride: RideFacts, visit: VisitFacts) -> bool:
    """Whether the visit moved after this person last said that they come."""
    said = [moment for moment in (ride.accepted_at, ride.coming_at) if moment is not None]
    moved = visit.moved_at
    return (
        visit.state is VisitState.BOOKED and moved is not None and moved > max(said, default=moved)
    )


def is_asked_if_coming(ride: RideFacts, visit: VisitFacts, now: datetime) -> bool:
    """Whether “yes, I am coming” is still to be said for this day by a driver."""
    asked_at = visit.start - STILL_COMING_ASKED
    said = ride.coming_at is not None and ride.coming_at >= asked_at
    drives = ride.role is not Role.COMPANION
    return drives and visit.state in BEFORE and now >= asked_at and not said


def is_time_to_set_out(visit: VisitFacts, now: datetime) -> bool:
    """Whether the driver was told to set out: when the protocol says it, before the pick-up."""
    ahead = [
        rule.when.offset
        for rule in visit.protocol.notices
        if rule.when.after is Anchor.PICKUP and Audience.DRIVER in rule.to
    ]
    return visit.started_at is not None and any(
        now >= visit.pickup_expected + offset for offset in ahead
    )


def is_asked_to_look_in(ride: RideFacts, visit: VisitFacts, now: datetime) -> bool:
    """Whether a check-in is unanswered, this person was told, and has not looked in since."""
    audience = Audience.COMPANION if ride.role is Role.COMPANION else Audience.DRIVER
    return any(
        occasion.at <= now < occasion.at + rule.useful_for
        and (ride.looked_in_at is None or ride.looked_in_at < occasion.at)
        for rule in visit.protocol.notices
        if rule.when.after is Anchor.CHECK_IN and audience in rule.to
        for occasion in occasions(rule.when, visit)
    )
