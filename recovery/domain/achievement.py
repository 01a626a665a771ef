"""What the clinic achieves, counted: parts of wholes, and times until somebody responded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final

from recovery.domain.notices.occasions import answered, occasions
from recovery.domain.protocol.after import Audience, Condition
from recovery.domain.protocol.questions import CheckIn, Meaning
from recovery.domain.ride import Role
from recovery.domain.visit import VisitFacts, VisitState
from recovery.domain.wait import over_since

#: Of fewer than so many, nine of ten says nothing: the longest is told instead.
ENOUGH: Final = 10


class Every(StrEnum):
    """How long one period is."""

    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days, from `first` up to and without `until`."""

    first: date
    until: date


@dataclass(frozen=True, slots=True)
class Count:
    """So many of so many; nothing of nothing is no share at all."""

    part: int = 0
    whole: int = 0

    def plus(self, counts: bool | None) -> "Count":
        """Add one case: it counts, it does not, or (None) it is no case of this."""
        return self if counts is None else Count(self.part + counts, self.whole + 1)

    @property
    def share(self) -> float | None:
        """The part of the whole; None of nothing."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Times:
    """How long it took until somebody responded, each time; and how often nobody has."""

    took: tuple[timedelta, ...] = ()
    unanswered: int = 0

    @property
    def median(self) -> timedelta | None:
        """Half of them took no longer; None of nothing."""
        return within(self.took, 0.5)

    @property
    def ninetieth(self) -> timedelta | None:
        """Nine of ten took no longer; None of fewer than ten."""
        return within(self.took, 0.9) if len(self.took) >= ENOUGH else None

    @property
    def longest(self) -> timedelta | None:
        """The longest; None of nothing."""
        return max(self.took, default=None)


def within(took: Sequence[timedelta], share: float) -> timedelta | None:
    """Return the smallest time taken within which this share of all lies (nearest rank)."""
    ordered = sorted(took)
    return ordered[max(ceil(share * len(ordered)), 1) - 1] if ordered else None


def periods(every: Every, today: date, count: int) -> list[Period]:
    """Return the last `count` periods, the present one last: weeks from Monday, or months."""
    found: list[Period] = []
    first = today - timedelta(days=today.weekday()) if every is Every.WEEK else today.replace(day=1)
    until = first + timedelta(days=7) if every is Every.WEEK else _next_month(first)
    while len(found) < count:
        found.append(Period(first, until))
        until = first
        before = first - timedelta(days=1)
        first = first - timedelta(days=7) if every is Every.WEEK else before.replace(day=1)
    return found[::-1]


def confirmed_in_time(visit: VisitFacts, now: datetime) -> bool | None:
    """Whether a driver's yes stood at the protocol's deadline.

    None where that was never the question: the protocol asks for no driver, the visit was booked
    or cancelled on the wrong side of the deadline, or the deadline is still to come.
    """
    rule = visit.protocol.driver
    deadline = visit.start - rule.accept_by
    gone = visit.cancelled_at is not None and visit.cancelled_at <= deadline
    if not rule.required or visit.known_since >= deadline or deadline > now or gone:
        return None
    return has_driver_at(visit, deadline)


def cancelled_without_driver(visit: VisitFacts, now: datetime) -> bool | None:
    """Whether a visit, of those whose time has come or that were cancelled, was cancelled while
    the protocol asked for a driver and nobody's yes stood."""
    cancelled = visit.state is VisitState.CANCELLED and visit.cancelled_at is not None
    if not visit.protocol.driver.required or not (cancelled or visit.start <= now):
        return None
    moment = visit.cancelled_at
    alone = moment is not None and not visit.exempt and not has_driver_at(visit, moment)
    return cancelled and alone


def has_driver_at(visit: VisitFacts, moment: datetime) -> bool:
    """Whether a driver's or backup's yes stood at this moment, and the consent to tell them."""
    return any(
        ride.role is not Role.COMPANION
        and ride.accepted_at is not None
        and ride.accepted_at <= moment
        and all(end is None or end > moment for end in (ride.withdrawn_at, ride.revoked_at))
        for ride in visit.rides
    )


def check_ins_answered(visit: VisitFacts, now: datetime) -> Count:
    """Count the check-ins that the patient was asked so far, and those answered."""
    over, count, seen = over_since(visit), Count(), set()
    for rule in visit.protocol.notices:
        if rule.check_in is None or Audience.PATIENT not in rule.to:
            continue
        for asked in occasions(rule.when, visit):
            name = (rule.check_in, asked.name)
            moot = Condition.WAITING in rule.only and over is not None and over <= asked.at
            if asked.at <= now and name not in seen and not moot:
                seen.add(name)
                count = count.plus(answered(visit, rule.check_in, asked))
    return count


def asks_whether_drove(check_in: CheckIn) -> frozenset[str]:
    """Return the questions of a check-in whose answer may mean “drove during the wait”."""
    return frozenset(
        question.id
        for question in check_in.questions
        if any(choice.means is Meaning.DROVE for choice in question.choices)
    )


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
