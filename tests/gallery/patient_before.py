"""The patient before the visit: preparation step by step, who drives, and the day itself."""

from datetime import timedelta
from typing import Final

from recovery.domain.protocol.preparation import StepKind
from recovery.domain.ride import RideState, Role
from recovery.domain.visit import VisitState
from recovery.services.audit import Actor
from recovery.services.finished_steps import finish_step
from recovery.services.red_flags import report_red_flag
from recovery.services.said_once import Sending
from recovery.services.trial import send_test_notice
from recovery.store.clinics import StaffRole
from recovery.store.patients import Patient
from recovery.store.visits import Visit
from tests.addresses import flag_page, step_page
from tests.builders import NOW, a_clinic, a_patient, a_ride, a_staff, a_visit
from tests.builders_protocol import harmless, ketamine
from tests.gallery.entry import Entry
from tests.gallery.scenes import People, booked, of_the_patient, planned

STEPS: Final = ketamine().preparation.steps
IN_FIVE_DAYS: Final = NOW + timedelta(days=5)


def alone(state: VisitState = VisitState.BOOKED) -> People:
    """A patient who has named nobody."""
    patient = a_patient(a_clinic())
    visit = a_visit(patient, state=state.value, start_at=IN_FIVE_DAYS)
    planned(patient)
    return patient, visit, None


def prepared() -> People:
    """A patient who has done all that is asked, tested notices and has a driver and a backup."""
    patient, visit, ride = booked()
    for step in STEPS:
        if step.kind is not StepKind.DRIVER:
            answers = {question.id: harmless(question) for question in step.questions}
            sending = Sending(f"done-{step.id}", NOW)
            finish_step(patient, visit.id, step.id, answers, sending, NOW)
    send_test_notice(patient, NOW)
    a_ride(visit, RideState.ASKED, role="backup", name="Lee Park", phone="+12125550188")
    a_ride(visit, RideState.DECLINED, role="companion", name="Ana Ruiz", phone="+12125550199")
    planned(patient)
    return patient, visit, ride


def reported() -> People:
    """A patient who told the clinic before the visit that something is wrong."""
    patient, visit, ride = booked()
    report_red_flag(visit.id, "rash", Actor("patient", patient.id), NOW)
    return patient, visit, ride


def exempt() -> tuple[Patient, Visit, None]:
    """A visit without a driver, with the clinic's leave."""
    patient = a_patient(a_clinic())
    doctor = a_staff(patient.clinic, StaffRole.PROVIDER)
    visit = a_visit(patient, exempt_by=doctor.id, exempt_why="Stays in the hospital.")
    return patient, visit, None


FAR: Final = of_the_patient(booked, start_at=IN_FIVE_DAYS)


def of_a_series(driver: bool = True) -> People:
    """A patient with three visits of one series, and a driver for the first."""
    patient, visit, ride = booked() if driver else alone()
    visit.series = "one-series"
    for ahead in (3, 7):
        start = visit.start_at + timedelta(days=ahead)
        a_visit(patient, visit.protocol_version, start_at=start, series="one-series")
    return patient, visit, ride


def two_rides() -> People:
    """A patient whom the same driver takes home on two days."""
    patient, visit, ride = booked()
    later = a_visit(patient, visit.protocol_version, start_at=IN_FIVE_DAYS)
    a_ride(later).contact_id = ride.contact_id
    planned(patient)
    return patient, visit, ride


NEAR: Final = of_the_patient(booked)
PREPARED: Final = of_the_patient(prepared)
ALONE: Final = of_the_patient(alone)
ASKED: Final = of_the_patient(booked, ride=RideState.ASKED)
ARRIVED: Final = of_the_patient(booked, VisitState.ARRIVED)
LATE: Final = of_the_patient(booked, booked_at=NOW, start_at=NOW + timedelta(hours=4))
IN_A_SERIES: Final = of_the_patient(of_a_series)
NAMES_FOR_ALL: Final = of_the_patient(of_a_series, driver=False)
TWO_RIDES: Final = of_the_patient(two_rides)
CANCELLED: Final = of_the_patient(booked, VisitState.CANCELLED, start_at=IN_FIVE_DAYS)
FIRST_QUESTIONS: Final = next(step.id for step in STEPS if step.questions)
NAME: Final = "/me/visits/{visit}/driver/name"

