"""Where texts and e-mail reach people: proved addresses whose owner has not said STOP."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, tuple_

from recovery.services.outlets import Outlets
from recovery.services.readers import Owner
from recovery.store.addresses import Address, Channel, TextStop
from recovery.store.database import db
from recovery.store.notices import Notice


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
    stopped = select(TextStop.number)
    rows = db.session.scalars(
        select(Address)
        .where(
            tuple_(Address.role, Address.owner_id).in_(owners),
            Address.channel.in_([channel.value for channel in channels]),
            Address.proved_at.is_not(None),
            Address.retired_at.is_(None),
            Address.to.not_in(stopped),
        )
        .order_by(Address.channel.desc(), Address.id.desc())
    )
    for row in rows:
        destination = Destination(Channel(row.channel), row.to, row.id)
        found[row.role, row.owner_id].append(destination)
    return found


def to_prove(row: Notice, outlets: Outlets) -> Sequence[Destination]:
    """Return the one address that a code is for, as long as it waits for it."""
    address = db.session.get(Address, int(row.parts[0]["says"]["address"]))
    if address is None or address.retired_at is not None or address.code_ends_at is None:
        return ()
    channel = Channel(address.channel)
    if channel not in outlets.channels or db.session.get(TextStop, address.to) is not None:
        return ()
    return (Destination(channel, address.to, address.id),)
