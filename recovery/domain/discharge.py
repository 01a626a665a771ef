"""The discharge gate: everything that must be true before a patient may go."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from recovery.domain.protocol.day import Check, Discharge
from recovery.domain.protocol.timing import Anchor
from recovery.domain.visit import VisitFacts, driver_missing


class Need(StrEnum):
    """What is still missing, one word each; `Missing.detail` says which."""

    STAY = "stay"
    READINGS = "readings"
    SCORE = "score"
    READINGS_TOO_CLOSE = "readings-too-close"
    OXYGEN = "oxygen"
    CHECK = "check"
    HANDOVER = "handover"
    RED_FLAG = "red-flag"


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that keeps the patient here; `until` when time alone will bring it."""

    need: Need
    detail: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One scoring: item id → 2, 1 or 0, taken at `at` (UTC)."""

    at: datetime
    points: Mapping[str, int]

    def total(self, rule: Discharge) -> int | None:
        """Return the sum over the protocol's items, or None when one was left out."""
        if any(item.id not in self.points for item in rule.items):
            return None
        return sum(self.points[item.id] for item in rule.items)


@dataclass(frozen=True, slots=True)
class DischargeFacts:
    """What is known at the door. `handed_over`: code checked, or logged staff-to-car handover."""

    readings: Sequence[Reading]
    checks: frozenset[str]
    spo2: float | None
    spo2_as_before: bool
    handed_over: bool


def stay_until(visit: VisitFacts) -> datetime | None:
    """Return the end of the minimum stay (UTC); None until it can be known.

    Without a driver the longer stay counts (protocol.md: 120 min after the end).
    """
    rule = visit.protocol.stay
    counted_from = visit.started_at if rule.after is Anchor.STARTED else visit.ended_at
    if counted_from is None or visit.ended_at is None:
        return None
    return counted_from + (rule.minimum_without_driver if visit.goes_alone else rule.minimum)


def asked_checks(visit: VisitFacts) -> tuple[Check, ...]:
    """Return the lines of the checklist that are to be true at this visit."""
    checks = visit.protocol.discharge.checks
    return tuple(check for check in checks if not (check.of_driver and visit.goes_alone))


def missing(visit: VisitFacts, facts: DischargeFacts, now: datetime) -> tuple[Missing, ...]:
    """Return what still keeps the patient here at `now`; empty = may go."""
    rule = visit.protocol.discharge
    return (
        *_stay(visit, now),
        *_score(rule, facts.readings),
        *_oxygen(rule, facts),
        *_checks(visit, facts),
        *_handover(visit, facts),
        *(Missing(Need.RED_FLAG, raised.flag) for raised in visit.red_flags if raised.open_at(now)),
    )


def _stay(visit: VisitFacts, now: datetime) -> Iterator[Missing]:
    until = stay_until(visit)
    if until is None or now < until:
        yield Missing(Need.STAY, until=until)


def _score(rule: Discharge, readings: Sequence[Reading]) -> Iterator[Missing]:
    """The last `readings` in a row must pass and lie `apart` from one another."""
    last = sorted(readings, key=lambda reading: reading.at)[-rule.readings :]
    if len(last) < rule.readings:
        yield Missing(Need.READINGS, f"{len(last)}/{rule.readings}", _next(last, rule.apart))
        return
    totals = [reading.total(rule) for reading in last]
    if any(total is None or total < rule.pass_at for total in totals):
        yield Missing(Need.SCORE, "/".join("?" if t is None else str(t) for t in totals))
    elif any(b.at - a.at < rule.apart for a, b in pairwise(last)):
        yield Missing(Need.READINGS_TOO_CLOSE, until=_next(last[:-1], rule.apart))


def _next(readings: Sequence[Reading], apart: timedelta) -> datetime | None:
    return readings[-1].at + apart if readings else None


def _oxygen(rule: Discharge, facts: DischargeFacts) -> Iterator[Missing]:
    least = rule.spo2_at_least
    if least is None or facts.spo2_as_before:
        return
    if facts.spo2 is None or facts.spo2 < least:
        yield Missing(Need.OXYGEN, "" if facts.spo2 is None else f"{facts.spo2:g}")


def _checks(visit: VisitFacts, facts: DischargeFacts) -> Iterator[Missing]:
    for check in asked_checks(visit):
        if check.id not in facts.checks:
            yield Missing(Need.CHECK, check.id)


def _handover(visit: VisitFacts, facts: DischargeFacts) -> Iterator[Missing]:
    if not visit.protocol.driver.required or facts.handed_over:
        return
    if driver_missing(visit) or visit.driver is not None:
        yield Missing(Need.HANDOVER)
