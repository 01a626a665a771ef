"""The moments at which one rule's notice falls due for one visit."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from recovery.domain.notices.silence import heard_at, silent_now
from recovery.domain.protocol.after import Audience
from recovery.domain.protocol.questions import Urgency
from recovery.domain.protocol.timing import Anchor, Moment
from recovery.domain.ride import RideState, Role
from recovery.domain.times import instant_at, is_skipped, local_day
from recovery.domain.visit import VisitFacts, urgency_of
from recovery.domain.wait import earliest_of, over_since

#: Anchors whose time can change while its notice must be told anew at the new time.
TOLD_ANEW = frozenset(
    {Anchor.EARLIEST, Anchor.OVER, Anchor.DRIVER_LOST, Anchor.STANDS_IN, Anchor.MOVED}
)


@dataclass(frozen=True, slots=True)
class Occasion:
    """One due moment (UTC); `name` tells apart those of a repeated notice."""

    at: datetime
    name: str = ""


def occasions(moment: Moment, visit: VisitFacts) -> Iterator[Occasion]:
    """Yield when `moment` falls for this visit; nothing while its anchor is unknown."""
    if moment.after is Anchor.CHECK_IN:
        yield from _after_check_in(moment, visit)
        return
    if moment.after is Anchor.EMERGENCY:
        yield from _after_emergency(moment, visit)
        return
    if moment.after in {Anchor.UNREACHED, Anchor.DRIVER_UNREACHED}:
        for silent in silent_now(visit, moment.after):
            yield Occasion(silent.at + moment.offset, name_of(silent.at))
        return
    if moment.after is Anchor.HEARD:
        yield from _heard(moment, visit)
        return
    anchor = anchor_time(moment.after, visit)
    if anchor is None:
        return
    if moment.at is None:
        name = name_of(anchor) if moment.after in TOLD_ANEW else ""
        yield Occasion(anchor + moment.offset, name)
    elif moment.daily:
        yield from _each_day(moment, anchor, visit)
    else:
        day = local_day(anchor, visit.zone) + timedelta(days=moment.days or 0)
        at = instant_at(day, moment.at, visit.zone)
        if at >= anchor or (moment.days or 0) < 0:
            yield Occasion(at)


def anchor_time(anchor: Anchor, visit: VisitFacts) -> datetime | None:
    """Return when an event happened or is expected (UTC); None while it has no time."""
    return TIMES[anchor](visit)


def name_of(moment: datetime) -> str:
    """Return the name of an occasion that is told apart by its moment: UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def asking_ends(visit: VisitFacts) -> datetime | None:
    """Return until when the app itself reminds and asks; after that a person must."""
    earliest = earliest_of(visit)
    return None if earliest is None else earliest + visit.protocol.wait.keep_asking


def _driver_lost(visit: VisitFacts) -> datetime | None:
    """The last time a driver who had accepted took it back, while nobody has stepped in."""
    if visit.driver is not None or not visit.protocol.driver.required:
        return None
    return max(
        (
            ride.withdrawn_at
            for ride in visit.rides
            if ride.withdrawn_at is not None
            and ride.state is RideState.WITHDRAWN
            and ride.role is not Role.COMPANION
        ),
        default=None,
    )


def _of_driver(name: str) -> Callable[[VisitFacts], datetime | None]:
    return lambda visit: getattr(visit.driver, name) if visit.driver else None


#: How each anchor's time is known.
TIMES: Mapping[Anchor, Callable[[VisitFacts], datetime | None]] = {
    Anchor.BOOKED: lambda visit: visit.booked_at,
    Anchor.MOVED: lambda visit: visit.moved_at,
    Anchor.CANCELLED: lambda visit: visit.cancelled_at,
    Anchor.VISIT: lambda visit: visit.start,
    Anchor.ASKED: lambda visit: max((r.asked_at for r in visit.rides if r.asked_at), default=None),
    Anchor.ACCEPTED: _of_driver("accepted_at"),
    Anchor.DRIVER_LOST: _driver_lost,
    Anchor.STANDS_IN: lambda visit: visit.stands_in_since,
    Anchor.ARRIVED: lambda visit: visit.arrived_at,
    Anchor.STARTED: lambda visit: visit.started_at,
    Anchor.ENDED: lambda visit: visit.ended_at,
    Anchor.PICKUP: lambda visit: visit.pickup_expected if visit.started_at else None,
    Anchor.READY: lambda visit: visit.ready_at,
    Anchor.DISCHARGE: lambda visit: visit.left_at,
    Anchor.HANDOVER: _of_driver("took_at"),
    Anchor.HOME: _of_driver("home_at"),
    Anchor.EARLIEST: earliest_of,
    Anchor.OVER: over_since,
}


def _each_day(moment: Moment, anchor: datetime, visit: VisitFacts) -> Iterator[Occasion]:
    last = asking_ends(visit)
    if last is None or moment.at is None:
        return
    day, last_day = local_day(anchor, visit.zone), local_day(last, visit.zone)
    while day <= last_day:
        at = instant_at(day, moment.at, visit.zone)
        if anchor < at <= last and not is_skipped(day, visit.zone):
            yield Occasion(at, day.isoformat())
        day += timedelta(days=1)


def _after_check_in(moment: Moment, visit: VisitFacts) -> Iterator[Occasion]:
    """Silence: the check-in was due `offset` ago and nothing was heard since."""
    for rule in visit.protocol.notices:
        if rule.check_in != moment.check_in or rule.when.after is Anchor.CHECK_IN:
            continue
        for asked in occasions(rule.when, visit):
            heard = any(report.heard_of >= asked.at for report in visit.reports)
            if not heard and not answered(visit, rule.check_in, asked):
                yield Occasion(asked.at + moment.offset, asked.name or rule.id)


def _after_emergency(moment: Moment, visit: VisitFacts) -> Iterator[Occasion]:
    """The patient pressed an emergency button; who pressed it for them knows already."""
    for raised in visit.red_flags:
        if raised.by_patient and urgency_of(visit, raised) is Urgency.EMERGENCY:
            yield Occasion(raised.at + moment.offset, name_of(raised.at))


def _heard(moment: Moment, visit: VisitFacts) -> Iterator[Occasion]:
    """Somebody was heard again whom others were asked about; each silence ends once."""
    for silent in visit.unreached:
        heard = heard_at(silent, visit)
        if silent.role is Audience.PATIENT and heard is not None:
            yield Occasion(heard + moment.offset, name_of(silent.at))


def answered(visit: VisitFacts, check_in: str | None, asked: Occasion) -> bool:
    """Whether the patient answered this occasion of a check-in, or the same questions later.

    What was said before it was asked and came in after is no answer to it.
    """
    return any(
        report.check_in == check_in
        and (report.heard_of >= asked.at or (bool(asked.name) and report.occasion == asked.name))
        for report in visit.reports
    )
