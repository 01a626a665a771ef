"""The facts that a notice's text states, so that a changed fact is a changed notice."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from recovery.domain.notices.occasions import occasions
from recovery.domain.protocol.preparation import StepKind
from recovery.domain.protocol.texts import Text, places_in
from recovery.domain.times import MINUTE, rounded_up
from recovery.domain.visit import VisitFacts
from recovery.domain.wait import earliest_of

#: An expected time is spoken in steps, so that every small delay is not a correction.
PICKUP_STEP = timedelta(minutes=15)


def says(texts: Iterable[Text | None], visit: VisitFacts, at: datetime) -> dict[str, str]:
    """Return the times that these texts leave open, as ISO 8601 in UTC, by place."""
    used = {
        place
        for text in texts
        if text is not None
        for words in text.root.values()
        for place in places_in(words)
    }
    by_then = {
        "at": at,
        "visit": visit.start,
        "arrive": visit.start - visit.protocol.preparation.arrive_early,
        "next": next_limit(visit, at),
    }
    not_before = {
        "earliest": (earliest_of(visit), MINUTE),
        "pickup": (visit.pickup_expected, PICKUP_STEP),
    }
    times = {place: moment and _whole_minute(moment) for place, moment in by_then.items()}
    times |= {place: at and rounded_up(at, step) for place, (at, step) in not_before.items()}
    return {
        place: moment.isoformat()
        for place, moment in times.items()
        if place in used and moment is not None
    }


def pickup_at(visit: VisitFacts) -> datetime:
    """Return when to be there, as people are told: a small delay is not another time."""
    return rounded_up(visit.pickup_expected, PICKUP_STEP)


def _whole_minute(moment: datetime) -> datetime:
    """A deadline is never spoken later than it is."""
    return moment.replace(second=0, microsecond=0)


def next_limit(visit: VisitFacts, at: datetime) -> datetime | None:
    """Return the first deadline before the visit that lies after `at` (“until …”)."""
    limits = (
        occasion.at
        for step in visit.protocol.preparation.steps
        if step.kind is StepKind.LIMIT
        for occasion in occasions(step.when, visit)
    )
    return min((moment for moment in limits if moment > at), default=None)
