"""What booking would do with each row of a file: who is known here, and when they come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from recovery.domain.times import local_day
from recovery.domain.visit import NOT_HAPPENING
from recovery.services.appointment_file import FileRow
from recovery.services.appointment_rows import Appointment, Fate, understood
from recovery.services.refusals import sentence
from recovery.store.clinics import Clinic, Staff
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.visits import Visit

Person = tuple[str, date]


@dataclass(frozen=True, slots=True)
class Known:
    """A patient of the clinic; `has_left`: the patient ended their account."""

    id: int
    has_left: bool


def judge(staff: Staff, rows: Sequence[FileRow], now: datetime) -> list[Appointment]:
    """Return what each row of a file means at this clinic, and what booking would do with it.

    A patient is known by name and date of birth; what the file says of a known patient's phone,
    e-mail or language changes nothing. A handful of queries, however many rows.
    """
    return fates(staff.clinic, understood(staff.clinic, rows, now))


def fates(clinic: Clinic, found: Sequence[Appointment]) -> list[Appointment]:
    """Say of each row that is good by itself whether its patient is known, and whether the visit
    is there already, in the database or further up in the file. Two queries."""
    known = known_people(clinic, {one.entry.born for one in found if one.entry is not None})
    taken = _starts({one.id for one in known.values()})
    zone, above = ZoneInfo(clinic.zone), dict[Person, list[datetime]]()
    judged: list[Appointment] = []
    for one in found:
        person, start = one.person, one.start
        if person is None or start is None or one.problems:
            judged.append(one)
            continue
        before, patient = above.setdefault(person, []), known.get(person)
        there = taken.get(patient.id, []) if patient else []
        judged.append(_with_its_fate(one, start, patient, there, before, zone))
        before.append(start)
    return judged


def known_people(clinic: Clinic, born: set[date]) -> dict[Person, Known]:
    """Return the clinic's patients who were born on these days."""
    rows = db.session.execute(
        select(Patient.id, Patient.name, Patient.born, Patient.ended_at).where(
            Patient.clinic_id == clinic.id, Patient.born.in_(born)
        )
    )
    return {
        (name.casefold(), day): Known(patient_id, ended_at is not None)
        for patient_id, name, day, ended_at in rows
    }


def _starts(patients: set[int]) -> dict[int, list[datetime]]:
    rows = db.session.execute(
        select(Visit.patient_id, Visit.start_at).where(
            Visit.patient_id.in_(patients),
            Visit.state.not_in([state.value for state in NOT_HAPPENING]),
        )
    )
    found: dict[int, list[datetime]] = {}
    for patient_id, start in rows:
        found.setdefault(patient_id, []).append(start)
    return found


def _with_its_fate(
    one: Appointment,
    start: datetime,
    patient: Known | None,
    there: Sequence[datetime],
    before: Sequence[datetime],
    zone: ZoneInfo,
) -> Appointment:
    day, problems = local_day(start, zone), list(one.problems)
    if start in there:
        fate = Fate.THERE_ALREADY
    elif start in before:
        fate = Fate.TWICE_IN_FILE
    elif any(local_day(other, zone) == day for other in [*there, *before]):
        fate = Fate.WRONG
        problems.append(sentence("This patient has another visit that day. Move that one instead."))
    else:
        fate = Fate.KNOWN_PATIENT if patient else Fate.NEW_PATIENT
    patient_id, has_left = (patient.id, patient.has_left) if patient else (None, False)
    return replace(one, patient_id=patient_id, has_left=has_left, fate=fate, problems=problems)
