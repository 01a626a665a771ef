"""Patients: found, added and shown within one clinic."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from recovery.services.audit import Actor, record
from recovery.services.contact_details import email_address, phone_number
from recovery.services.refusals import NotFound, Refused
from recovery.store.clinics import Clinic, Staff
from recovery.store.database import db
from recovery.store.patients import Contact, Patient
from recovery.store.rides import Ride
from recovery.store.visits import Visit

LONGEST_NAME = 200
#: Nobody alive is older; an earlier year is a slip.
OLDEST = timedelta(days=125 * 366)
#: How many patients one page of the list shows.
MOST = 100


@dataclass(frozen=True, slots=True)
class PatientEntry:
    """A patient as staff typed it; phone and e-mail may be empty."""

    name: str
    born: date
    phone: str
    email: str
    language: str


def add_patient(staff: Staff, entry: PatientEntry, now: datetime) -> Patient:
    """Add a patient; Refused names the field that cannot be taken.

    The same name and date of birth again is refused: it is a second tap, or a second
    record of one person.
    """
    clinic = staff.clinic
    entry = checked_entry(clinic, entry, now)
    db.session.execute(
        select(Clinic.id).where(Clinic.id == clinic.id).with_for_update(key_share=True)
    )
    twin = select(Patient.id).where(
        Patient.clinic_id == clinic.id, Patient.name == entry.name, Patient.born == entry.born
    )
    if db.session.scalar(twin) is not None:
        raise Refused("A patient with this name and date of birth is already here.", "name")
    patient = Patient(clinic_id=clinic.id, created_at=now, **asdict(entry))
    db.session.add(patient)
    record(clinic.id, Actor("staff", staff.id), "added", patient, now)
    db.session.commit()
    return patient


def checked_entry(clinic: Clinic, entry: PatientEntry, now: datetime) -> PatientEntry:
    """Return what was typed in the form that is stored; Refused names the field that cannot be."""
    name = _checked_name(entry.name)
    _check_birth(entry.born, now.astimezone(ZoneInfo(clinic.zone)).date())
    phone = phone_number(entry.phone, clinic.country)
    return PatientEntry(name, entry.born, phone, email_address(entry.email), entry.language)


def find_patients(staff: Staff, words: str) -> Sequence[Patient]:
    """Return the clinic's patients whose name or phone holds `words`, by name; all for ""."""
    chosen = select(Patient).where(
        Patient.clinic_id == staff.clinic_id, Patient.erased_at.is_(None)
    )
    if words.strip():
        sought = words.strip()
        digits = "".join(letter for letter in sought if letter.isdecimal())
        matches = func.lower(Patient.name).contains(sought.lower(), autoescape=True)
        if digits:
            matches |= Patient.phone.contains(digits, autoescape=True)
        chosen = chosen.where(matches)
    return db.session.scalars(chosen.order_by(Patient.name, Patient.id).limit(MOST)).all()


def own_patient(staff: Staff, patient_id: int, *, lock: bool = False) -> Patient:
    """Return a patient of the staff person's clinic; NotFound for any other."""
    chosen = select(Patient).where(
        Patient.id == patient_id,
        Patient.clinic_id == staff.clinic_id,
        Patient.erased_at.is_(None),
    )
    patient = db.session.scalars(chosen.with_for_update(key_share=True) if lock else chosen).first()
    if patient is None:
        raise NotFound
    return patient


def visits_of(patient: Patient) -> Sequence[Visit]:
    """Return a patient's visits, the newest first."""
    return db.session.scalars(
        select(Visit)
        .where(Visit.patient_id == patient.id)
        .order_by(Visit.start_at.desc(), Visit.id.desc())
    ).all()


def contacts_of(patient: Patient) -> Sequence[Contact]:
    """Return everybody the patient named, by name."""
    return db.session.scalars(
        select(Contact).where(Contact.patient_id == patient.id).order_by(Contact.name, Contact.id)
    ).all()


def rides_of(visit: Visit) -> Sequence[Ride]:
    """Return the rides of a visit in the order they were named."""
    return db.session.scalars(select(Ride).where(Ride.visit_id == visit.id).order_by(Ride.id)).all()


def _checked_name(words: str) -> str:
    name = " ".join(words.split())
    if not name:
        raise Refused("Please enter the patient’s name.", "name")
    if len(name) > LONGEST_NAME:
        raise Refused("This name is too long: 200 characters at most.", "name")
    return name


def _check_birth(born: date, today: date) -> None:
    if not today - OLDEST < born <= today:
        raise Refused("Please check the date of birth.", "born")
