"""A clinic's rule on how long it keeps a patient's data, and who is over by it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, or_, select

from recovery.domain.retention import LONGEST, SECOND_THOUGHTS, SHORTEST, over_before
from recovery.domain.visit import IN_THE_CHAIR
from recovery.services.audit import SYSTEM, Actor, record
from recovery.services.erasing import erase
from recovery.services.refusals import NotFound, Refused
from recovery.store.clinics import Clinic, Staff
from recovery.store.database import db, reading
from recovery.store.patients import Patient
from recovery.store.visits import Visit


def set_keep_days(staff: Staff, words: str, now: datetime) -> None:
    """Keep the clinic's rule, in days after the last visit; "" = keep until told. Commits.

    It works from a day later on. Raises `Refused` with the field.
    """
    words = words.strip()
    days = int(words) if words.isascii() and words.isdecimal() and len(words) < 6 else None
    if words and (days is None or not SHORTEST <= days <= LONGEST):
        raise Refused("Please enter days: 30 at least, 36500 at most.", "days")
    chosen = select(Clinic).where(Clinic.id == staff.clinic_id)
    clinic = db.session.scalars(chosen.with_for_update(key_share=True)).one()
    if clinic.keep_days != days:
        clinic.keep_days, clinic.keep_set_at = days, now
        record(clinic.id, Actor("staff", staff.id), "set-keep-days", clinic, now, days=days)
    db.session.commit()


def over_now(clinic: Clinic, now: datetime) -> int:
    """Return how many patients of a clinic are over by its rule as it will work."""
    if clinic.keep_days is None:
        return 0
    limit = over_before(clinic.keep_days, now - SECOND_THOUGHTS, now)
    return len(db.session.scalars(_over(clinic.id, limit)).all()) if limit else 0


def erase_over(most: int, now: datetime) -> int:
    """Erase the data of patients who are over by their clinic's rule, each in a transaction of
    its own; returns how many. Nothing for a clinic that is paused: its data may be an old copy.

    Several workers share the work: whom one has locked, the others pass over.
    """
    with reading():
        clinics = db.session.scalars(select(Clinic).where(Clinic.paused_at.is_(None))).all()
        limits = [(c.id, over_before(c.keep_days, c.keep_set_at, now)) for c in clinics]
        found = [
            (clinic_id, patient_id, limit)
            for clinic_id, limit in limits
            if limit is not None
            for patient_id in db.session.scalars(_over(clinic_id, limit).limit(most)).all()
        ]
        db.session.rollback()
    return sum(_erase_if_still_over(*one, now) for one in found[:most])


def erase_ended(staff: Staff, patient_id: int, now: datetime) -> None:
    """Erase at once what is kept of somebody who ended their account; commits.

    Raises `NotFound`, or `Refused` for an account that has not ended.
    """
    patient = _locked(patient_id, staff.clinic_id)
    if patient is None:
        raise NotFound
    if patient.ended_at is None:
        raise Refused("Only what is kept of an ended account can be erased by hand.")
    erase(patient, Actor("staff", staff.id), now)
    db.session.commit()


def _over(clinic_id: int, limit: datetime) -> Select[int]:
    """Whose last visit, booking, and end of the account lie before the limit, and who is not in
    the chair by what is recorded: that visit is somebody's to close first."""
    last = select(func.max(Visit.start_at)).where(Visit.patient_id == Patient.id)
    here = select(Visit.id).where(
        Visit.patient_id == Patient.id, Visit.state.in_([state.value for state in IN_THE_CHAIR])
    )
    return (
        select(Patient.id)
        .where(
            Patient.clinic_id == clinic_id,
            Patient.erased_at.is_(None),
            Patient.created_at < limit,
            or_(Patient.ended_at.is_(None), Patient.ended_at < limit),
            func.coalesce(last.scalar_subquery(), Patient.created_at) < limit,
            ~here.exists(),
        )
        .order_by(Patient.id)
    )


def _locked(patient_id: int, clinic_id: int, skip: bool = False) -> Patient | None:
    """Lock a patient and their visits, visits first as everywhere."""
    visits = select(Visit.id).where(Visit.patient_id == patient_id).order_by(Visit.id)
    db.session.execute(visits.with_for_update(of=Visit, key_share=True, skip_locked=skip)).all()
    chosen = select(Patient).where(
        Patient.id == patient_id, Patient.clinic_id == clinic_id, Patient.erased_at.is_(None)
    )
    locked = chosen.with_for_update(key_share=True, skip_locked=skip)
    return db.session.scalars(locked.execution_options(populate_existing=True)).first()


def _erase_if_still_over(clinic_id: int, patient_id: int, limit: datetime, now: datetime) -> bool:
    patient = _locked(patient_id, clinic_id, skip=True)
    over: Sequence[int] = db.session.scalars(
        _over(clinic_id, limit).where(Patient.id == patient_id)
    ).all()
    if patient is not None and over:
        erase(patient, SYSTEM, now)
    db.session.commit()
    return patient is not None and bool(over)
