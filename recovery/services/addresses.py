"""Where texts and e-mail reach people: proved addresses whose owner has not said STOP."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_

from recovery.services.outlets import Outlets
from recovery.services.readers import Owner
from recovery.services.stopped_numbers import stopped_among
from recovery.store.addresses import Address, Channel
from recovery.store.clinics import Clinic
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Contact


@dataclass(frozen=True, slots=True)
class Destination:
    """One place that a message may go to; `address_id`: its row, None for the clinic's own."""

    channel: Channel
    to: str
    address_id: int | None = None

    def __repr__(self) -> str:
        return f"Destination({self.channel.value})"


def destinations_of(
    owners: Collection[Owner], channels: frozenset[Channel]
) -> Mapping[Owner, Sequence[Destination]]:
    """Return the live addresses of each owner, by these channels only; texts come first."""
    found: defaultdict[Owner, list[Destination]] = defaultdict(list)
    if not owners or not channels:
        return found
    rows = db.session.scalars(
        select(Address)
        .where(
            tuple_(Address.role, Address.owner_id).in_(owners),
            Address.channel.in_([channel.value for channel in channels]),
            Address.proved_at.is_not(None),
            Address.retired_at.is_(None),
        )
        .order_by(Address.channel.desc(), Address.id.desc())
    ).all()
    stopped = stopped_among(row.to for row in rows if row.channel == Channel.TEXT)
    for row in (row for row in rows if row.to not in stopped):
        destination = Destination(Channel(row.channel), row.to, row.id)
        found[row.role, row.owner_id].append(destination)
    return found


def who_stopped_texts(patients: Collection[int]) -> set[int]:
    """Return those of these patients who had chosen texts and answered STOP."""
    rows = db.session.execute(
        select(Address.owner_id, Address.to).where(
            Address.role == "patient",
            Address.owner_id.in_(patients),
            Address.channel == Channel.TEXT.value,
            Address.retired_at.is_(None),
        )
    ).all()
    stopped = stopped_among(number for _owner, number in rows)
    return {owner for owner, number in rows if number in stopped}


def agree_to_texts(contact: Contact, now: datetime) -> None:
    """Note that somebody said yes under the number that the patient gave of them. Does not commit.

    They read its last digits and that texts may come; a STOP of theirs still holds.
    """
    there = select(Address.id).where(
        Address.role == "contact",
        Address.owner_id == contact.id,
        Address.to == contact.phone,
        Address.retired_at.is_(None),
    )
    if db.session.scalar(there) is None:
        db.session.add(
            Address(
                clinic_id=contact.clinic_id,
                role="contact",
                owner_id=contact.id,
                channel=Channel.TEXT.value,
                to=contact.phone,
                created_at=now,
                proved_at=now,
            )
        )


def of_who_is_on_call(clinic: Clinic, outlets: Outlets) -> Sequence[Destination]:
    """Return where the person on call is reached, as the operator entered it.

    A number that said STOP gets no text, whoever it belongs to; staff are shown that.
    """
    ways = ((Channel.TEXT, clinic.on_call_phone), (Channel.EMAIL, clinic.on_call_email))
    stopped = stopped_among([clinic.on_call_phone])
    return [
        Destination(channel, to)
        for channel, to in ways
        if to and to not in stopped and channel in outlets.channels
    ]


def who_is_on_call_said_stop(clinic: Clinic) -> bool:
    """Whether the number of the person on call said STOP, so that no page comes as a text."""
    return bool(stopped_among([clinic.on_call_phone]))


def to_prove(row: Notice, outlets: Outlets) -> Sequence[Destination]:
    """Return the one address that a code is for, as long as it waits for it."""
    address = db.session.get(Address, int(row.parts[0]["says"]["address"]))
    if address is None or address.retired_at is not None or address.code_ends_at is None:
        return ()
    channel = Channel(address.channel)
    if channel not in outlets.channels or stopped_among([address.to]):
        return ()
    return (Destination(channel, address.to, address.id),)
