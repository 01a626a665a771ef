"""Gathers what the rules need to know: rows in, plain values out."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ScalarResult, Select, select
from sqlalchemy.orm import joinedload

from recovery.domain.preparing import still_done
from recovery.domain.protocol import Protocol
from recovery.domain.ride import RideFacts, RideState, Role
from recovery.domain.visit import (
    RedFlagRaised,
    Report,
    Unreached,
    VisitFacts,
    VisitState,
    WaitOrders,
)
from recovery.services.unreached import unreached_of
from recovery.store.alerts import Alert
from recovery.store.clinics import ProtocolVersion
from recovery.store.database import db
from recovery.store.patients import Consent
from recovery.store.rides import Ride
from recovery.store.visits import CheckInAnswer, StepDone, Visit

Row = TypeVar("Row")


@lru_cache(maxsize=256)
def _parsed(version_id: int, body: str) -> Protocol:
    return Protocol.model_validate_json(body)


def protocol_of(version: ProtocolVersion) -> Protocol:
    """Return the protocol that a version holds; a version never changes, so it is kept parsed."""
    return _parsed(version.id, version.body)


def _fresh(chosen: Select[Row]) -> ScalarResult[Row]:
    """Read rows as they stand now: what was read before a lock was taken may be stale."""
    return db.session.scalars(chosen.execution_options(populate_existing=True))


def course_of(patient_id: int) -> tuple[VisitFacts, ...]:
    """Return the facts of all visits of one patient, by start."""
    return courses_of([patient_id])[patient_id]


def courses_of(patient_ids: Collection[int]) -> dict[int, tuple[VisitFacts, ...]]:
    """Return the facts of all visits of each patient, by start, with as many queries as for one."""
    rows = _fresh(
        select(Visit)
        .where(Visit.patient_id.in_(patient_ids))
        .order_by(Visit.start_at, Visit.id)
        .options(
            joinedload(Visit.clinic),
            joinedload(Visit.patient),
            joinedload(Visit.protocol_version),
        )
    ).all()
    found: dict[int, list[VisitFacts]] = {patient_id: [] for patient_id in patient_ids}
    for visit in facts_of(rows):
        found[visit.patient_id].append(visit)
    return {patient_id: tuple(course) for patient_id, course in found.items()}


def facts_of(rows: Sequence[Visit]) -> tuple[VisitFacts, ...]:
    """Return the facts of these visits, with one query for each kind of thing."""
    ids = [row.id for row in rows]
    steps = _by_visit(_fresh(select(StepDone).where(StepDone.visit_id.in_(ids))))
    rides = _rides(ids)
    reports = _by_visit(
        _fresh(
            select(CheckInAnswer)
            .where(CheckInAnswer.visit_id.in_(ids))
            .order_by(CheckInAnswer.at, CheckInAnswer.id)
        )
    )
    flags = _by_visit(
        _fresh(select(Alert).where(Alert.visit_id.in_(ids), Alert.red_flag.is_not(None)))
    )
    silent = unreached_of(rows)
    return tuple(
        _facts(row, steps[row.id], rides[row.id], reports[row.id], flags[row.id], silent[row.id])
        for row in rows
    )


def _by_visit(rows: Iterable[Row]) -> defaultdict[int, list[Row]]:
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.visit_id].append(row)  # type: ignore[attr-defined]
    return found


def _rides(visit_ids: Sequence[int]) -> defaultdict[int, list[RideFacts]]:
    found: defaultdict[int, list[RideFacts]] = defaultdict(list)
    revoked = {
        consent.ride_id: consent.withdrawn_at
        for consent in _fresh(
            select(Consent)
            .join(Ride, Ride.id == Consent.ride_id)
            .where(Ride.visit_id.in_(visit_ids), Consent.withdrawn_at.is_not(None))
        )
    }
    rides = _fresh(
        select(Ride)
        .where(Ride.visit_id.in_(visit_ids))
        .order_by(Ride.id)
        .options(joinedload(Ride.contact))
    )
    for ride in rides:
        found[ride.visit_id].append(
            RideFacts(
                id=ride.id,
                role=Role(ride.role),
                state=RideState(ride.state),
                asked_at=ride.asked_at,
                accepted_at=ride.accepted_at,
                withdrawn_at=ride.withdrawn_at,
                took_at=ride.took_at,
                home_at=ride.home_at,
                coming_at=ride.coming_at,
                set_out_at=ride.set_out_at,
                here_at=ride.here_at,
                looked_in_at=ride.looked_in_at,
                home_said_by=ride.home_said_by,
                revoked_at=revoked.get(ride.id),
                halted=ride.contact.halted_at is not None,
            )
        )
    return found


def _facts(
    row: Visit,
    steps: Iterable[StepDone],
    rides: Iterable[RideFacts],
    reports: Iterable[CheckInAnswer],
    flags: Iterable[Alert],
    unreached: Iterable[Unreached],
) -> VisitFacts:
    facts = VisitFacts(
        id=row.id,
        clinic_id=row.clinic_id,
        patient_id=row.patient_id,
        protocol=protocol_of(row.protocol_version),
        zone=ZoneInfo(row.clinic.zone),
        start=row.start_at,
        known_since=row.moved_at or row.booked_at,
        state=VisitState(row.state),
        booked_at=row.booked_at,
        moved_at=row.moved_at,
        cancelled_at=row.cancelled_at,
        arrived_at=row.arrived_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        last_sedative_at=row.last_sedative_at,
        ready_at=row.ready_at,
        left_at=row.left_at,
        exempt=row.exempt_by is not None,
        rides=tuple(rides),
        reports=tuple(_report(answer) for answer in reports),
        orders=_orders(row),
        red_flags=tuple(_raised(flag) for flag in flags),
        unreached=tuple(unreached),
        halted=row.patient.halted_at is not None,
    )
    done = still_done(((step.step, step.at) for step in steps), facts)
    return replace(facts, steps_done=done)


def _raised(alert: Alert) -> RedFlagRaised:
    return RedFlagRaised(
        flag=alert.red_flag or "",
        at=alert.raised_at,
        settled_at=alert.resolved_at,
        by_patient=alert.facts.get("said_by") == "patient",
    )


def _orders(row: Visit) -> WaitOrders:
    minimum = row.wait_minimum_s
    return WaitOrders(
        minimum=None if minimum is None else timedelta(seconds=minimum),
        extended_until=row.wait_extended_until,
        closed_at=row.wait_closed_at,
    )


def _report(answer: CheckInAnswer) -> Report:
    return Report(
        at=answer.at,
        check_in=answer.check_in,
        occasion=answer.occasion,
        slept=answer.slept,
        symptoms=None if answer.symptoms is None else frozenset(answer.symptoms),
        sedative_at=answer.sedative_at,
        said_at=answer.said_at,
    )


def the_wait(course: Sequence[VisitFacts]) -> VisitFacts | None:
    """Return the visit whose wait counts: the last one whose infusion started."""
    return max(
        (visit for visit in course if visit.started_at is not None),
        key=lambda visit: (visit.started_at, visit.id),
        default=None,
    )
