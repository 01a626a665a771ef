"""Phones that take notices and prove none: told to staff while they can still be mended."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, and_, func, or_, select

from recovery.domain.ride import COUNTS
from recovery.services.readers import CONTACT, PATIENT
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.notices import Attempt
from recovery.store.patients import Contact, Patient
from recovery.store.rides import Ride
from recovery.store.visits import Visit

#: A phone that took so many notices since its last receipt, the first of them so long ago, looks
#: dead: one notice may lie on a phone that is off. But not for as long as `VERY_LONG`.
UNPROVED: Final = 2
LONG: Final = timedelta(minutes=30)
VERY_LONG: Final = timedelta(days=1)
#: So long after a visit began its driver's phone no longer matters.
OVER: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class SilentPhone:
    """A phone that looks dead, whose it is, the number to call, and whose page leads on.

    `drives`: it is that of somebody who takes the patient home or stays with them.
    """

    device: Device
    name: str
    phone: str
    patient_id: int
    drives: bool


def silent_phones(clinic_id: int, now: datetime) -> list[SilentPhone]:
    """Return the clinic's phones that look dead: patients' first, then drivers', by name.

    Drivers count who said yes to a visit that is to come, or began two days ago at most.
    """
    dead = _silent(PATIENT, now).where(Device.clinic_id == clinic_id)
    patients = db.session.execute(
        select(Device, Patient)
        .join(Patient, Patient.id == Device.owner_id)
        .where(Device.id.in_(dead))
        .order_by(Patient.name, Device.id)
    )
    found = [
        SilentPhone(device, person.name, person.phone, person.id, drives=False)
        for device, person in patients
    ]
    dead = _silent(CONTACT, now).where(Device.clinic_id == clinic_id)
    needed = (
        select(Ride.contact_id)
        .join(Visit, Visit.id == Ride.visit_id)
        .where(Ride.state.in_([state.value for state in COUNTS]), Visit.start_at > now - OVER)
    )
    drivers = db.session.execute(
        select(Device, Contact)
        .join(Contact, Contact.id == Device.owner_id)
        .where(Device.id.in_(dead), Contact.id.in_(needed))
        .order_by(Contact.name, Device.id)
    )
    found += [
        SilentPhone(device, person.name, person.phone, person.patient_id, drives=True)
        for device, person in drivers
    ]
    return found


def silent_patients(clinic_id: int, now: datetime) -> set[int]:
    """Return the ids of the clinic's patients with a phone that looks dead."""
    dead = _silent(PATIENT, now).where(Device.clinic_id == clinic_id)
    return set(db.session.scalars(dead.with_only_columns(Device.owner_id)))


def silent_contacts(contacts: Collection[int], now: datetime) -> set[int]:
    """Return those of these drivers and companions whose phone looks dead."""
    dead = _silent(CONTACT, now).where(Device.owner_id.in_(contacts))
    return set(db.session.scalars(dead.with_only_columns(Device.owner_id)))


def silent_phones_of(patient: Patient, now: datetime) -> set[int]:
    """Return the ids of a patient's phones that look dead."""
    return set(db.session.scalars(_silent(PATIENT, now).where(Device.owner_id == patient.id)))


def _silent(role: str, now: datetime) -> Select[int]:
    since = func.coalesce(Device.last_receipt_at, Device.created_at)
    first = func.min(Attempt.at)
    return (
        select(Device.id)
        .join(Attempt, Attempt.device_id == Device.id)
        .where(
            Device.role == role,
            Device.retired_at.is_(None),
            Attempt.outcome == "sent",
            Attempt.at > since,
        )
        .group_by(Device.id, Device.owner_id)
        .having(or_(and_(func.count() >= UNPROVED, first <= now - LONG), first <= now - VERY_LONG))
    )
