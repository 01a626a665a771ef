"""What a patient's pages show: where the patient stands now, and what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from recovery.domain.notice import NoticeState
from recovery.domain.protocol.after import Audience
from recovery.domain.ride import RideFacts, Role
from recovery.domain.visit import GONE, IN_THE_CHAIR, VisitFacts, VisitState
from recovery.domain.wait import Wait, over_since, wait_at
from recovery.services.facts import course_of, the_wait
from recovery.services.open_questions import Asked, asked_now
from recovery.services.refusals import NotFound
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Contact, Patient
from recovery.store.rides import Ride

#: How long the end of a wait is shown before the next visit's preparation takes its place.
END_IS_SHOWN = timedelta(hours=24)


class Stage(StrEnum):
    """Which screen the patient needs now."""

    NOTHING = "nothing"
    PREPARE = "prepare"
    DAY = "day"
    WAIT = "wait"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Near:
    """Somebody who takes the patient home or stays; `phone` is E.164."""

    name: str
    phone: str
    ride: RideFacts


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a patient stands at one instant. `visit` is the one that the screen speaks of.

    `upcoming`: the next booked visit, also when the screen speaks of an earlier one.
    `near`: who takes the patient home and who stays, the driver first.
    `called_off`: visits that would still be to come but were cancelled.
    """

    stage: Stage
    visit: VisitFacts | None = None
    wait: Wait | None = None
    upcoming: VisitFacts | None = None
    called_off: tuple[VisitFacts, ...] = ()
    near: tuple[Near, ...] = ()
    next_notice: Notice | None = None
    asked: Asked | None = None

    @property
    def driver_name(self) -> str:
        """Who takes the patient home; "" when nobody has accepted."""
        drivers = (near.name for near in self.near if near.ride.role is not Role.COMPANION)
        return next(drivers, "")


def standing_of(patient: Patient, now: datetime) -> Standing:
    """Return where the patient stands at `now`, with a fixed number of queries."""
    course = course_of(patient.id)
    stage, visit = _screen(course, now)
    upcoming = next((v for v in course if v.state is VisitState.BOOKED), None)
    called_off = tuple(v for v in course if v.state is VisitState.CANCELLED and now < v.start)
    if visit is None:
        return Standing(stage, upcoming=upcoming, called_off=called_off)
    wait = wait_at(visit, now)
    return Standing(
        stage,
        visit,
        wait,
        upcoming,
        called_off,
        near=people_near(visit),
        next_notice=next_notice(patient, now),
        asked=asked_now(visit, now),
    )


def own_visit(patient: Patient, visit_id: int) -> VisitFacts:
    """Return one of the patient's own visits; `NotFound` for any other."""
    found = next((visit for visit in course_of(patient.id) if visit.id == visit_id), None)
    if found is None:
        raise NotFound
    return found


def visit_in_mind(patient: Patient) -> VisitFacts:
    """Return the visit that a call for help is about: the last one begun, else the next.

    Raises `NotFound` when there is neither.
    """
    course = course_of(patient.id)
    booked = (visit for visit in course if visit.state is VisitState.BOOKED)
    visit = the_wait(course) or next(booked, None)
    if visit is None:
        raise NotFound
    return visit


def people_near(visit: VisitFacts) -> tuple[Near, ...]:
    """Return who takes the patient home and who stays, with their numbers."""
    if not visit.near:
        return ()
    rows = db.session.scalars(
        select(Ride)
        .where(Ride.id.in_([ride.id for ride in visit.near]))
        .options(joinedload(Ride.contact))
    )
    contacts = {row.id: row.contact for row in rows}
    return tuple(Near(contacts[r.id].name, contacts[r.id].phone, r) for r in visit.near)


def driver_name(visit: VisitFacts) -> str:
    """Return the name of whoever takes the patient home; "" when nobody has accepted."""
    if visit.driver is None:
        return ""
    name = select(Contact.name).join(Ride, Ride.contact_id == Contact.id)
    return db.session.scalar(name.where(Ride.id == visit.driver.id)) or ""


def next_notice(patient: Patient, now: datetime) -> Notice | None:
    """Return the next notice that the patient is to get after `now`."""
    return db.session.scalars(
        select(Notice)
        .where(
            Notice.role == Audience.PATIENT.value,
            Notice.recipient_id == patient.id,
            Notice.state == NoticeState.OWED.value,
            Notice.due_at > now,
        )
        .order_by(Notice.due_at)
        .limit(1)
    ).first()


def _screen(course: Sequence[VisitFacts], now: datetime) -> tuple[Stage, VisitFacts | None]:
    here = next((visit for visit in course if visit.state in IN_THE_CHAIR), None)
    if here is not None:
        return Stage.DAY, here
    upcoming = next((visit for visit in course if visit.state is VisitState.BOOKED), None)
    last = the_wait(course)
    if last is not None and last.state in GONE:
        ended = over_since(last)
        if ended is None:
            return Stage.WAIT, last
        if upcoming is None or now < ended + END_IS_SHOWN:
            return Stage.OVER, last
    return (Stage.PREPARE, upcoming) if upcoming else (Stage.NOTHING, None)
