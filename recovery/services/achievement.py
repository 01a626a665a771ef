"""What a clinic achieves, over weeks or months, counted from the rows of its visits."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from recovery.domain.achievement import (
    Count,
    Period,
    Times,
    asks_whether_drove,
    cancelled_without_driver,
    check_ins_answered,
    confirmed_in_time,
)
from recovery.domain.times import instant_at, local_day
from recovery.domain.visit import VisitFacts
from recovery.services.audit import Actor, record
from recovery.services.facts import facts_of
from recovery.services.ledger import IN_TIME, safety_between
from recovery.store.alerts import Alert, AlertLevel
from recovery.store.clinics import Clinic, Staff
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.visits import CheckInAnswer, Visit

#: Visits read at a time.
BATCH: Final = 500


@dataclass(slots=True)
class Achieved:
    """One period. Visits and all that they led to count on the visit's day, notices on the day
    on which they were due, alerts on the day on which they were raised."""

    period: Period
    confirmed: Count = field(default_factory=Count)
    cancelled: Count = field(default_factory=Count)
    seen: Count = field(default_factory=Count)
    answered: Count = field(default_factory=Count)
    drove: Count = field(default_factory=Count)
    alerts: Times = field(default_factory=Times)


def achieved(clinic: Clinic, spans: Sequence[Period], now: datetime) -> list[Achieved]:
    """Count what this clinic achieved in each period, on its own calendar."""
    found = [Achieved(span) for span in spans]
    zone = ZoneInfo(clinic.zone)
    since = instant_at(spans[0].first, time(), zone)
    until = instant_at(spans[-1].until, time(), zone)
    whose = _by_day(found, zone)
    for visit, drove in _visits(clinic.id, since, until):
        one = whose(visit.start)
        one.confirmed = one.confirmed.plus(confirmed_in_time(visit, now))
        one.cancelled = one.cancelled.plus(cancelled_without_driver(visit, now))
        asked = check_ins_answered(visit, now)
        one.answered = Count(one.answered.part + asked.part, one.answered.whole + asked.whole)
        one.drove = one.drove.plus(drove)
    for due_at, in_time in _safety(clinic.id, since, min(until, now - IN_TIME)):
        one = whose(due_at)
        one.seen = one.seen.plus(in_time)
    for alert in _alerts(clinic.id, since, until):
        one = whose(alert.raised_at)
        one.alerts = _responded(one.alerts, alert)
    return found


def note_export(staff: Staff, now: datetime) -> None:
    """Write into the trail that somebody took the numbers out; commits."""
    record(staff.clinic_id, Actor("staff", staff.id), "exported-achievements", staff.clinic, now)
    db.session.commit()


def _by_day(found: Sequence[Achieved], zone: ZoneInfo) -> Callable[[datetime], Achieved]:
    def whose(moment: datetime) -> Achieved:
        day = local_day(moment, zone)
        return next(one for one in found if one.period.first <= day < one.period.until)

    return whose


def _visits(
    clinic_id: int, since: datetime, until: datetime
) -> Iterator[tuple[VisitFacts, bool | None]]:
    """Read visits with their facts, and whether the patient said to have driven in the wait."""
    rows = db.session.scalars(
        select(Visit)
        .where(Visit.clinic_id == clinic_id, Visit.start_at >= since, Visit.start_at < until)
        .order_by(Visit.start_at)
        .options(
            joinedload(Visit.clinic),
            joinedload(Visit.patient),
            joinedload(Visit.protocol_version),
        )
    ).all()
    for place in range(0, len(rows), BATCH):
        batch = rows[place : place + BATCH]
        said = defaultdict(list)
        ids = [row.id for row in batch]
        for row in db.session.scalars(select(CheckInAnswer).where(CheckInAnswer.visit_id.in_(ids))):
            said[row.visit_id].append(row)
        for visit in facts_of(batch):
            yield visit, _drove(visit, said[visit.id])


def _drove(visit: VisitFacts, said: Sequence[CheckInAnswer]) -> bool | None:
    """None while the patient has not answered whether they drove."""
    asks = {item.id: asks_whether_drove(item) for item in visit.protocol.check_ins}
    told = [row for row in said if asks.get(row.check_in, frozenset()) & row.answers.keys()]
    return any(row.drove for row in told) if told else None


def _safety(clinic_id: int, since: datetime, until: datetime) -> Iterator[tuple[datetime, bool]]:
    """Read when each safety notice was due, and whether it was seen in time."""
    columns = (Notice.due_at, Notice.shown_at, Notice.opened_at, Notice.acknowledged_at)
    chosen = safety_between(clinic_id, since, until).with_only_columns(*columns)
    for due_at, *proofs in db.session.execute(chosen):
        yield due_at, any(proof is not None and proof <= due_at + IN_TIME for proof in proofs)


def _alerts(clinic_id: int, since: datetime, until: datetime) -> Sequence[Alert]:
    return db.session.scalars(
        select(Alert).where(
            Alert.clinic_id == clinic_id,
            Alert.level == AlertLevel.ALERT.value,
            Alert.raised_at >= since,
            Alert.raised_at < until,
        )
    ).all()


def _responded(times: Times, alert: Alert) -> Times:
    """A person took it, or settled it at once; one that closed by itself asks for nobody."""
    by_person = alert.resolved_at if alert.resolved_by is not None else None
    moment = alert.taken_at or by_person
    if moment is not None:
        return Times((*times.took, moment - alert.raised_at), times.unanswered)
    if alert.resolved_at is None:
        return Times(times.took, times.unanswered + 1)
    return times
