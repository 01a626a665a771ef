"""What staff meet on the clinic's tablet: the board, each visit as far as it came, patients."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import select

from recovery.domain.ride import RideState, Role
from recovery.domain.visit import VisitState
from recovery.services.alerts import raise_alert, resolve_alert, take_alert
from recovery.services.audit import Actor
from recovery.services.exemption import exempt_from_driver
from recovery.services.halting import halt_patient
from recovery.services.red_flags import report_red_flag
from recovery.services.stopped_numbers import keep_stop
from recovery.store.addresses import Channel
from recovery.store.alerts import AlertLevel
from recovery.store.clinics import Clinic, Staff, StaffRole
from recovery.store.database import db
from recovery.store.notices import Attempt, Notice
from recovery.store.visits import Visit
from tests.builders import NOW, a_clinic, a_patient, a_protocol_version, a_ride, a_staff, a_visit
from tests.builders_protocol import changed, ketamine
from tests.gallery.entry import Entry, Situation, nobody, situation
from tests.gallery.patient_after import WELL, waiting
from tests.gallery.patient_before import alone, prepared
from tests.gallery.scenes import A_DAY, HOUR, People, a_visit_so_far, booked

ALERTS: Final = ("driver-withdrew", "drove", "flags", "own-driver")
NAMES: Final = (
    "Rosa Delgado",
    "Bo Li",
    "Maximiliana Featherstonehaugh-Oyelaran",
    "Ana Ruiz",
    "Jo Smith",
    "Zoë Ødegård",
    "Kim Park",
    "Omar Haddad",
    "Lu Chen",
    "Max Weber",
)


def of_staff(build: Callable[..., People], *given: Any, **chosen: Any) -> Callable[[], Situation]:
    """Return the scene in which a provider looks at the visit of a builder like `booked`."""
    return partial(_seen_by_staff, partial(build, *given, **chosen))


def _seen_by_staff(build: Callable[[], People]) -> Situation:
    patient, visit, _ride = build()
    person = a_staff(visit.clinic, StaffRole.PROVIDER)
    version = visit.protocol_version_id
    return situation(person, visit=visit.id, patient=patient.id, version=version)


def to_be_called() -> People:
    """A visit under a protocol by which staff may take a driver's yes on the phone."""
    patient, visit, ride = booked(ride=RideState.NAMED)
    by_call = changed(ketamine(), {"driver.confirmed_by": ["own-link", "staff-call"]})
    visit.protocol_version.body = by_call.model_dump_json()
    db.session.commit()
    return patient, visit, ride


def with_alerts() -> People:
    """A visit with alerts of every weight, one of them taken."""
    patient, visit, ride = booked(VisitState.DISCHARGED)
    report_red_flag(visit.id, "chest-pain", Actor("patient", patient.id), NOW)
    for kind in ALERTS:
        alert = raise_alert(visit, kind, NOW, key=kind, level=AlertLevel.TASK)
    db.session.commit()
    take_alert(a_staff(visit.clinic), alert.id, NOW)
    return patient, visit, ride


def with_nobody_to_text() -> People:
    """A clinic whose person on call answered STOP."""
    people = booked()
    people[1].clinic.on_call_phone = "+12125550122"
    keep_stop("+12125550122", NOW)
    db.session.commit()
    return people


def with_past() -> People:
    """A visit with alerts that were closed, one of which woke the person on call."""
    patient, visit, ride = booked(VisitState.DISCHARGED)
    nurse = a_staff(visit.clinic)
    for kind, done in zip(
        ALERTS, ("The sister drives.", "Called her.", "Talked.", "Told."), strict=True
    ):
        alert = raise_alert(visit, kind, NOW - HOUR, key=kind, level=AlertLevel.ALERT)
        about = select(Notice).where(Notice.occasion.startswith(f"{alert.id}/"))
        told = {"notice_id": db.session.scalars(about).one().id, "at": NOW - HOUR, "fence": 1}
        db.session.add(Attempt(channel=Channel.TEXT.value, outcome="sent", **told))
        db.session.add(Attempt(channel=Channel.EMAIL.value, outcome="gone", **told))
        db.session.commit()
        take_alert(nurse, alert.id, NOW - HOUR / 2)
        resolve_alert(nurse, alert.id, done, NOW)
    return patient, visit, ride


