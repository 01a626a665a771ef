"""What of a visit belongs into a person's own calendar, and when that calendar should ring."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from recovery.domain.allowed import limits_of
from recovery.domain.notices.quiet import evening_before, is_quiet
from recovery.domain.notices.says import pickup_at
from recovery.domain.protocol.preparation import Step
from recovery.domain.visit import VisitFacts

A_DAY_BEFORE = timedelta(days=1)
AN_HOUR_BEFORE = timedelta(hours=1)
NOTHING = timedelta()
#: How long a deadline is drawn: one without a length is hard to see in a day's column.
DRAWN = timedelta(minutes=15)
ARRIVE, PICKUP = "arrive", "pickup"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to be drawn, from `begins` to `ends` (UTC), with moments at which to ring.

    `name` stays the same when the visit moves. `step`: whose words it has, if it has any.
    """

    name: str
    begins: datetime
    ends: datetime
    alarms: tuple[datetime, ...]
    step: Step | None = None


def patients_entries(visit: VisitFacts) -> tuple[Entry, ...]:
    """Return the deadlines, the arrival and the pick-up, in the order of time."""
    return tuple(sorted(_entries(visit), key=lambda entry: entry.begins))


def drivers_entry(visit: VisitFacts) -> Entry:
    """Return the pick-up as whoever drives or stays has it; it rings the day and hour before."""
    at = pickup_at(visit)
    return Entry(PICKUP, at, at + DRAWN, (at - A_DAY_BEFORE, at - AN_HOUR_BEFORE))


def changed_at(visit: VisitFacts) -> datetime:
    """Return when what stands in the calendar last changed, as far as is known (UTC)."""
    moments = [visit.booked_at, visit.known_since, visit.cancelled_at]
    moments += [visit.arrived_at, visit.started_at, visit.ended_at]
    moments += [moment for ride in visit.rides for moment in (ride.accepted_at, ride.withdrawn_at)]
    return max(moment for moment in moments if moment is not None)


def revision(visit: VisitFacts) -> int:
    """Return a number that grows with each change, by which calendars tell new from old."""
    first = visit.booked_at or visit.known_since
    return max(0, int((changed_at(visit) - first).total_seconds()))


def _entries(visit: VisitFacts) -> Iterator[Entry]:
    for limit in limits_of(visit):
        if limit.step.lock_title is not None:
            rings = _awake(visit, limit.at - AN_HOUR_BEFORE, limit.at)
            yield Entry(limit.step.id, limit.at, limit.at + DRAWN, rings, limit.step)
    arrive, pickup = visit.start - visit.protocol.preparation.arrive_early, pickup_at(visit)
    rings = (arrive - A_DAY_BEFORE, arrive - AN_HOUR_BEFORE)
    yield Entry(ARRIVE, arrive, max(visit.start, arrive + DRAWN), rings)
    # In the chair nothing rings.
    yield Entry(PICKUP, pickup, pickup + DRAWN, ())


def _awake(visit: VisitFacts, *moments: datetime) -> tuple[datetime, ...]:
    """Move what would ring in quiet hours to the evening before, each moment once."""
    quiet = visit.protocol.quiet_hours
    moved = {
        evening_before(moment, quiet, visit.zone)
        if quiet is not None and is_quiet(moment, quiet, visit.zone)
        else moment
        for moment in moments
    }
    return tuple(sorted(moved))
