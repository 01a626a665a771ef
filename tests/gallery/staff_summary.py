"""A visit on paper: its summary, and what patient and driver take home."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from recovery.domain.rights import StaffRole
from recovery.domain.visit import VisitState
from recovery.services.alerts import raise_alert
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.visits import CheckDone, Observation, ScoreReading, Visit, Vital
from tests.builders import NOW, a_clinic, a_patient, a_protocol_version, a_ride, a_staff
from tests.builders_protocol import shipped
from tests.gallery.entry import Entry, Situation, situation
from tests.gallery.scenes import a_visit_so_far, planned, ride_state_in


def _visit(
    state: VisitState, profile: str = "ketamine-iv-adult", *, noted: bool = False
) -> Situation:
    """A visit with all that is measured and found; a clinician decided to start all the same."""
    clinic, protocol = a_clinic(), shipped(profile)
    body = {"slug": protocol.id, "body": protocol.model_dump_json()}
    doctor = a_staff(clinic, StaffRole.PROVIDER, name="Ida Falk")
    why = {"decided_by": doctor.id, "decided_why": "Asked by phone.", "decided_flags": ["review"]}
    patient = a_patient(clinic)
    visit = a_visit_so_far(patient, state, version=a_protocol_version(clinic, **body), **why)
    a_ride(visit, ride_state_in(state))
    started = visit.started_at or NOW
    for minutes, upper in ((-10, 122), (40, 138), (75, 126)):
        at = started + timedelta(minutes=minutes)
        for measure, value in (("systolic", upper), ("diastolic", 80), ("pulse", 72)):
            db.session.add(Vital(visit_id=visit.id, measure=measure, value=value, at=at))
    points = {item.id: 2 for item in protocol.discharge.items}
    db.session.add(ScoreReading(visit_id=visit.id, at=visit.ended_at or NOW, points=points))
    for check in protocol.discharge.checks[:2]:
        db.session.add(CheckDone(visit_id=visit.id, check=check.id, at=visit.ended_at or NOW))
    if noted:
        _note(visit, started, a_staff(clinic, name="Nora Weiss"), doctor)
    flag = protocol.red_flags[0].id
    raise_alert(visit, flag, NOW, red_flag=flag)
    planned(patient)
    return situation(doctor, visit=visit.id)


def _note(visit: Visit, started: datetime, nurse: Staff, doctor: Staff) -> None:
    """A whole form; the dose was put right, and one effect still lasts."""
    seen = {"seen": True, "since_at": started + timedelta(minutes=20)}
    ended = {"over_at": started + timedelta(minutes=70)}
    for who, item, values in (
        (nurse, "dose", {"mg": 56}),
        (doctor, "dose", {"mg": 84}),
        (nurse, "sedation", seen | ended),
        (nurse, "dissociation", seen),
        (nurse, "respiratory-depression", {"seen": False}),
        (doctor, "serious-event", {"seen": True, "words": "Fainted for a minute when standing up"}),
    ):
        of = {"visit_id": visit.id, "staff_id": who.id, "at": started + timedelta(minutes=80)}
        db.session.add(Observation(item=item, **of, **values))


def _halted(scene: Callable[[], Situation]) -> Situation:
    """The same with all notices to the patient stopped."""
    found = scene()
    visit = db.session.get_one(Visit, found.names["visit"])
    visit.patient.halted_at = NOW
    db.session.commit()
    return found


READY: Final = partial(_visit, VisitState.READY)
HOME: Final = partial(_visit, VisitState.DISCHARGED)
NASAL: Final = partial(_visit, VisitState.DISCHARGED, "esketamine-nasal")
NASAL_NOTED: Final = partial(_visit, VisitState.DISCHARGED, "esketamine-nasal", noted=True)
NASAL_READY: Final = partial(_visit, VisitState.READY, "esketamine-nasal")
NASAL_READY_NOTED: Final = partial(_visit, VisitState.READY, "esketamine-nasal", noted=True)
OF: Final = "/staff/visits/{visit}"

STAFF_SUMMARY: Final[tuple[Entry, ...]] = (
    Entry("staff-summary", HOME, f"{OF}/summary"),
    Entry("staff-summary-ready", READY, f"{OF}/summary"),
    Entry("staff-summary-monitoring-form", NASAL, f"{OF}/summary"),
    Entry("staff-summary-monitoring-form-filled", NASAL_NOTED, f"{OF}/summary"),
    Entry("staff-monitoring-form-empty", NASAL_READY, OF),
    Entry("staff-monitoring-form-filled", NASAL_READY_NOTED, OF),
    Entry(
        "staff-monitoring-form-refused",
        NASAL_READY,
        OF,
        sends={"dose": "28", "sedation": "yes", "sedation-over": "2026-03-02T08:00"},
        to=f"{OF}/monitoring",
        status=422,
    ),
    Entry(
        "staff-monitoring-form-stale",
        NASAL_READY_NOTED,
        OF,
        sends={"dose": "28", "shown": "0"},
        to=f"{OF}/monitoring",
        status=409,
    ),
    Entry("staff-going-home", HOME, f"{OF}/going-home"),
    Entry("staff-going-home-ready", READY, f"{OF}/going-home"),
    Entry("staff-sheets", HOME, OF),
    Entry("staff-sheet-sent", HOME, OF, sends={}, to=f"{OF}/sheet", afresh=True),
    Entry(
        "staff-sheet-refused",
        partial(_halted, HOME),
        OF,
        sends={},
        to=f"{OF}/sheet",
        status=422,
    ),
)
