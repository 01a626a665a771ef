"""Rows for tests: the smallest clinic, people and visit that are true to life. Nothing commits
but the builders themselves."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient

from recovery.domain.ride import RideState, Role
from recovery.domain.visit import VisitState
from recovery.services.sign_in import Lifetimes, begin
from recovery.store.clinics import Clinic, ProtocolVersion, Staff, StaffRole
from recovery.store.database import db
from recovery.store.patients import Consent, Contact, Patient
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face
from recovery.store.visits import Visit
from recovery.web.access import cookie_name
from tests.builders_protocol import ketamine

#: A Monday, 09:00 in New York: the time at which tests begin.
NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
MONTH = timedelta(days=30)


def saved(row: Any) -> Any:
    """Keep a row and return it with its id."""
    db.session.add(row)
    db.session.commit()
    return row


def a_clinic(**changes: Any) -> Clinic:
    """A clinic in New York that may use the unsigned protocol."""
    values: dict[str, Any] = {
        "name": "Lakeside Infusions",
        "neutral_name": "Lakeside",
        "zone": "America/New_York",
        "country": "US",
        "phone": "+12125550100",
        "address": "12 Lake Street, New York",
        "parking": "Behind the house",
        "entrance": "Blue door beside the bakery",
        "on_call_name": "Dr. Ada Lind",
        "on_call_phone": "+12125550111",
        "watched": "Mon-Fri 08:00-17:00",
        "is_demo": True,
    }
    clinic: Clinic = saved(Clinic(**(values | changes)))
    return clinic


def a_protocol_version(clinic: Clinic, **changes: Any) -> ProtocolVersion:
    """The shipped protocol as this clinic uses it."""
    protocol = ketamine()
    values: dict[str, Any] = {
        "clinic_id": clinic.id,
        "slug": protocol.id,
        "version": protocol.version,
        "body": protocol.model_dump_json(),
        "created_at": NOW - MONTH,
    }
    version: ProtocolVersion = saved(ProtocolVersion(**(values | changes)))
    return version


def a_staff(clinic: Clinic, role: StaffRole = StaffRole.NURSE, **changes: Any) -> Staff:
    """Somebody who works here; signs in by `signed_in`, not by password."""
    values: dict[str, Any] = {
        "clinic_id": clinic.id,
        "email": f"{role.value}-{clinic.id}@clinic.example",
        "name": "Nora Weiss",
        "role": role.value,
        "password_hash": "",
    }
    staff: Staff = saved(Staff(**(values | changes)))
    return staff


def a_patient(clinic: Clinic, **changes: Any) -> Patient:
    """A patient who has chosen language and wording."""
    values: dict[str, Any] = {
        "clinic_id": clinic.id,
        "name": "Rosa Delgado",
        "born": date(1988, 4, 12),
        "phone": "+12125550142",
        "settled_at": NOW - MONTH,
        "created_at": NOW - MONTH,
    }
    patient: Patient = saved(Patient(**(values | changes)))
    return patient


def a_visit(patient: Patient, version: ProtocolVersion | None = None, **changes: Any) -> Visit:
    """A visit booked a month ago, to start at 10:00 in New York, an hour after tests begin."""
    version = version or a_protocol_version(patient.clinic)
    values: dict[str, Any] = {
        "clinic_id": patient.clinic_id,
        "patient_id": patient.id,
        "protocol_version_id": version.id,
        "start_at": NOW + timedelta(hours=1),
        "booked_at": NOW - MONTH,
    }
    visit: Visit = saved(Visit(**(values | changes)))
    return visit


def a_visit_at_the_door(
    patient: Patient, version: ProtocolVersion | None = None, **changes: Any
) -> Visit:
    """A visit whose infusion has ended: the patient is ready to go."""
    times: dict[str, Any] = {
        "state": VisitState.READY.value,
        "start_at": NOW - timedelta(hours=3),
        "arrived_at": NOW - timedelta(hours=3),
        "started_at": NOW - timedelta(hours=2, minutes=45),
        "ended_at": NOW - timedelta(hours=2),
        "ready_at": NOW - timedelta(minutes=30),
    }
    return a_visit(patient, version, **(times | changes))


def a_ride(visit: Visit, state: RideState = RideState.ACCEPTED, **changes: Any) -> Ride:
    """A driver with the patient's consent, who has said yes unless told otherwise."""
    contact = saved(
        Contact(
            clinic_id=visit.clinic_id,
            patient_id=visit.patient_id,
            name=changes.pop("name", "Sam Rivera"),
            phone=changes.pop("phone", "+12125550177"),
            created_at=NOW - MONTH,
        )
    )
    values: dict[str, Any] = {
        "clinic_id": visit.clinic_id,
        "visit_id": visit.id,
        "contact_id": contact.id,
        "role": Role.DRIVER.value,
        "state": state.value,
        "asked_at": NOW - timedelta(days=5),
        "accepted_at": NOW - timedelta(days=4) if state is not RideState.ASKED else None,
        "code": "482913",
    }
    ride: Ride = saved(Ride(**(values | changes)))
    saved(Consent(ride_id=ride.id, given_at=NOW - timedelta(days=5)))
    return ride


def signed_in(
    client: FlaskClient, face: Face, person: Staff | Patient | Contact, now: datetime = NOW
) -> FlaskClient:
    """Sign a test browser in, in a face's own cookie."""
    lives = Lifetimes(MONTH, MONTH)
    token = begin(face, person.clinic_id, person.id, "test browser", lives, now)
    db.session.commit()
    client.set_cookie(cookie_name(face), token)
    return client
