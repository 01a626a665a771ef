"""Who of the staff has looked at a patient's record: written into the trail, once a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, or_, select

from recovery.services.audit import Actor, record
from recovery.store.audit import AuditRow
from recovery.store.clinics import Clinic, Staff
from recovery.store.database import db, reading
from recovery.store.patients import Patient
from recovery.store.visits import Visit

LOOKED: Final = "looked"
#: Who goes to and fro between a patient's pages looks once: one row within this time.
ONE_LOOK: Final = timedelta(minutes=15)
#: How many looks one page lists.
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a patient's record; `took`: they took a copy of it, or of what holds some.

    role: a `StaffRole`'s value, as it is now.
    """

    at: datetime
    name: str
    role: str
    took: bool


def looks_at(patient: Patient) -> Sequence[Look]:
    """Return who of the staff looked at a patient's record or took a copy, the newest first."""
    visits = select(Visit.id).where(Visit.patient_id == patient.id)
    about = and_(AuditRow.subject == Patient.__tablename__, AuditRow.subject_id == patient.id)
    whole = and_(AuditRow.subject == Clinic.__tablename__, AuditRow.at >= patient.created_at)
    copies = and_(
        AuditRow.verb.startswith("exported"), or_(about, whole, AuditRow.visit_id.in_(visits))
    )
    rows = db.session.execute(
        select(AuditRow.at, AuditRow.verb, Staff.name, Staff.role)
        .join(Staff, and_(AuditRow.actor == "staff", Staff.id == AuditRow.actor_id))
        .where(
            AuditRow.clinic_id == patient.clinic_id,
            or_(and_(about, AuditRow.verb == LOOKED), copies),
        )
        .order_by(AuditRow.number.desc())
        .limit(MOST)
    )
    return [Look(at, name, role, verb != LOOKED) for at, verb, name, role in rows]


def note_look(staff: Staff, patient_id: int | None, visit_id: int | None, now: datetime) -> None:
    """Record that a staff person opens the record of a patient, or of a visit of theirs; commits.

    Before the page is made, so that nothing is shown that is not in the trail. At most one row
    a person and patient within `ONE_LOOK`. What is another clinic's, or nobody's, leaves none.
    """
    clinic_id, staff_id = staff.clinic_id, staff.id
    found = _patient_of(clinic_id, patient_id, visit_id)
    if found is None or _just_looked(clinic_id, staff_id, found, now):
        return
    db.session.commit()
    with reading(False):
        patient = db.session.get_one(Patient, found)
        record(clinic_id, Actor("staff", staff_id), LOOKED, patient, now, visit_id)
        db.session.commit()


def _patient_of(clinic_id: int, patient_id: int | None, visit_id: int | None) -> int | None:
    if visit_id is not None:
        chosen = select(Visit.patient_id).where(Visit.id == visit_id)
        return db.session.scalar(chosen.where(Visit.clinic_id == clinic_id))
    chosen = select(Patient.id).where(Patient.id == patient_id)
    return db.session.scalar(chosen.where(Patient.clinic_id == clinic_id))


def _just_looked(clinic_id: int, staff_id: int, patient_id: int, now: datetime) -> bool:
    rows = select(AuditRow.id).where(
        AuditRow.clinic_id == clinic_id,
        AuditRow.subject == Patient.__tablename__,
        AuditRow.subject_id == patient_id,
        AuditRow.verb == LOOKED,
        AuditRow.actor == "staff",
        AuditRow.actor_id == staff_id,
        AuditRow.at > now - ONE_LOOK,
    )
    return db.session.scalar(rows.limit(1)) is not None
