"""Readers: whom a notice is for, as things stand now, and which phones reach them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload

from recovery.domain.protocol.after import HELPERS, Audience
from recovery.domain.ride import COUNTS
from recovery.services.paging import open_among
from recovery.services.planning import ON_CALL
from recovery.services.within_reach import consented
from recovery.store.clinics import Clinic
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.many import among
from recovery.store.notices import Notice
from recovery.store.patients import Consent, Patient, Wording
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face, SignIn

Owner = tuple[str, int]
CONTACT, PATIENT, CLINIC = "contact", "patient", "clinic"
_FACES = {PATIENT: Face.PATIENT.value, CONTACT: Face.DRIVER.value}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a notice. `owner` is whose devices reach them; `page` is where a tap leads.

    `may_be_told` is False once staff halted the person, the ride no longer counts, or the
    patient took the consent back.
    """

    language: str
    discreet: bool
    may_be_told: bool
    owner: Owner
    page: str
    devices: Sequence[Device] = ()


def readers_of(rows: Iterable[Notice], now: datetime) -> Mapping[int, Reader]:
    """Return the reader of each notice by its id, with one query for each kind of thing.

    Notices for staff have none: the clinic's board is where they are read.
    """
    rows = list(rows)
    patients = _patients({row.recipient_id for row in rows if row.role == Audience.PATIENT})
    rides = _rides({row.recipient_id for row in rows if row.role in HELPERS})
    found: dict[int, Reader] = {}
    for row in rows:
        people = patients if row.role == Audience.PATIENT else rides if row.role in HELPERS else {}
        if row.recipient_id in people:
            found[row.id] = people[row.recipient_id]
    found |= _on_call({row.id: row for row in rows if row.kind == ON_CALL})
    devices = live_devices({reader.owner for reader in found.values()}, now)
    return {
        row_id: replace(reader, page=f"{reader.page}{row_id}", devices=devices[reader.owner])
        for row_id, reader in found.items()
    }


def _on_call(rows: Mapping[int, Notice]) -> dict[int, Reader]:
    """Whoever is on call, as long as an alert that it is about is neither taken nor ended."""
    if not rows:
        return {}
    waiting = open_among(rows.values())
    languages = dict(
        db.session.execute(
            select(Clinic.id, Clinic.language).where(
                Clinic.id.in_({row.clinic_id for row in rows.values()})
            )
        ).all()
    )
    return {
        row_id: Reader(
            language=languages[row.clinic_id],
            discreet=False,
            may_be_told=bool(waiting[row_id]),
            owner=(CLINIC, row.clinic_id),
            page="/staff/alerts?notice=",
        )
        for row_id, row in rows.items()
    }


def _patients(ids: set[int]) -> dict[int, Reader]:
    """Only the columns that are needed: a row's own class would cost as much again as the rest."""
    told = select(Patient.id, Patient.language, Patient.wording, Patient.halted_at)
    patients = db.session.execute(told.where(among(Patient.id, ids))) if ids else ()
    return {
        patient.id: Reader(
            language=patient.language,
            discreet=patient.wording == Wording.DISCREET,
            may_be_told=patient.halted_at is None,
            owner=(PATIENT, patient.id),
            page="/me/notices/",
        )
        for patient in patients
    }


def _rides(ids: set[int]) -> dict[int, Reader]:
    if not ids:
        return {}
    allowed = set(db.session.scalars(consented().where(Consent.ride_id.in_(ids))))
    chosen = select(Ride).where(Ride.id.in_(ids)).options(joinedload(Ride.contact))
    return {
        ride.id: Reader(
            language=ride.contact.language,
            discreet=False,
            may_be_told=(
                ride.contact.halted_at is None and ride.state in COUNTS and ride.id in allowed
            ),
            owner=(CONTACT, ride.contact_id),
            page="/driver/notices/",
        )
        for ride in db.session.scalars(chosen)
    }


def live_devices(owners: set[Owner], now: datetime) -> defaultdict[Owner, list[Device]]:
    """Return devices whose browser is still signed in as their owner: the one that last proved
    a notice first, then what never did, the newest first."""
    found: defaultdict[Owner, list[Device]] = defaultdict(list)
    if not owners:
        return found
    rows = db.session.execute(
        select(Device, SignIn.face)
        .join(SignIn, SignIn.id == Device.sign_in_id)
        .where(
            or_(*(_owned_by(role, owners) for role in {role for role, _ in owners})),
            Device.retired_at.is_(None),
            SignIn.subject_id == Device.owner_id,
            SignIn.ended_at.is_(None),
            SignIn.ends_at > now,
            SignIn.idle_ends_at > now,
        )
    )
    for device, face in rows:
        if face == _FACES.get(device.role):
            found[device.role, device.owner_id].append(device)
    for devices in found.values():
        devices.sort(key=_proved, reverse=True)
    return found


def _owned_by(role: str, owners: set[Owner]) -> ColumnElement[bool]:
    ids = {owner_id for its, owner_id in owners if its == role}
    return and_(Device.role == role, among(Device.owner_id, ids))


def _proved(device: Device) -> tuple[bool, datetime, int]:
    proved = device.last_receipt_at
    return (proved is not None, proved or device.created_at, device.id)
