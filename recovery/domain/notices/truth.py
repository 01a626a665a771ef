"""Until when a notice stays true, and whether it is true at all."""

from datetime import datetime

from recovery.domain.homecoming import home_was_said_late, is_asked_to_stand_in
from recovery.domain.notices.occasions import asking_ends
from recovery.domain.protocol.after import Condition
from recovery.domain.protocol.timing import Anchor
from recovery.domain.visit import IN_THE_CHAIR, VisitFacts, VisitState, driver_missing
from recovery.domain.wait import over_since

BEFORE = frozenset({Anchor.VISIT})
DURING = frozenset({Anchor.ARRIVED, Anchor.STARTED, Anchor.ENDED, Anchor.PICKUP, Anchor.READY})


def holds(condition: Condition, visit: VisitFacts) -> bool:
    """Whether a condition holds by what is known of the visit."""
    driver = visit.driver
    return {
        Condition.DRIVER_ACCEPTED: driver is not None,
        Condition.NO_DRIVER: driver_missing(visit),
        Condition.WAITING: visit.started_at is not None,
        Condition.WAIT_OPEN: visit.started_at is not None and over_since(visit) is None,
        Condition.NOT_CONFIRMED: is_asked_to_stand_in(visit),
        Condition.NOT_HOME: driver is not None and driver.home_at is None,
        Condition.HOME_LATE: home_was_said_late(visit),
        Condition.NOT_LEFT: visit.left_at is None,
        Condition.LEFT_UNDISCHARGED: visit.state is VisitState.LEFT,
    }[condition]


def ends_of(anchor: Anchor, only: tuple[Condition, ...], visit: VisitFacts) -> list[datetime]:
    """Return the known moments at which a notice stops being true (UTC); the first one counts.

    Before the visit: its start or the arrival. During it: the leaving. A notice about the
    wait: its end, or where the app stops asking and a person takes over.
    """
    ends: list[datetime | None] = []
    if anchor in BEFORE:
        ends += [visit.start, visit.arrived_at]
    if anchor in DURING:
        ends.append(visit.left_at)
    if Condition.WAITING in only:
        ends += [over_since(visit), asking_ends(visit)]
    return [moment for moment in ends if moment is not None]


def chair_times(visits: tuple[VisitFacts, ...]) -> list[tuple[datetime, datetime | None]]:
    """Return from when to when (None = still) the patient is in a chair and gets no push."""
    return [
        (visit.arrived_at, visit.left_at)
        for visit in visits
        if visit.arrived_at is not None
        and (visit.left_at is not None or visit.state in IN_THE_CHAIR)
    ]
