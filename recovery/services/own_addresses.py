"""A patient's own phone number and e-mail for when notices do not work: asked, proved, ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from recovery.services.audit import Actor, record
from recovery.services.contact_details import email_address, phone_number
from recovery.services.outlets import Outlets
from recovery.services.proving import CODE_LIVES, code_hash, just_asked, owed_code, say_it_arrived
from recovery.services.reading import visit_in_mind
from recovery.services.refusals import NotFound, Refused
from recovery.services.sign_in import count_try
from recovery.services.stopped_numbers import stopped_among
from recovery.store.addresses import Address, Channel
from recovery.store.database import db
from recovery.store.patients import Patient

#: Codes that one patient may ask for, and codes to one address, whoever asks.
ASKED, ASKED_IN = 10, timedelta(hours=1)
TO_ONE, TO_ONE_IN = 5, timedelta(days=1)
#: Wrong codes for one address.
TRIES, TRIES_IN = 6, timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class OwnAddress:
    """One channel as the patient's page shows it. `to`: the address in use or on its way, else
    what the clinic has on record; `waits` for its code; `stopped`: its owner answered STOP."""

    channel: Channel
    to: str
    proved: bool
    waits: bool
    stopped: bool


def own_addresses(patient: Patient, outlets: Outlets, now: datetime) -> list[OwnAddress]:
    """Return one entry for each channel that is set up here, texts first."""
    rows = _live(patient)
    stopped = stopped_among(row.to for row in rows)
    on_record = {Channel.TEXT: patient.phone, Channel.EMAIL: patient.email}
    found = []
    for channel in (Channel.TEXT, Channel.EMAIL):
        theirs = [row for row in rows if row.channel == channel.value]
        if channel not in outlets.channels:
            continue
        waiting = next((row for row in theirs if _waits(row, now)), None)
        shown = waiting or next((row for row in theirs if row.proved_at), None)
        found.append(
            OwnAddress(
                channel=channel,
                to=shown.to if shown else on_record[channel],
                proved=shown is not None and shown.proved_at is not None,
                waits=waiting is not None,
                stopped=shown is not None and shown.to in stopped,
            )
        )
    return found


def send_code(
    patient: Patient, channel: Channel, typed: str, outlets: Outlets, now: datetime
) -> None:
    """Owe the patient a code at this address; the worker sends it like any notice. Commits.

    Whoever can read the code owns the address: nothing else is sent there before. Raises
    `Refused` with the field, `TooManyTries`, `NotFound` without a visit or the channel.
    """
    if channel not in outlets.channels:
        raise NotFound
    to = _address(patient, channel, typed)
    visit = visit_in_mind(patient)
    count_try(f"address-code:{patient.id}", ASKED, ASKED_IN, now)
    count_try(f"address-code-to:{to}", TO_ONE, TO_ONE_IN, now)
    db.session.execute(
        select(Patient.id).where(Patient.id == patient.id).with_for_update(key_share=True)
    )
    row = next(
        (row for row in _live(patient) if (row.channel, row.to) == (channel.value, to)), None
    )
    if row is None:
        row = Address(
            clinic_id=patient.clinic_id,
            role="patient",
            owner_id=patient.id,
            channel=channel.value,
            to=to,
            created_at=now,
        )
        db.session.add(row)
    db.session.flush()
    if not just_asked(row, now):
        row.code_hash, row.code_ends_at = "", now + CODE_LIVES
        db.session.add(owed_code(row, patient, visit.id, now))
        actor = Actor("patient", patient.id)
        record(patient.clinic_id, actor, "asked-for-code", row, now, visit.id)
    db.session.commit()


def prove_address(patient: Patient, channel: Channel, typed: str, now: datetime) -> None:
    """Take the code as typed or pasted: from now on this address is the patient's. Commits.

    It replaces the one before it of the same channel. A wrong and an expired code get the same
    answer. Raises `Refused`, `TooManyTries`, `NotFound` when no code is on its way.
    """
    row = next(
        (row for row in _live(patient) if row.channel == channel.value and _waits(row, now)), None
    )
    if row is None:
        raise NotFound
    count_try(f"address-proof:{row.id}", TRIES, TRIES_IN, now)
    code = "".join(letter for letter in typed if letter.isdecimal())
    row = db.session.scalars(
        select(Address)
        .where(Address.id == row.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    if not row.code_hash or row.code_hash != code_hash(row.id, code):
        raise Refused("This code does not work. Please check it, or ask for a new one.", "code")
    for other in _live(patient):
        if other.channel == channel.value and other.id != row.id:
            other.retired_at, other.retired_why = now, "replaced"
    row.proved_at, row.code_hash, row.code_ends_at = row.proved_at or now, "", None
    say_it_arrived(row, now)
    record(patient.clinic_id, Actor("patient", patient.id), "proved", row, now)
    db.session.commit()


def end_address(patient: Patient, channel: Channel, now: datetime) -> None:
    """Send the patient nothing more by this channel, at their wish. Commits."""
    for row in _live(patient):
        if row.channel == channel.value:
            row.retired_at, row.retired_why = now, "not-wanted"
            record(patient.clinic_id, Actor("patient", patient.id), "ended", row, now)
    db.session.commit()


def _live(patient: Patient) -> Sequence[Address]:
    return db.session.scalars(
        select(Address)
        .where(
            Address.role == "patient",
            Address.owner_id == patient.id,
            Address.retired_at.is_(None),
        )
        .order_by(Address.id.desc())
    ).all()


def _waits(row: Address, now: datetime) -> bool:
    return row.code_ends_at is not None and now < row.code_ends_at


def _address(patient: Patient, channel: Channel, typed: str) -> str:
    if channel is Channel.EMAIL:
        to = email_address(typed, "to")
    else:
        to = phone_number(typed, patient.clinic.country, "to")
    if not to:
        raise Refused("Please enter where it should go.", "to")
    if channel is Channel.TEXT and stopped_among([to]):
        raise Refused("This number answered STOP. Answer START to our last text first.", "to")
    return to