def halted() -> People:
    """A patient to whom nothing may be sent."""
    patient, visit, ride = booked()
    person = a_staff(visit.clinic)
    halt_patient(person, patient.id, "In hospital.", NOW)
    return patient, visit, ride


def exempted() -> People:
    """A visit that may go on without a driver."""
    patient, visit, ride = alone(VisitState.ARRIVED)
    doctor = a_staff(visit.clinic, StaffRole.PROVIDER, email=f"ada-{visit.id}@clinic.example")
    exempt_from_driver(doctor, visit.id, "Stays in the hospital.", NOW)
    return patient, visit, ride


def full_board() -> Situation:
    """A day with a visit in each state, and alerts."""
    clinic = a_clinic()
    version = a_protocol_version(clinic)
    for name, state in zip(NAMES, VisitState, strict=True):
        visit = a_visit_so_far(a_patient(clinic, name=name), state, version=version)
        a_ride(visit, RideState.TOOK if state is VisitState.DISCHARGED else RideState.ACCEPTED)
        if state is VisitState.DISCHARGED:
            _needs_staff(visit)
    return situation(a_staff(clinic, StaffRole.PROVIDER))


def _needs_staff(visit: Visit) -> None:
    for kind in ALERTS:
        raise_alert(visit, kind, NOW, key=kind, level=AlertLevel.ALERT)
    db.session.commit()


def new_clinic() -> Situation:
    """A clinic without a single patient."""
    clinic: Clinic = a_clinic()
    person: Staff = a_staff(clinic)
    return situation(person)


def in_a_series() -> People:
    """A visit with two that follow, one of them after the night the clocks go forward."""
    patient, visit, ride = booked(series="one-series")
    for ahead in (3, 7):
        start = visit.start_at + timedelta(days=ahead)
        a_visit(patient, visit.protocol_version, start_at=start, series="one-series")
    return patient, visit, ride


FIRST_ROW: Final = "name,born,date,time,phone\n"
GOOD_FILE: Final = FIRST_ROW + (
    "Rosa Delgado,1988-04-12,2026-03-04,09:30,(212) 555-0142\n"
    "Maximiliana Featherstonehaugh-Oyelaran,4/12/1971,3/4/2026,10:30 AM,\n"
)
WRONG_FILE: Final = GOOD_FILE + "Bo Li,12.4.,2026-03-08,02:30,12\n,1990-01-01,2026-02-30,25:00,\n"
#: Six visits from a Wednesday on; the clocks go forward in between.
SIX: Final = "start=2026-03-04T10:00&count=6&weekday=2&weekday=4&protocol={version}"
VISIT: Final = "/staff/visits/{visit}"
PATIENT: Final = "/staff/patients/{patient}"
BOARD: Final = full_board
EMPTY: Final = new_clinic
BOOKED: Final = of_staff(booked)
ARRIVED: Final = of_staff(booked, VisitState.ARRIVED)
DISCHARGED: Final = of_staff(booked, VisitState.DISCHARGED)
WITH_ALERTS: Final = of_staff(with_alerts)
WITH_PAST: Final = of_staff(with_past)
HALTED: Final = of_staff(halted)
IN_A_SERIES: Final = of_staff(in_a_series)


def _visit(name: str, build: Callable[..., People], *how: Any, **more: Any) -> Entry:
    return Entry(f"staff-visit-{name}", of_staff(build, *how, **more), VISIT)