BEFORE: Final[tuple[Entry, ...]] = (
    Entry("patient-prepare-far", FAR, "/me"),
    Entry("patient-prepare-near", NEAR, "/me"),
    Entry("patient-prepare-alone", ALONE, "/me"),
    Entry("patient-prepare-done", PREPARED, "/me"),
    Entry("patient-prepare-kept", NEAR, "/me", shows="[data-kept]"),
    Entry("patient-prepare-queue", NEAR, "/me", shows="[data-waiting]"),
    *(Entry(f"patient-step-{s.id}", NEAR, step_page("{visit}", s.id)) for s in STEPS),
    *(
        Entry(f"patient-step-{s.id}-later", FAR, step_page("{visit}", s.id))
        for s in STEPS
        if s.id in {"changed", "food", "water"}
    ),
    Entry("patient-step-health-answered", PREPARED, step_page("{visit}", "health")),
    Entry("patient-step-driver-alone", ALONE, step_page("{visit}", "driver")),
    Entry("patient-step-begun", ARRIVED, step_page("{visit}", "health")),
    *(
        Entry(
            f"patient-step-{s.id}-errors",
            NEAR,
            step_page("{visit}", s.id),
            sends={},
            status=422,
        )
        for s in STEPS
        if s.id in {"health", FIRST_QUESTIONS}
    ),
    Entry("patient-answers-empty", NEAR, "/me/visits/{visit}/answers"),
    Entry("patient-answers", PREPARED, "/me/visits/{visit}/answers"),
    Entry("patient-answers-begun", ARRIVED, "/me/visits/{visit}/answers"),
    Entry("patient-driver-nobody", ALONE, "/me/visits/{visit}/driver"),
    Entry("patient-driver-everybody", PREPARED, "/me/visits/{visit}/driver"),
    *(
        Entry(
            f"patient-driver-{state.value}",
            of_the_patient(booked, ride=state),
            "/me/visits/{visit}/driver",
        )
        for state in (RideState.ASKED, RideState.DECLINED, RideState.WITHDRAWN)
    ),
    *(Entry(f"patient-name-{role.value}", ALONE, f"{NAME}?role={role.value}") for role in Role),
    Entry(
        "patient-name-errors",
        ALONE,
        f"{NAME}?role=driver",
        sends={"name": "", "phone": "12", "consents": ""},
        status=422,
    ),
    Entry("patient-name-series", IN_A_SERIES, "/me/visits/{newest}/driver/name?role=driver"),
    Entry("patient-name-for-all", NAMES_FOR_ALL, f"{NAME}?role=driver"),
    Entry("patient-take-back-all", TWO_RIDES, "/me/rides/{ride}/take-back"),
    Entry("patient-link-lost", ASKED, "/me/rides/{ride}/link"),
    Entry("patient-link", ASKED, "/me/rides/{ride}/link", sends={}),
    Entry("patient-take-back", ASKED, "/me/rides/{ride}/take-back"),
    Entry("patient-exempt", of_the_patient(exempt), "/me"),
    Entry("patient-help-watched", NEAR, "/me/help"),
    Entry("patient-help-said", of_the_patient(reported), flag_page("rash")),
    *(
        Entry(f"patient-notice-{kind}", PREPARED, f"/me/notices/{{notice[{kind}]}}")
        for kind in ("read", "driver-accepted", "changed", "heavy-meal", "come", "test")
    ),
    *(
        Entry(f"patient-day-{state.value}", of_the_patient(booked, state), "/me")
        for state in (
            VisitState.ARRIVED,
            VisitState.INFUSING,
            VisitState.RECOVERING,
            VisitState.READY,
        )
    ),
    Entry("patient-day-alone", of_the_patient(alone, VisitState.ARRIVED), "/me"),
    Entry("patient-prepare-moved", of_the_patient(booked, moved_at=NOW), "/me"),
    Entry("patient-prepare-late", LATE, "/me"),
    Entry("patient-step-food-late", LATE, step_page("{visit}", "food")),
    Entry("patient-step-cancelled", CANCELLED, step_page("{visit}", "food")),
    Entry("patient-paper", PREPARED, "/me/visits/{visit}/paper"),
    Entry("patient-paper-alone", ALONE, "/me/visits/{visit}/paper"),
    Entry("patient-cancelled", CANCELLED, "/me"),
)
