"""Clinics: added by the operator, who knows them by their id."""

from dataclasses import dataclass
from datetime import datetime

from recovery.services.audit import SYSTEM, record
from recovery.services.contact_details import email_address, phone_number
from recovery.services.refusals import Refused
from recovery.store.clinics import Clinic
from recovery.store.database import db


@dataclass(frozen=True, slots=True)
class ClinicEntry:
    """A clinic as the operator describes it; `zone` is an IANA name, `country` ISO 3166."""

    name: str
    neutral_name: str
    zone: str
    country: str
    phone: str
    on_call_name: str
    on_call_phone: str
    watched: str
    on_call_email: str = ""
    address: str = ""
    parking: str = ""
    entrance: str = ""


def add_clinic(entry: ClinicEntry, now: datetime) -> Clinic:
    """Add a clinic; Refused for an empty name or a number that cannot be called."""
    if not entry.name.strip() or not entry.neutral_name.strip():
        raise Refused("A clinic needs a name and a neutral name.", "name")
    phone = phone_number(entry.phone, entry.country)
    on_call = phone_number(entry.on_call_phone, entry.country, "on_call_phone")
    if not phone or not on_call:
        raise Refused("A clinic needs its phone and one for who is on call.", "phone")
    clinic = Clinic(
        name=entry.name.strip(),
        neutral_name=entry.neutral_name.strip(),
        zone=entry.zone,
        country=entry.country,
        phone=phone,
        on_call_name=entry.on_call_name.strip(),
        on_call_phone=on_call,
        on_call_email=email_address(entry.on_call_email, "on_call_email"),
        watched=entry.watched.strip(),
        address=entry.address.strip(),
        parking=entry.parking.strip(),
        entrance=entry.entrance.strip(),
    )
    db.session.add(clinic)
    db.session.flush()
    record(clinic.id, SYSTEM, "added", clinic, now)
    db.session.commit()
    return clinic
