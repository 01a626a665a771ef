"""A patient's number or e-mail put right by staff: the old one is reached no more."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select

from recovery.services.audit import Actor, record
from recovery.services.contact_details import email_address, phone_number
from recovery.services.notice_moves import went_in_vain
from recovery.services.patients import own_patient
from recovery.services.planning import hold
from recovery.services.refusals import Refused
from recovery.store.addresses import Address
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.notices import Attempt, Notice
from recovery.store.patients import Contact, Patient

#: Why an address was retired: it was never, or is no longer, the patient's. Links that were sent
#: there open nothing.
CORRECTED: Final = "corrected"


def correct_reach(staff: Staff, patient_id: int, phone: str, email: str, now: datetime) -> Patient:
    """Write down another phone number and e-mail of a patient, as typed; empty ends them. Commits.

    Nothing goes to an address that was on record before: it is retired, whether it was proved or
    waits for its code, and a notice that was sent there climbs on at once. A new one must be
    proved by the patient like any other. An address that the patient chose and proved apart from
    the record stays theirs. Raises `NotFound`, `Refused` with the field.
    """
    patient = own_patient(staff, patient_id, lock=True)
    hold(patient.id)
    wanted = {
        "phone": phone_number(phone, staff.clinic.country, "phone"),
        "email": email_address(email, "email"),
    }
    changed = [name for name, value in wanted.items() if value != getattr(patient, name)]
    if "phone" in changed and _is_a_drivers(patient, wanted["phone"]):
        raise Refused("Somebody whom the patient named has this number. Please check it.", "phone")
    for name in changed:
        _retire(patient, getattr(patient, name), now)
        setattr(patient, name, wanted[name])
    if changed:
        actor = Actor("staff", staff.id)
        record(staff.clinic_id, actor, "corrected-reach", patient, now, changed=changed)
    db.session.commit()
    return patient


def _is_a_drivers(patient: Patient, phone: str) -> bool:
    """A patient cannot be their own driver, whichever of the two numbers came first."""
    named = select(Contact.id).where(Contact.patient_id == patient.id, Contact.phone == phone)
    return bool(phone) and db.session.scalars(named).first() is not None


def _retire(patient: Patient, to: str, now: datetime) -> None:
    rows = db.session.scalars(
        select(Address).where(
            Address.role == "patient",
            Address.owner_id == patient.id,
            Address.to == to,
            Address.retired_why != CORRECTED,
        )
    ).all()
    for row in rows:
        row.retired_at, row.retired_why = row.retired_at or now, CORRECTED
        row.code_hash, row.code_ends_at = "", None
    _climb_on([row.id for row in rows], now)


def _climb_on(addresses: Sequence[int], now: datetime) -> None:
    """Whatever waits for somebody to open what was sent there waits in vain."""
    sent = select(Attempt.notice_id).where(Attempt.address_id.in_(addresses))
    for notice in db.session.scalars(select(Notice).where(Notice.id.in_(sent))):
        went_in_vain(notice, now)
