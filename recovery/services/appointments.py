"""A day's appointments from a file: all booked in one commit, or none."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from recovery.domain.series import on_the_wall
from recovery.services.appointment_file import FileRow
from recovery.services.appointment_rows import Appointment, judge
from recovery.services.audit import Actor, record
from recovery.services.patients import PatientEntry
from recovery.services.planning import replan
from recovery.services.refusals import Refused, sentence
from recovery.store.clinics import Clinic, Staff
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.visits import Visit


class NotAllGood(Refused):
    """Some row of the file cannot be booked, so none is."""

    def __init__(self) -> None:
        super().__init__(sentence("Nothing is booked. Please correct the rows that are marked."))


def book_all(staff: Staff, rows: Sequence[FileRow], now: datetime) -> list[Appointment]:
    """Book every row that is not there already, in one commit; raises `NotAllGood` and books
    nothing when a row is wrong. The same file again books nothing more."""
    known = sorted(one.patient_id for one in judge(staff, rows, now) if one.patient_id)
    # Known patients, then the clinic: the order in which every act takes its locks.
    db.session.scalars(
        select(Patient.id)
        .where(Patient.id.in_(known))
        .order_by(Patient.id)
        .with_for_update(key_share=True)
    ).all()
    _book(staff, [one for one in _good(staff, rows, now) if one.patient_id], now)
    db.session.execute(
        select(Clinic.id).where(Clinic.id == staff.clinic_id).with_for_update(key_share=True)
    )
    found = _good(staff, rows, now)
    _book(staff, found, now)
    db.session.commit()
    return found


def _good(staff: Staff, rows: Sequence[FileRow], now: datetime) -> list[Appointment]:
    found = judge(staff, rows, now)
    if any(one.problems for one in found):
        raise NotAllGood
    return found


def _book(staff: Staff, found: Sequence[Appointment], now: datetime) -> None:
    who = Actor("staff", staff.id)
    added: dict[tuple[str, date], int] = {}
    for one in found:
        if not one.is_to_book or one.entry is None or one.start is None:
            continue
        person = (one.entry.name.casefold(), one.entry.born)
        patient_id = one.patient_id or added.get(person)
        if patient_id is None:
            patient = _patient(staff.clinic, one.entry, now)
            patient_id = added[person] = patient.id
            record(staff.clinic_id, who, "added", patient, now)
        visit = Visit(
            clinic_id=staff.clinic_id,
            patient_id=patient_id,
            protocol_version_id=one.version_id,
            start_at=one.start,
            booked_at=now,
        )
        db.session.add(visit)
        db.session.flush()
        record(staff.clinic_id, who, "booked", visit, now, visit.id)
        replan(patient_id, now)


def _patient(clinic: Clinic, entry: PatientEntry, now: datetime) -> Patient:
    patient = Patient(
        clinic_id=clinic.id,
        name=entry.name,
        born=entry.born,
        phone=entry.phone,
        email=entry.email,
        language=entry.language,
        created_at=now,
    )
    db.session.add(patient)
    db.session.flush()
    return patient


def days_of(found: Sequence[Appointment], zone: ZoneInfo) -> list[date]:
    """Return the days on which the rows of a file fall, each once, in order."""
    return sorted({on_the_wall(one.start, zone).date() for one in found if one.start})
