"""By which rungs of the ladder a notice can reach its reader now, and what each of them means."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select

from recovery.domain.ladder import Rung
from recovery.domain.notices import somebody_is_asked_about
from recovery.domain.notices.silence import ABOUT_SILENCE
from recovery.domain.protocol.after import Audience
from recovery.services.addresses import Destination, destinations_of, of_who_is_on_call, to_prove
from recovery.services.facts import facts_of
from recovery.services.outlets import Outlets
from recovery.services.planning import CODE, ON_CALL, TEST
from recovery.services.readers import Reader
from recovery.store.addresses import Channel
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.notices import Attempt, Notice
from recovery.store.visits import Visit

#: What a provider reports of a text that reached nobody.
LOST = frozenset({"undelivered", "failed", "canceled", "bounced"})
#: They have ways of their own: a test is for phones, a code and a page for one address.
NO_ADDRESS = frozenset({TEST, CODE, ON_CALL})


@dataclass(frozen=True, slots=True)
class Ways:
    """The phones of each rung, and the addresses in the order in which they are tried.

    `refused`: some phone or address that is left refused this very notice. `others`: somebody
    else may be asked to look in.
    """

    devices: Mapping[Rung, Sequence[Device]] = field(default_factory=dict)
    addresses: Sequence[Destination] = ()
    refused: bool = False
    others: bool = False

    @property
    def rungs(self) -> frozenset[Rung]:
        """The rungs by which somebody can be told."""
        by_phone = {rung for rung, devices in self.devices.items() if devices}
        more = {Rung.MESSAGE: bool(self.addresses), Rung.DRIVER: self.others}
        return frozenset(by_phone | {rung for rung, there in more.items() if there})


@dataclass(slots=True)
class _Tried:
    """Where a notice was pushed to first, and what refused it for good."""

    first: set[int] = field(default_factory=set)
    devices: set[int] = field(default_factory=set)
    channels: set[str] = field(default_factory=set)


def ways_of(
    rows: Iterable[Notice],
    readers: Mapping[int, Reader],
    visits: Mapping[int, Visit],
    outlets: Outlets,
) -> Mapping[int, Ways]:
    """Return the ways of each notice by its id; a new notice to a phone costs no query."""
    rows = [row for row in rows if row.id in readers]
    tried = _tried({row.id for row in rows if row.tries})
    written = [row for row in rows if row.tries or not readers[row.id].devices]
    owners = {readers[row.id].owner for row in written if row.kind not in NO_ADDRESS}
    addresses = destinations_of(owners, outlets.channels)
    found = {}
    for row in rows:
        reader = readers[row.id]
        places = addresses.get(reader.owner, ())
        if row.kind == CODE:
            places = to_prove(row, outlets)
        elif row.kind == ON_CALL:
            places = of_who_is_on_call(visits[row.visit_id].clinic, outlets)
        found[row.id] = _ways(row, reader, places, tried[row.id])
    for row_id in _askable(written, visits):
        found[row_id] = replace(found[row_id], others=True)
    return found


def _askable(rows: Sequence[Notice], visits: Mapping[int, Visit]) -> set[int]:
    """Return the safety notices about which somebody else may be asked, as consent goes."""
    safety = [row for row in rows if row.safety and row.asked_at is None]
    askable = set()
    for visit_id in {row.visit_id for row in safety}:
        try:
            [facts] = facts_of([visits[visit_id]])
        except ValueError:
            continue  # A protocol that can no longer be read asks nobody.
        asks = {rule.id for rule in facts.protocol.notices if rule.when.after in ABOUT_SILENCE}
        for row in safety:
            about = row.visit_id == visit_id and row.kind not in asks
            if about and somebody_is_asked_about(Audience(row.role), facts):
                askable.add(row.id)
    return askable


def _tried(ids: set[int]) -> defaultdict[int, _Tried]:
    found: defaultdict[int, _Tried] = defaultdict(_Tried)
    if not ids:
        return found
    attempts = db.session.execute(
        select(
            Attempt.notice_id,
            Attempt.device_id,
            Attempt.channel,
            Attempt.rung,
            Attempt.outcome,
            Attempt.reported,
        ).where(Attempt.notice_id.in_(ids))
    )
    for notice_id, device_id, channel, rung, outcome, reported in attempts:
        tried = found[notice_id]
        if outcome == "gone" or reported in LOST:
            tried.channels.add(channel)
            if device_id is not None:
                tried.devices.add(device_id)
        elif device_id is not None and rung == Rung.PUSH:
            tried.first.add(device_id)
    return found


def _ways(row: Notice, reader: Reader, addresses: Sequence[Destination], tried: _Tried) -> Ways:
    """A test is for every phone at once; else the phone that last proved itself comes first.

    A text comes before e-mail when safety depends on it, and after it otherwise.
    """
    left = [device for device in reader.devices if device.id not in tried.devices]
    written = [place for place in addresses if place.channel not in tried.channels]
    written.sort(key=lambda place: (place.channel is Channel.TEXT) != row.safety)
    refused = len(left) + len(written) < len(reader.devices) + len(addresses)
    if row.kind == TEST:
        return Ways({Rung.PUSH: left}, (), refused)
    if row.kind in {CODE, ON_CALL}:
        return Ways({}, written, refused)
    first = [device for device in left if device.id in tried.first][:1] or left[:1]
    others = [device for device in left if device not in first]
    return Ways({Rung.PUSH: first, Rung.OTHER_DEVICES: others}, written, refused)
