"""A visit: one infusion appointment, from booking to the end of the wait."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from recovery.domain.lifecycle import LifeCycle
from recovery.domain.protocol import Protocol
from recovery.domain.protocol.after import Audience
from recovery.domain.protocol.questions import Urgency
from recovery.domain.protocol.timing import Anchor
from recovery.domain.ride import RideFacts, Role


class VisitState(StrEnum):
    """Where a visit stands."""

    BOOKED = "booked"
    ARRIVED = "arrived"
    INFUSING = "infusing"
    RECOVERING = "recovering"
    READY = "ready"
    DISCHARGED = "discharged"
    LEFT = "left"
    TRANSFERRED = "transferred"
    CANCELLED = "cancelled"
    NO_SHOW = "no-show"


_V = VisitState
_NONE: frozenset[VisitState] = frozenset()
_AWAY = frozenset({_V.LEFT, _V.TRANSFERRED})

VISIT = LifeCycle(
    "visit",
    moves={
        _V.BOOKED: frozenset({_V.ARRIVED, _V.CANCELLED, _V.NO_SHOW}),
        _V.ARRIVED: frozenset({_V.INFUSING, _V.CANCELLED}),
        _V.INFUSING: frozenset({_V.RECOVERING}) | _AWAY,
        _V.RECOVERING: frozenset({_V.READY, _V.DISCHARGED}) | _AWAY,
        _V.READY: frozenset({_V.DISCHARGED}) | _AWAY,
        _V.DISCHARGED: _NONE,
        _V.LEFT: _NONE,
        _V.TRANSFERRED: _NONE,
        _V.CANCELLED: _NONE,
        _V.NO_SHOW: _NONE,
    },
    backwards={
        _V.ARRIVED: frozenset({_V.BOOKED}),
        _V.INFUSING: frozenset({_V.ARRIVED}),
        _V.RECOVERING: frozenset({_V.INFUSING}),
        _V.READY: frozenset({_V.RECOVERING}),
        _V.DISCHARGED: frozenset({_V.RECOVERING, _V.READY}),
        _V.LEFT: frozenset({_V.INFUSING, _V.RECOVERING, _V.READY}),
        _V.TRANSFERRED: frozenset({_V.INFUSING, _V.RECOVERING, _V.READY}),
        _V.CANCELLED: frozenset({_V.BOOKED, _V.ARRIVED}),
        _V.NO_SHOW: frozenset({_V.BOOKED}),
    },
)

#: The infusion will not happen (any more).
NOT_HAPPENING = frozenset({_V.CANCELLED, _V.NO_SHOW})
#: The patient is gone from the clinic, in whatever way.
GONE = frozenset({_V.DISCHARGED, _V.LEFT, _V.TRANSFERRED})
#: In the chair: no push to the patient.
IN_THE_CHAIR = frozenset({_V.ARRIVED, _V.INFUSING, _V.RECOVERING, _V.READY})


@dataclass(frozen=True, slots=True)
class Report:
    """What the patient said in one check-in, as far as the wait and the ladder care.

    None means not asked or not known: it never shortens anything. `symptoms` is the set
    reported; the empty set means that all of them were denied. `at` is when it arrived; what
    waited on a phone was said before (`said_at`), and shows only that the patient was well then.
    """

    at: datetime
    check_in: str
    occasion: str = ""
    slept: bool | None = None
    symptoms: frozenset[str] | None = None
    sedative_at: datetime | None = None
    said_at: datetime | None = None

    @property
    def heard_of(self) -> datetime:
        """Until when the patient is known to have been there to answer."""
        return self.said_at or self.at


@dataclass(frozen=True, slots=True)
class RedFlagRaised:
    """A red flag that was raised, by whom, and when the clinic settled it (None = open)."""

    flag: str
    at: datetime
    settled_at: datetime | None = None
    by_patient: bool = True

    def open_at(self, now: datetime) -> bool:
        """Whether it stands open at `now`."""
        return self.at <= now and (self.settled_at is None or now < self.settled_at)


@dataclass(frozen=True, slots=True)
class Unreached:
    """A safety notice that nobody proved, so that others were asked `at` a time to look in.

    `role` and `recipient_id` say whom it was for; `proved_at`: when it was seen after all.
    """

    role: Audience
    recipient_id: int
    at: datetime
    proved_at: datetime | None = None


#: Red flags of these urgencies must not wait for a person's day.
NEEDED_NOW = frozenset({Urgency.EMERGENCY, Urgency.CRISIS, Urgency.CLINIC_NOW})


@dataclass(frozen=True, slots=True)
class WaitOrders:
    """What staff decided about one wait: a longer or shorter minimum, a hold, an end."""

    minimum: timedelta | None = None
    extended_until: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What the rules need to know of one visit. Times are aware UTC, None = not happened.

    `known_since`: when this start became known (booked or last moved). `left_at`: the
    discharge, leaving or transfer. `steps_done`: ids of steps the patient finished.
    """

    id: int
    clinic_id: int
    patient_id: int
    protocol: Protocol
    zone: ZoneInfo
    start: datetime
    known_since: datetime
    state: VisitState = VisitState.BOOKED
    booked_at: datetime | None = None
    moved_at: datetime | None = None
    cancelled_at: datetime | None = None
    arrived_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    last_sedative_at: datetime | None = None
    ready_at: datetime | None = None
    left_at: datetime | None = None
    exempt: bool = False
    steps_done: frozenset[str] = frozenset()
    rides: tuple[RideFacts, ...] = ()
    reports: tuple[Report, ...] = ()
    orders: WaitOrders = WaitOrders()
    red_flags: tuple[RedFlagRaised, ...] = ()
    unreached: tuple[Unreached, ...] = ()
    halted: bool = False

    @property
    def driver(self) -> RideFacts | None:
        """The ride that counts: who took the patient, else the accepted driver, else a backup."""
        ready = [r for r in self.rides if r.counts and r.role is not Role.COMPANION]
        return min(ready, key=lambda r: (r.took_at is None, r.role is Role.BACKUP), default=None)

    @property
    def near(self) -> tuple[RideFacts, ...]:
        """Who is with the patient after the visit: whoever took them, and who stays."""
        staying = (r for r in self.rides if r.counts and r.role is Role.COMPANION)
        return tuple(r for r in (self.driver, *staying) if r is not None)

    @property
    def stands_in_since(self) -> datetime | None:
        """When the driver was lost for whom a backup, who had accepted, drives now (UTC)."""
        driver = self.driver
        if driver is None or driver.role is not Role.BACKUP or driver.accepted_at is None:
            return None
        lost = [
            moment
            for ride in self.rides
            if ride.role is Role.DRIVER and ride.accepted_at is not None
            for moment in (ride.withdrawn_at, ride.revoked_at)
            if moment is not None
        ]
        last = max(lost, default=None)
        return last if last is not None and last >= driver.accepted_at else None

    def ride(self, ride_id: int) -> RideFacts:
        """Return what is known of one of this visit's rides; raises StopIteration for none."""
        return next(ride for ride in self.rides if ride.id == ride_id)

    @property
    def pickup_expected(self) -> datetime:
        """When the patient is likely to be ready, as well as can be known now."""
        stay = self.protocol.stay
        started = self.started_at or self.arrived_at or self.start
        ended = self.ended_at or started + stay.infusion
        least = stay.minimum_without_driver if self.goes_alone else stay.minimum
        return (started if stay.after is Anchor.STARTED else ended) + max(stay.usual, least)

    @property
    def goes_alone(self) -> bool:
        """Whether the patient was exempted and nobody drives them after all."""
        return self.exempt and self.driver is None


def driver_missing(visit: VisitFacts) -> bool:
    """Whether the protocol asks for a driver and nobody has accepted."""
    return visit.protocol.driver.required and not visit.exempt and visit.driver is None


def urgency_of(visit: VisitFacts, raised: RedFlagRaised) -> Urgency:
    """Return how urgent a raised red flag is; one that the protocol no longer knows, most."""
    flag = visit.protocol.red_flag(raised.flag)
    return flag.urgency if flag is not None else Urgency.EMERGENCY
