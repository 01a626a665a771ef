"""Where texts and e-mail reach people: proved addresses whose owner has not said STOP."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, tuple_

from recovery.services.readers import Owner
from recovery.store.addresses import Address, Channel, TextStop
from recovery.store.database import db


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
