"""By which rungs of the ladder a notice can reach its reader now, and which phones each means."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from recovery.domain.ladder import Rung
from recovery.services.planning import TEST
from recovery.services.readers import Reader
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.notices import Attempt, Notice


@dataclass(frozen=True, slots=True)
class Ways:
    """The phones of each rung; `refused`: some phone that is left refused this very notice."""

    devices: Mapping[Rung, Sequence[Device]] = field(default_factory=dict)
    refused: bool = False

    @property
    def rungs(self) -> frozenset[Rung]:
        """The rungs by which somebody can be told."""
        return frozenset(rung for rung, devices in self.devices.items() if devices)


@dataclass(slots=True)
class _Tried:
    """The phones that a notice was pushed to first, and those that refused it for good."""

    first: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)


def ways_of(rows: Iterable[Notice], readers: Mapping[int, Reader]) -> Mapping[int, Ways]:
    """Return the ways of each notice by its id; a new notice costs no query."""
    rows = list(rows)
    tried = _tried({row.id for row in rows if row.tries})
    return {row.id: _ways(row, readers[row.id], tried[row.id]) for row in rows if row.id in readers}


def _tried(ids: set[int]) -> defaultdict[int, _Tried]:
    found: defaultdict[int, _Tried] = defaultdict(_Tried)
    if not ids:
        return found
    attempts = db.session.execute(
        select(Attempt.notice_id, Attempt.device_id, Attempt.rung, Attempt.outcome).where(
            Attempt.notice_id.in_(ids)
        )
    )
    for notice_id, device_id, rung, outcome in attempts:
        if device_id is None:
            continue
        if outcome == "gone":
            found[notice_id].refused.add(device_id)
        elif rung == Rung.PUSH:
            found[notice_id].first.add(device_id)
    return found


def _ways(row: Notice, reader: Reader, tried: _Tried) -> Ways:
    """A test is for every phone at once; else the phone that last proved itself comes first."""
    left = [device for device in reader.devices if device.id not in tried.refused]
    refused = len(left) < len(reader.devices)
    if row.kind == TEST:
        return Ways({Rung.PUSH: left}, refused)
    first = [device for device in left if device.id in tried.first][:1] or left[:1]
    others = [device for device in left if device not in first]
    return Ways({Rung.PUSH: first, Rung.OTHER_DEVICES: others}, refused)
