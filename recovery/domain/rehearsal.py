"""A rehearsal: every notice that a protocol would send for a made-up visit, and who is told
next while nobody reacts. The same functions as for a real visit, so that what is drawn is true.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from recovery.domain.ladder import NoticeFacts, Rung, Terms, climb_ahead
from recovery.domain.notice import NoticeState, Owed
from recovery.domain.notices import plan
from recovery.domain.protocol import Protocol
from recovery.domain.protocol.after import Audience
from recovery.domain.ride import RideFacts, RideState, Role
from recovery.domain.times import instant_at, local_day
from recovery.domain.visit import VisitFacts, VisitState

#: The made-up patient is known to the clinic so long before the visit.
BOOKED_BEFORE: Final = timedelta(days=14)
ASKED_BEFORE: Final = timedelta(days=6)
ACCEPTED_BEFORE: Final = timedelta(days=5)
A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One notice of the made-up visit: to whom, when (UTC), and the rungs it would climb."""

    owed: Owed
    rungs: tuple[tuple[Rung, datetime], ...]

    @property
    def to(self) -> Audience:
        """Whom it is for."""
        return self.owed.recipient.role


def rehearse(
    protocol: Protocol, start: datetime, zone: ZoneInfo, *, driver: bool = True
) -> tuple[Rehearsed, ...]:
    """Return all notices of a visit that goes as planned and to which nobody reacts, by time.

    `start` is aware. The patient leaves at the expected time, with a driver who says nothing
    from then on, or nobody ever agreed to drive (`driver=False`).
    """
    visit = made_up_visit(protocol, start, zone, driver=driver)
    terms = Terms(protocol.ladder, zone, protocol.quiet_hours)
    return tuple(
        Rehearsed(owed, tuple(climb_ahead(_facts(owed), terms, owed.due_at)))
        for owed in plan([visit])
    )


def made_up_visit(
    protocol: Protocol, start: datetime, zone: ZoneInfo, *, driver: bool = True
) -> VisitFacts:
    """Return the visit of a rehearsal as it stands after the patient has left."""
    stay = protocol.stay
    ended = start + stay.infusion
    unfinished = VisitFacts(
        id=1,
        clinic_id=1,
        patient_id=1,
        protocol=protocol,
        zone=zone,
        start=start,
        known_since=start - BOOKED_BEFORE,
        booked_at=start - BOOKED_BEFORE,
        state=VisitState.DISCHARGED,
        arrived_at=start - protocol.preparation.arrive_early,
        started_at=start,
        ended_at=ended,
    )
    left = unfinished.pickup_expected
    return VisitFacts(
        **{name: getattr(unfinished, name) for name in VisitFacts.__slots__}
        | {"ready_at": left, "left_at": left, "rides": _rides(start, left) if driver else ()}
    )


def nights_of_change(zone: ZoneInfo, after: date, years: int = 2) -> Sequence[date]:
    """Return the local days within `years` after `after` on which the zone's clocks change."""
    days = (after + A_DAY * number for number in range(366 * years))
    return [day for day in days if _offset(day, zone) != _offset(day + A_DAY, zone)]


def days_between(rehearsed: Sequence[Rehearsed], zone: ZoneInfo) -> list[date]:
    """Return the local days on which anything happens, in order."""
    moments = {one.owed.due_at for one in rehearsed}
    moments |= {at for one in rehearsed for _rung, at in one.rungs}
    return sorted({local_day(moment, zone) for moment in moments})


def _offset(day: date, zone: ZoneInfo) -> timedelta | None:
    return instant_at(day, time(), zone).astimezone(zone).utcoffset()


def _rides(start: datetime, left: datetime) -> tuple[RideFacts, ...]:
    return (
        RideFacts(
            id=1,
            role=Role.DRIVER,
            state=RideState.TOOK,
            asked_at=start - ASKED_BEFORE,
            accepted_at=start - ACCEPTED_BEFORE,
            took_at=left,
        ),
    )


def _facts(owed: Owed) -> NoticeFacts:
    """Somebody who can be reached in every way and reacts to none; a driver has no driver."""
    ways = set(Rung) - {Rung.STAFF}
    if owed.recipient.role is not Audience.PATIENT:
        ways.discard(Rung.DRIVER)
    return NoticeFacts(
        state=NoticeState.OWED,
        role=owed.recipient.role,
        safety=owed.safety,
        due_at=owed.due_at,
        not_after=owed.not_after,
        ways=frozenset(ways),
    )
