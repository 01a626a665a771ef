"""Clinics: described by the operator at first, changed by them or by the clinic's own admin."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from zoneinfo import available_timezones

import phonenumbers
from sqlalchemy import select

from recovery.domain.hours import can_be_read
from recovery.domain.notice import NoticeState
from recovery.services.audit import SYSTEM, Actor, record
from recovery.services.contact_details import email_address, phone_number
from recovery.services.refusals import Refused
from recovery.store.clinics import Clinic
from recovery.store.database import db
from recovery.store.notices import Notice

#: Characters that any of a clinic's own words may have.
LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class ClinicEntry:
    """A clinic as somebody describes it; `zone` is an IANA name, `country` ISO 3166."""

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
    """Add a clinic; Refused for an empty name or a number that cannot be called. Commits."""
    clinic = Clinic(**asdict(checked(entry)))
    db.session.add(clinic)
    db.session.flush()
    record(clinic.id, SYSTEM, "added", clinic, now)
    db.session.commit()
    return clinic


def change_clinic(clinic: Clinic, entry: ClinicEntry, actor: Actor, now: datetime) -> list[str]:
    """Describe a clinic anew; return the names of what changed. Refused as `checked`. Commits.

    The zone stays while notices are to come: a visit at ten would be at nine or eleven.
    """
    wanted = asdict(checked(entry))
    changed = [name for name, value in wanted.items() if getattr(clinic, name) != value]
    if "zone" in changed and _notices_to_come(clinic.id):
        raise Refused("Notices are still to come, so the time zone must stay as it is.", "zone")
    for name in changed:
        setattr(clinic, name, wanted[name])
    if changed:
        record(clinic.id, actor, "changed", clinic, now, what=changed)
    db.session.commit()
    return changed


def _notices_to_come(clinic_id: int) -> bool:
    waiting = select(Notice.id).where(
        Notice.clinic_id == clinic_id, Notice.state == NoticeState.OWED.value
    )
    return db.session.scalar(waiting.limit(1)) is not None


def clinic_called(name: str) -> Clinic | None:
    """Return the clinic of this name, however it is spelled in capitals; None without one."""
    wanted = name.strip().casefold()
    clinics = db.session.scalars(select(Clinic).order_by(Clinic.id))
    return next((one for one in clinics if one.name.casefold() == wanted), None)


def only_clinic() -> Clinic | None:
    """Return the clinic of an installation that has one; None where there are more, or none yet."""
    clinics = db.session.scalars(select(Clinic).limit(2)).all()
    return clinics[0] if len(clinics) == 1 else None


def checked(entry: ClinicEntry) -> ClinicEntry:
    """Return the entry as it is stored; Refused, with the field, for what cannot be used."""
    words = {name: " ".join(value.split())[:LONGEST] for name, value in asdict(entry).items()}
    country = words["country"].upper()
    for field in ("name", "neutral_name"):
        if not words[field]:
            raise Refused("A clinic needs a name and a neutral name.", field)
    if words["zone"] not in available_timezones():
        raise Refused("This is no time zone. Please write one like America/Chicago.", "zone")
    if country not in phonenumbers.SUPPORTED_REGIONS:
        raise Refused("This is no country. Please write its two letters, like US.", "country")
    if not can_be_read(words["watched"]):
        raise Refused("Please write the hours like this: Mon-Fri 08:00-17:00.", "watched")
    words["country"] = country
    for field in ("phone", "on_call_phone"):
        words[field] = phone_number(words[field], country, field)
        if not words[field]:
            raise Refused("A clinic needs its phone and one for who is on call.", field)
    words["on_call_email"] = email_address(words["on_call_email"], "on_call_email")
    return ClinicEntry(**words)
