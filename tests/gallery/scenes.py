"""How the database comes to each situation: a clinic, a visit and its people of their own."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import func, select

from recovery.domain.ride import RideState, Role
from recovery.domain.visit import IN_THE_CHAIR, VisitState
from recovery.services.planning import replan
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.store.rides import Ride
from recovery.store.visits import CheckInAnswer, Visit
from tests.builders import NOW, a_clinic, a_patient, a_ride, a_visit
from tests.gallery.entry import Scene, Situation, situation

HOUR: Final = timedelta(hours=1)
TEN_MINUTES: Final = timedelta(minutes=10)
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
MOMENTS: Final[dict[str, Any]] = {
    "arrived_at": NOW - 4 * HOUR,
    "started_at": NOW - 3.5 * HOUR,
    "ended_at": NOW - 2.5 * HOUR,
    "ready_at": NOW - 1.5 * HOUR,
    "left_at": NOW - HOUR,
}
#: The moments of a visit that are stored by the time it has come so far.
SO_FAR: Final = {
    VisitState.BOOKED: (),
    VisitState.ARRIVED: ("arrived_at",),
    VisitState.INFUSING: ("arrived_at", "started_at"),
    VisitState.RECOVERING: ("arrived_at", "started_at", "ended_at"),
    VisitState.READY: ("arrived_at", "started_at", "ended_at", "ready_at"),
    VisitState.DISCHARGED: ("arrived_at", "started_at", "ended_at", "ready_at", "left_at"),
    VisitState.LEFT: ("arrived_at", "started_at", "ended_at", "left_at"),
    VisitState.TRANSFERRED: ("arrived_at", "started_at", "ended_at", "left_at"),
    VisitState.CANCELLED: (),
    VisitState.NO_SHOW: (),
}
#: A minimum wait has passed by then.
A_DAY: Final = 25 * HOUR


def a_visit_so_far(
    patient: Patient, state: VisitState, ago: timedelta = timedelta(), **changes: Any
) -> Visit:
    """A visit that has come as far as `state`: ten minutes ago in the clinic; who has gone home
    went an hour and `ago` ago."""
    times = {name: MOMENTS[name] - ago for name in SO_FAR[state]}
    if state in IN_THE_CHAIR:
        later = NOW - TEN_MINUTES - max(times.values())
        times = {name: at + later for name, at in times.items()}
    if times:
        times["start_at"] = times["arrived_at"]
    return a_visit(patient, state=state.value, **(times | changes))


def ride_state_in(state: VisitState) -> RideState:
    """Where a driver who came along stands by then."""
    return RideState.TOOK if state is VisitState.DISCHARGED else RideState.ACCEPTED


def booked(
    state: VisitState = VisitState.BOOKED,
    role: Role = Role.DRIVER,
    ride: RideState | None = None,
    language: str = "en",
    clinic: Mapping[str, Any] = NOTHING,
    **changes: Any,
) -> tuple[Patient, Visit, Ride]:
    """A patient whose visit has come as far as `state`, and somebody named for it; commits.

    ride: where that person stands, by default as who said yes. changes: of the visit, and `ago`.
    """
    patient = a_patient(a_clinic(**clinic), language=language)
    visit = a_visit_so_far(patient, state, **changes)
    named = a_ride(visit, ride or ride_state_in(state), role=role.value)
    named.contact.language = language
    planned(patient)
    return patient, visit, named


def planned(patient: Patient) -> None:
    """Owe what is owed by what is known; commits."""
    replan(patient.id, NOW)
    db.session.commit()


def said(
    visit: Visit, check_in: str = "last-questions", ago: timedelta = HOUR, **means: Any
) -> None:
    """The patient answered a check-in `ago`. means: slept, symptoms, drove."""
    db.session.add(
        CheckInAnswer(
            visit_id=visit.id,
            check_in=check_in,
            answers={},
            at=NOW - ago,
            **means,
        )
    )
    db.session.commit()


def notices_of(visit: Visit, role: str = "patient") -> dict[str, int]:
    """Kind → id of what is owed to somebody about a visit; the last of each kind."""
    found = select(Notice).where(Notice.visit_id == visit.id, Notice.role == role)
    return {notice.kind: notice.id for notice in db.session.scalars(found.order_by(Notice.id))}


People = tuple[Patient, Visit, Ride | None]


def of_the_patient(build: Callable[..., People], *given: Any, **chosen: Any) -> Scene:
    """Return the scene in which the patient of a builder like `booked` holds the phone."""
    return partial(_held_by_patient, partial(build, *given, **chosen))


def of_the_driver(build: Callable[..., People], *given: Any, **chosen: Any) -> Scene:
    """Return the scene in which the driver of a builder like `booked` holds the phone."""
    return partial(_held_by_driver, partial(build, *given, **chosen))


def _held_by_patient(build: Callable[[], People]) -> Situation:
    patient, visit, ride = build()
    newest = db.session.scalar(select(func.max(Visit.id)).where(Visit.patient_id == patient.id))
    names = {"ride": ride.id} if ride else {}
    return situation(patient, visit=visit.id, newest=newest, notice=notices_of(visit), **names)


def _held_by_driver(build: Callable[[], People]) -> Situation:
    _patient, visit, ride = build()
    assert ride is not None
    notices = notices_of(visit, ride.role)
    return situation(ride.contact, visit=visit.id, ride=ride.id, notice=notices)
