"""A day's appointments from a file: all booked in one commit, or none."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from recovery.domain.series import on_the_wall
from recovery.services.appointment_fates import fates, known_people
from recovery.services.appointment_file import FileRow
from recovery.services.appointment_rows import Appointment, understood
from recovery.services.audit import Actor, record
from recovery.services.planning import lock_patients, replan_all
from recovery.services.refusals import Refused, sentence
from recovery.store.clinics import Clinic, Staff
from recovery.store.database import db, reading
from recovery.store.patients import Patient
from recovery.store.visits import Visit


class NotAllGood(Refused):
    """Some row of the file cannot be booked, so none is."""

    def __init__(self) -> None:
        super().__init__(sentence("Nothing is booked. Please correct the rows that are marked."))


def book_all(staff: Staff, rows: Sequence[FileRow], now: datetime) -> list[Appointment]:
    """Book every row that is not there already, in one commit; raises `NotAllGood` and books
    nothing when a row is wrong. The same file again books nothing more.

    What the rows say is read before anything is locked, and the number of statements after that
    hardly grows with them: others wait for this a moment only.
    """
    clinic = staff.clinic
    read = _good(fates(clinic, understood(clinic, rows, now)))
    db.session.commit()
    with reading(False):
        found = _book_in_turn(staff, read, now)
        db.session.commit()
    return found


def _book_in_turn(staff: Staff, read: Sequence[Appointment], now: datetime) -> list[Appointment]:
    """Known patients, then the clinic: the order in which every act takes its locks."""
    lock_patients({one.patient_id for one in read if one.patient_id})
    _book(staff, [one for one in _good(fates(staff.clinic, read)) if one.patient_id], now)
    db.session.execute(
        select(Clinic.id).where(Clinic.id == staff.clinic_id).with_for_update(key_share=True)
    )
    found = _good(fates(staff.clinic, read))
    _add_patients(staff, [one for one in found if one.patient_id is None], now)
    _book(staff, found, now)
    return found


def _good(found: list[Appointment]) -> list[Appointment]:
    if any(one.problems for one in found):
        raise NotAllGood
    return found


def _add_patients(staff: Staff, found: Sequence[Appointment], now: datetime) -> None:
    """Add each new person once, and say in the rows who they are now."""
    new = {one.person: one.entry for one in found if one.person and one.entry}
    if not new:
        return
    here = {"clinic_id": staff.clinic_id, "created_at": now}
    rows = [here | asdict(entry) for entry in new.values()]
    db.session.execute(insert(Patient), rows)
    known = known_people(staff.clinic, {entry.born for entry in new.values()})
    for one in found:
        one.patient_id = known[one.person].id if one.person else None
    added = select(Patient).where(Patient.id.in_({known[person].id for person in new if person}))
    for patient in db.session.scalars(added.order_by(Patient.id)):
        record(staff.clinic_id, Actor("staff", staff.id), "added", patient, now)


def _book(staff: Staff, found: Sequence[Appointment], now: datetime) -> None:
    rows = [
        {
            "clinic_id": staff.clinic_id,
            "patient_id": one.patient_id,
            "protocol_version_id": one.version_id,
            "start_at": one.start,
            "booked_at": now,
        }
        for one in found
        if one.is_to_book
    ]
    if not rows:
        return
    last = db.session.scalar(select(Visit.id).order_by(Visit.id.desc()).limit(1)) or 0
    patients = {one.patient_id for one in found if one.is_to_book and one.patient_id}
    db.session.execute(insert(Visit), rows)
    booked = select(Visit).where(Visit.patient_id.in_(patients), Visit.id > last)
    visits = db.session.scalars(booked.order_by(Visit.id)).all()
    replan_all(sorted(patients), now)
    for visit in visits:
        record(staff.clinic_id, Actor("staff", staff.id), "booked", visit, now, visit.id)


def days_of(found: Sequence[Appointment], zone: ZoneInfo) -> list[date]:
    """Return the days on which the rows of a file fall, each once, in order."""
    return sorted({on_the_wall(one.start, zone).date() for one in found if one.start})
