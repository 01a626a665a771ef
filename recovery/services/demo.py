"""The demo clinic: four people who work there, two patients, a visit today and one tomorrow."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from recovery.domain.protocol import Protocol
from recovery.domain.rights import StaffRole
from recovery.domain.times import instant_at, local_day
from recovery.services.audit import Actor, record
from recovery.services.planning import replan
from recovery.services.protocols import install_protocol
from recovery.services.staff_accounts import new_staff
from recovery.services.staff_sign_in import HASHER, matches
from recovery.services.welcome import make_welcome_link
from recovery.store.clinics import Clinic, ProtocolVersion, Staff
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.visits import Visit

ZONE: Final = "America/Chicago"
QUARTER: Final = timedelta(minutes=15)
CLINICIAN: Final = "doctor@demo.example"
NURSE: Final = "nurse@demo.example"
FRONT_DESK: Final = "desk@demo.example"
ADMIN: Final = "admin@demo.example"


@dataclass(frozen=True, slots=True)
class Invited:
    """A patient of the demo and the token of a fresh welcome link."""

    name: str
    born: date
    token: str


def make_demo(
    protocols: Iterable[Protocol], soon: timedelta, password: str, now: datetime
) -> Clinic | None:
    """Add the demo clinic to an empty database, in one commit; None when a clinic is there.

    The first visit is `soon` from now, rounded up to a quarter of an hour when that is far
    enough ahead, and never after the clinic's midnight while the day lasts.
    """
    if db.session.scalar(select(Clinic.id).limit(1)) is not None:
        return None
    clinic = _clinic()
    db.session.add(clinic)
    db.session.flush()
    doctor = new_staff(clinic, "Dr. Maya Rivera", CLINICIAN, StaffRole.PROVIDER, password)
    new_staff(clinic, "Jonas Keller", NURSE, StaffRole.NURSE, password)
    new_staff(clinic, "Ines Moreno", FRONT_DESK, StaffRole.FRONT_DESK, password)
    new_staff(clinic, "Tom Becker", ADMIN, StaffRole.ADMIN, password)
    versions = [install_protocol(clinic.id, protocol, now) for protocol in protocols]
    today, tomorrow = _times(soon, now)
    rosa = _patient(clinic, "Rosa Delgado", date(1988, 4, 12), "+13125550142", now)
    owen = _patient(clinic, "Owen Hart", date(1975, 11, 3), "+13125550163", now)
    _book(doctor, rosa, versions[0], today, now)
    _book(doctor, owen, versions[0], tomorrow, now)
    db.session.commit()
    return clinic


def demo_clinic() -> Clinic | None:
    """Return the demo clinic, if this database has one."""
    return db.session.scalars(select(Clinic).where(Clinic.is_demo).order_by(Clinic.id)).first()


def set_demo_password(clinic: Clinic, password: str) -> None:
    """Make the kept password the one that opens, whatever was stored before."""
    for person in db.session.scalars(select(Staff).where(Staff.clinic_id == clinic.id)):
        if not matches(person.password_hash, password):
            person.password_hash = HASHER.hash(password)
    db.session.commit()


def invite_patients(clinic: Clinic, now: datetime) -> list[Invited]:
    """Make a fresh welcome link for every patient of the demo; the links before them end."""
    doctor = db.session.scalars(
        select(Staff).where(Staff.clinic_id == clinic.id, Staff.role == StaffRole.PROVIDER.value)
    ).first()
    patients = db.session.scalars(
        select(Patient).where(Patient.clinic_id == clinic.id).order_by(Patient.id).limit(2)
    ).all()
    if doctor is None:
        return []
    return [
        Invited(patient.name, patient.born, make_welcome_link(doctor, patient.id, now))
        for patient in patients
    ]


def _clinic() -> Clinic:
    return Clinic(
        name="Lakeside Demo Clinic",
        neutral_name="Lakeside",
        zone=ZONE,
        country="US",
        phone="+13125550100",
        address="12 Lake Street, Chicago",
        parking="Behind the house, enter from Canal Street",
        entrance="Blue door beside the bakery, ring at “Lakeside”, second floor",
        on_call_name="Dr. Maya Rivera",
        on_call_phone="+13125550111",
        watched="Mon-Fri 08:00-17:00",
        is_demo=True,
    )


def _times(soon: timedelta, now: datetime) -> tuple[datetime, datetime]:
    zone = ZoneInfo(ZONE)
    day = local_day(now, zone)
    today = now + soon
    if soon >= timedelta(hours=1):
        last = instant_at(day, time(23, 45), zone)
        rounded = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        while rounded < today:
            rounded += QUARTER
        today = min(rounded, last) if last > now else rounded
    return today, instant_at(day + timedelta(days=1), time(10), zone)


def _patient(clinic: Clinic, name: str, born: date, phone: str, now: datetime) -> Patient:
    patient = Patient(clinic_id=clinic.id, name=name, born=born, phone=phone, created_at=now)
    db.session.add(patient)
    db.session.flush()
    return patient


def _book(
    staff: Staff, patient: Patient, version: ProtocolVersion, start: datetime, now: datetime
) -> None:
    visit = Visit(
        clinic_id=staff.clinic_id,
        patient_id=patient.id,
        protocol_version_id=version.id,
        start_at=start,
        booked_at=now,
    )
    db.session.add(visit)
    db.session.flush()
    replan(patient.id, now)
    record(staff.clinic_id, Actor("staff", staff.id), "booked", visit, now, visit.id)
