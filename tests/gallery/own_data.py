"""A patient's data: on their phone, at the desk, and on paper."""

from datetime import timedelta
from functools import partial
from typing import Final

from recovery.domain.protocol.day import Measure
from recovery.domain.ride import RideState, Role
from recovery.domain.rights import StaffRole
from recovery.domain.visit import VisitState
from recovery.services.account_end import end_account
from recovery.services.audit import Actor
from recovery.services.looking import note_look
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.rides import Ride
from recovery.store.visits import Answer, Visit, Vital
from tests.builders import NOW, a_clinic, a_patient, a_ride, a_staff
from tests.gallery.entry import Entry, Situation, situation
from tests.gallery.scenes import A_DAY, HOUR, booked, said


def _looked_at(state: VisitState, role: StaffRole | None = None) -> Situation:
    """A patient whom a nurse and a provider have looked at; `role`: staff hold the tablet."""
    patient, visit, ride = booked(state)
    clinic = patient.clinic
    nurse = a_staff(clinic, email=f"nora-{clinic.id}@clinic.example")
    email = f"ida-{clinic.id}@clinic.example"
    provider = a_staff(clinic, StaffRole.PROVIDER, name="Ida Falk", email=email)
    note_look(nurse, patient.id, None, NOW - 2 * HOUR)
    note_look(provider, None, visit.id, NOW - HOUR)
    return _held(patient, visit, ride, role)


def _held(patient: Patient, visit: Visit, ride: Ride, role: StaffRole | None) -> Situation:
    holder = a_staff(patient.clinic, role, name="Tom Becker") if role else patient
    return situation(holder, patient=patient.id, visit=visit.id, ride=ride.id)


def _after() -> Situation:
    """A visit that is over, with answers, measurements and check-ins; its wait has ended."""
    patient, visit, ride = booked(VisitState.DISCHARGED, ago=A_DAY)
    said(visit, slept=True, symptoms=[])
    answer = {"question": "chest-breath-fever", "choice": "no", "by": "patient"}
    pulse = {"measure": Measure.PULSE.value, "value": 72}
    db.session.add(Vital(visit_id=visit.id, at=NOW - A_DAY, **pulse))
    db.session.add(Answer(visit_id=visit.id, at=NOW - A_DAY, **answer))
    note_look(a_staff(patient.clinic), patient.id, None, NOW - 2 * HOUR)
    a_ride(visit, RideState.ACCEPTED, role=Role.COMPANION.value, phone="+12125550188")
    return _held(patient, visit, ride, None)


def _nobody_looked() -> Situation:
    return situation(a_patient(a_clinic()))


def _has_ended() -> Situation:
    """An admin whose clinic has a patient that ended the account."""
    patient, visit, ride = booked()
    end_account(patient.id, patient.clinic_id, Actor("patient", patient.id), NOW)
    return _held(patient, visit, ride, StaffRole.ADMIN)


def _keeping(ago: timedelta = A_DAY) -> Situation:
    """An admin whose clinic set a rule some time ago; somebody is over by it."""
    clinic = a_clinic(keep_days=365, keep_set_at=NOW - ago)
    a_patient(clinic, created_at=NOW - timedelta(days=500))
    return situation(a_staff(clinic, StaffRole.ADMIN))


COMING: Final = partial(_looked_at, VisitState.BOOKED)
WAITING: Final = partial(_looked_at, VisitState.DISCHARGED)
HERE: Final = partial(_looked_at, VisitState.INFUSING)
ADMIN: Final = partial(_looked_at, VisitState.BOOKED, StaffRole.ADMIN)
ADMIN_WAITING: Final = partial(_looked_at, VisitState.DISCHARGED, StaffRole.ADMIN)
DESK: Final = partial(_looked_at, VisitState.BOOKED, StaffRole.FRONT_DESK)
OF: Final = "/staff/patients/{patient}/data"

#: Rosa, and somebody new.
OF_ROSA: Final = (
    "name,born,date,time\n"
    "Rosa Delgado,1988-04-12,2026-03-11,09:30\n"
    "Ada Poe,1971-04-12,2026-03-11,10:30\n"
)

OWN_DATA: Final[tuple[Entry, ...]] = (
    Entry("staff-import-has-left", _has_ended, "/staff/import", sends={"text": OF_ROSA}),
    Entry("patient-data", COMING, "/me/data"),
    Entry("patient-data-nobody", _nobody_looked, "/me/data"),
    Entry("patient-data-in-the-chair", HERE, "/me/data"),
    Entry("patient-data-after", _after, "/me/data"),
    Entry("patient-data-all", _after, "/me/data/all"),
    Entry("patient-data-all-nothing", _nobody_looked, "/me/data/all"),
    Entry("patient-data-end", _after, "/me/data/end"),
    Entry("patient-data-end-booked", COMING, "/me/data/end"),
    Entry("patient-data-end-would-lose", COMING, "/me/data/end", shows="[data-would-be-lost]"),
    Entry("patient-data-end-waiting", WAITING, "/me/data/end"),
    Entry("patient-data-end-in-the-chair", HERE, "/me/data/end"),
    Entry("patient-data-ended", COMING, "/me/data/end", sends={}, afresh=True),
    Entry("staff-data", ADMIN, OF),
    Entry("staff-data-erased", _has_ended, OF, sends={}, to=f"{OF}/erase", afresh=True),
    Entry("staff-keeping", _keeping, "/staff/keeping"),
    Entry("staff-keeping-new", partial(_keeping, HOUR), "/staff/keeping"),
    Entry("staff-keeping-errors", _keeping, "/staff/keeping", sends={"days": "3"}, status=422),
    Entry("staff-data-waiting", ADMIN_WAITING, OF),
    Entry("staff-data-desk", DESK, OF),
    Entry("staff-data-ended", _has_ended, OF),
    Entry("staff-patient-ended", _has_ended, "/staff/patients/{patient}"),
    Entry("staff-alerts-ended", _has_ended, "/staff/alerts"),
    Entry("staff-data-print", ADMIN, OF, sends={}, to=f"{OF}/all", afresh=True),
)
