"""The result of one letter: kept in its attempt, and what it says of the phone or address."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select, update

from recovery.delivery.outcome import Gone, Outcome, Sent, TryAgain
from recovery.services.letters import Letter
from recovery.services.notice_moves import BROKEN
from recovery.services.stopping import keep_stop
from recovery.services.ways import LOST
from recovery.store.addresses import Address
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.notices import Attempt


@dataclass(frozen=True, slots=True)
class Broken:
    """The letter never reached the network: it could not be sealed, or our own code failed."""

    detail: str


_NAMES: Final = {Sent: "sent", TryAgain: "again", Gone: "gone", Broken: BROKEN}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one letter, and when (aware UTC)."""

    letter: Letter
    outcome: Outcome | Broken
    at: datetime


@dataclass(frozen=True, slots=True)
class Alarm:
    """What staff or the operator must hear of, met on the way to a notice: a fault of ours, or
    an owner who told the carrier to stop (`stopped`: the address)."""

    notice_id: int
    detail: str
    stopped: int | None = None


def as_reported(result: Result) -> Result:
    """Return a result as it stands when the provider's report of a lost text was quicker."""
    if result.letter.address_id is None or not isinstance(result.outcome, Sent):
        return result
    report = select(Attempt.reported).where(Attempt.id == result.letter.attempt_id)
    reported = db.session.scalar(report) or ""
    return replace(result, outcome=Gone(reported, retire=False)) if reported in LOST else result


def write_down(results: Sequence[Result]) -> None:
    """Write the outcomes into the attempts, and retire the phones and addresses that are gone."""
    rows = [
        {
            "id": result.letter.attempt_id,
            "outcome": _NAMES[type(result.outcome)],
            "detail": result.outcome.detail,
            "ended_at": result.at,
        }
        for result in results
    ]
    if rows:
        db.session.execute(update(Attempt), rows)
    for result in results:
        if isinstance(result.outcome, Gone) and result.outcome.retire:
            _retire(result.letter, result.at)
        if isinstance(result.outcome, Gone) and result.outcome.stopped:
            _stop(result.letter, result.at)


def alarms_of(results: Sequence[Result]) -> Iterator[Alarm]:
    """Yield what somebody must hear of."""
    for result in results:
        outcome, letter = result.outcome, result.letter
        if isinstance(outcome, TryAgain | Gone) and outcome.alarm:
            yield Alarm(letter.notice_id, outcome.detail)
        if isinstance(outcome, Gone) and outcome.stopped:
            yield Alarm(letter.notice_id, outcome.detail, stopped=letter.address_id)


def _retire(letter: Letter, now: datetime) -> None:
    gone: tuple[Device | Address | None, ...] = (
        db.session.get(Device, letter.device_id) if letter.device_id else None,
        db.session.get(Address, letter.address_id) if letter.address_id else None,
    )
    for way in gone:
        if way is not None and way.retired_at is None:
            way.retired_at, way.retired_why = now, "gone"


def _stop(letter: Letter, now: datetime) -> None:
    address = db.session.get(Address, letter.address_id) if letter.address_id else None
    if address is not None:
        keep_stop(address.to, now)
