"""The wait: do not drive until at least `earliest`, and never by the clock alone.

The app never says that anyone is safe to drive. What is not known keeps the wait.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from recovery.domain.times import instant_at, local_day, rounded_up
from recovery.domain.visit import NEEDED_NOW, RedFlagRaised, Report, VisitFacts, urgency_of

ONE_DAY = timedelta(days=1)


class Reason(StrEnum):
    """Why a wait is still on."""

    NOT_DISCHARGED = "not-discharged"
    TIME = "time"
    SLEEP_UNKNOWN = "sleep-unknown"
    SLEPT_BADLY = "slept-badly"
    SYMPTOMS_UNKNOWN = "symptoms-unknown"
    SYMPTOMS = "symptoms"
    RED_FLAG = "red-flag"


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait as it stands at one instant; `earliest` is None while it cannot be known."""

    began_at: datetime
    earliest: datetime | None
    reasons: tuple[Reason, ...]
    closed_by_staff: bool = False

    @property
    def not_before(self) -> datetime | None:
        """`earliest` as it is spoken, in whole minutes and never too early."""
        return None if self.earliest is None else rounded_up(self.earliest)

    @property
    def over(self) -> bool:
        """Whether the clinic's minimum wait has ended (not: whether it is safe to drive)."""
        return not self.reasons


def anchor_of(visit: VisitFacts) -> datetime | None:
    """Return the latest of infusion end, last sedative, discharge or leaving; None before that."""
    if visit.left_at is None:
        return None
    known = (visit.ended_at, visit.last_sedative_at, visit.left_at)
    return max(moment for moment in known if moment is not None)


def earliest_of(visit: VisitFacts) -> datetime | None:
    """Return the earliest end of the minimum wait in UTC; None until the patient has left.

    The minimum is elapsed time, so a night on which clocks change neither shortens nor
    stretches it; `next_day_at` is the clinic's wall clock on the next local day.
    """
    anchor = anchor_of(visit)
    if anchor is None:
        return None
    rule, orders = visit.protocol.wait, visit.orders
    minimum = rule.minimum if orders.minimum is None else max(orders.minimum, rule.floor)
    bounds = [anchor + minimum]
    if rule.next_day_at is not None:
        next_day = local_day(anchor, visit.zone) + ONE_DAY
        bounds.append(instant_at(next_day, rule.next_day_at, visit.zone, later=True))
    if orders.extended_until is not None:
        bounds.append(orders.extended_until)
    taken = [report.sedative_at for report in visit.reports if report.sedative_at is not None]
    bounds += [moment + rule.sedative for moment in taken]
    return max(bounds)


def wait_at(visit: VisitFacts, now: datetime) -> Wait | None:
    """Return the wait of a visit as it stands at `now`; None before an infusion starts."""
    if visit.started_at is None:
        return None
    closed = visit.orders.closed_at is not None and visit.orders.closed_at <= now
    if closed and not _symptom_since(visit, visit.orders.closed_at):
        return Wait(visit.started_at, earliest_of(visit), (), closed_by_staff=True)
    return Wait(visit.started_at, earliest_of(visit), tuple(_reasons(visit, now)))


def over_since(visit: VisitFacts) -> datetime | None:
    """Return when the wait ended by what is known so far; None while it is on.

    It can end only at an answer, when a red flag is settled or by a clinician's word, and
    open again only at a report or a red flag: these are the only instants to look at.
    """
    ended: datetime | None = None
    for instant in sorted(_instants(visit)):
        wait = wait_at(visit, instant)
        if wait is None or not wait.over:
            ended = None
        elif ended is None:
            ended = instant
    return ended


def _instants(visit: VisitFacts) -> set[datetime]:
    instants = {report.at for report in visit.reports} | {flag.at for flag in visit.red_flags}
    settled = {flag.settled_at for flag in visit.red_flags}
    return instants | {m for m in (*settled, visit.orders.closed_at) if m is not None}


def _reasons(visit: VisitFacts, now: datetime) -> list[Reason]:
    anchor, earliest = anchor_of(visit), earliest_of(visit)
    if anchor is None or earliest is None:
        return [Reason.NOT_DISCHARGED]
    heard = [report for report in visit.reports if report.at <= now]
    reasons = [Reason.TIME] if now < earliest else []
    if visit.protocol.wait.sleep_required:
        reasons += _sleep([report for report in heard if _after_a_night(visit, anchor, report)])
    reasons += _symptoms(heard, earliest)
    if any(flag.open_at(now) and _keeps(visit, flag, earliest) for flag in visit.red_flags):
        reasons.append(Reason.RED_FLAG)
    return reasons


def _keeps(visit: VisitFacts, flag: RedFlagRaised, earliest: datetime) -> bool:
    """An urgent red flag keeps or reopens a wait at any time. What can wait for a day (a rash)
    keeps it when said during the minimum wait, but opens no wait that has ended."""
    return flag.at < earliest or urgency_of(visit, flag) in NEEDED_NOW


def _after_a_night(visit: VisitFacts, anchor: datetime, report: Report) -> bool:
    """A nap on the way home is not a night: sleep counts from the next local day on."""
    if visit.protocol.wait.next_day_at is None:
        return True
    return local_day(report.at, visit.zone) > local_day(anchor, visit.zone)


def _sleep(heard: Sequence[Report]) -> list[Reason]:
    answers = [report.slept for report in heard if report.slept is not None]
    if not answers:
        return [Reason.SLEEP_UNKNOWN]
    return [] if answers[-1] else [Reason.SLEPT_BADLY]


def _symptoms(heard: Sequence[Report], earliest: datetime) -> list[Reason]:
    """The last word counts: a denial at or after `earliest`, or a symptom at any time."""
    answers = [report for report in heard if report.symptoms is not None]
    if answers and answers[-1].symptoms:
        return [Reason.SYMPTOMS]
    if not answers or answers[-1].at < earliest:
        return [Reason.SYMPTOMS_UNKNOWN]
    return []


def _symptom_since(visit: VisitFacts, moment: datetime | None) -> bool:
    return moment is not None and any(
        report.at > moment and report.symptoms for report in visit.reports
    )
