"""Halting: all notices to one person stop at once (hospital, death, a wrong number)."""

from datetime import datetime

from sqlalchemy import select

from recovery.services.audit import Actor, record
from recovery.services.patients import own_patient
from recovery.services.planning import replan
from recovery.services.refusals import NotFound, Refused
from recovery.services.visit_moves import needed, reason_for
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.patients import Contact, Patient


def halt_patient(staff: Staff, patient_id: int, why: str, now: datetime) -> Patient:
    """Stop every notice to a patient from this commit on, with a reason."""
    patient = own_patient(staff, patient_id, lock=True)
    patient.halted_at = patient.halted_at or now
    _settle(staff, patient, patient.id, "halted", needed(why), now)
    return patient


def release_patient(staff: Staff, patient_id: int, why: str, now: datetime) -> Patient:
    """Let notices to a patient go out again, as far as they are still true.

    Raises `Refused` for somebody who ended their account: only they open it again.
    """
    patient = own_patient(staff, patient_id, lock=True)
    if patient.ended_at is not None:
        raise Refused(
            "This patient ended their account. If they come back, make a welcome link for them."
        )
    patient.halted_at = None
    _settle(staff, patient, patient.id, "released", needed(why), now)
    return patient


def halt_contact(
    staff: Staff, patient_id: int, contact_id: int, why: str, now: datetime
) -> Contact:
    """Stop every notice to a driver, backup or companion from this commit on."""
    contact = _own_contact(staff, patient_id, contact_id)
    contact.halted_at = contact.halted_at or now
    _settle(staff, contact, contact.patient_id, "halted", needed(why), now)
    return contact


def release_contact(
    staff: Staff, patient_id: int, contact_id: int, why: str, now: datetime
) -> Contact:
    """Let notices to a driver, backup or companion go out again."""
    contact = _own_contact(staff, patient_id, contact_id)
    contact.halted_at = None
    _settle(staff, contact, contact.patient_id, "released", needed(why), now)
    return contact


def _own_contact(staff: Staff, patient_id: int, contact_id: int) -> Contact:
    contact = db.session.scalars(
        select(Contact)
        .where(
            Contact.id == contact_id,
            Contact.patient_id == patient_id,
            Contact.clinic_id == staff.clinic_id,
        )
        .with_for_update(key_share=True)
    ).first()
    if contact is None:
        raise NotFound
    return contact


def _settle(
    staff: Staff, person: Patient | Contact, patient_id: int, verb: str, why: str, now: datetime
) -> None:
    reason = reason_for(staff, patient_id, None, why, now)
    replan(patient_id, now)
    record(staff.clinic_id, Actor("staff", staff.id), verb, person, now, reason=reason)
    db.session.commit()