STAFF: Final[tuple[Entry, ...]] = (
    Entry("staff-sign-in", nobody, "/staff/sign-in"),
    Entry(
        "staff-sign-in-errors",
        nobody,
        "/staff/sign-in",
        sends={"email": "nobody@clinic.example", "password": "wrong"},
        to="/staff/sign-in",
        status=422,
    ),
    Entry("staff-board", BOARD, "/staff/"),
    Entry("staff-board-red", BOARD, "/staff/", shows="[data-worker]"),
    Entry("staff-board-empty", EMPTY, "/staff/"),
    Entry("staff-alerts", WITH_ALERTS, "/staff/alerts"),
    Entry("staff-alerts-no-texts", of_staff(with_nobody_to_text), "/staff/alerts"),
    Entry("staff-alerts-past", WITH_PAST, "/staff/alerts/past"),
    Entry("staff-alerts-past-none", EMPTY, "/staff/alerts/past"),
    Entry("staff-alerts-none", EMPTY, "/staff/alerts"),
    Entry("staff-patients", BOARD, "/staff/patients"),
    Entry("staff-patients-none", BOARD, "/staff/patients?q=zzz"),
    Entry("staff-patient-new", EMPTY, "/staff/patients/new"),
    Entry(
        "staff-patient-new-errors",
        EMPTY,
        "/staff/patients/new",
        sends={"name": "", "born": "", "phone": "12"},
        to="/staff/patients/new",
        status=422,
    ),
    Entry("staff-patient", DISCHARGED, PATIENT),
    Entry("staff-patient-halted", HALTED, PATIENT),
    Entry("staff-patient-errors", BOOKED, PATIENT, sends={}, to=f"{PATIENT}/halt", status=422),
    Entry("staff-welcome", BOOKED, PATIENT, sends={}, to=f"{PATIENT}/welcome"),
    Entry("staff-book", BOOKED, f"{PATIENT}/visits/new"),
    Entry(
        "staff-book-errors",
        BOOKED,
        f"{PATIENT}/visits/new",
        sends={"start": ""},
        to=f"{PATIENT}/visits/new",
        status=422,
    ),
    Entry("staff-series", BOOKED, f"{PATIENT}/series"),
    Entry("staff-series-errors", BOOKED, f"{PATIENT}/series?start=&count=99", status=422),
    Entry("staff-series-dates", BOOKED, PATIENT + "/series?" + SIX),
    Entry(
        "staff-series-refused",
        BOOKED,
        PATIENT + "/series?" + SIX,
        sends={
            "start-1": "2026-02-02T10:00",
            "start-2": "2026-03-02T15:00",
        },
        status=422,
    ),
    Entry("staff-import", BOARD, "/staff/import"),
    Entry("staff-import-errors", BOARD, "/staff/import", sends={}, status=422),
    Entry("staff-import-rows", BOARD, "/staff/import", sends={"text": GOOD_FILE}),
    Entry("staff-import-wrong", BOARD, "/staff/import", sends={"text": WRONG_FILE}),
    Entry("staff-visit-of-series", IN_A_SERIES, VISIT),
    _visit("by-call", to_be_called),
    Entry(
        "staff-series-move",
        IN_A_SERIES,
        VISIT,
        sends={"start": "2026-03-03T09:00", "scope": "following"},
        to=f"{VISIT}/move",
    ),
    Entry(
        "staff-series-move-refused",
        IN_A_SERIES,
        VISIT,
        sends={"start": "2026-01-02T09:00", "scope": "following"},
        to=f"{VISIT}/move",
    ),
    *(_visit(state.value, booked, state) for state in VisitState),
    _visit("alone", alone),
    _visit("prepared", prepared),
    _visit("alerts", with_alerts),
    _visit("halted", halted),
    _visit("exempt", exempted),
    _visit("over", waiting, ago=A_DAY, heard=WELL),
    _visit("symptom", waiting, heard={"symptoms": ["dizziness"]}),
    _visit("companion", booked, VisitState.DISCHARGED, Role.COMPANION),
    Entry(
        "staff-visit-errors",
        ARRIVED,
        VISIT,
        sends={"systolic": "many", "spo2": "x"},
        to=f"{VISIT}/gate",
        status=422,
    ),
    Entry("staff-paper", BOOKED, f"{VISIT}/paper"),
    Entry("staff-paper-link", BOOKED, f"{VISIT}/paper", sends={}),
    Entry("staff-timeline", DISCHARGED, f"{VISIT}/timeline"),
    Entry("staff-timeline-booked", BOOKED, f"{VISIT}/timeline"),
    Entry("staff-notices", full_board, "/staff/notices"),
    Entry("staff-not-found", BOOKED, "/staff/nothing-here", status=404),
)
