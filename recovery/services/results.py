"""The result of one letter: kept in its attempt, and what it says of the phone or address."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, case, func, select, update

from recovery.delivery.outcome import Gone, Outcome, Sent, TryAgain
from recovery.domain.notice import NOTICE, NoticeState
from recovery.services.letters import Letter
from recovery.services.notice_moves import BROKEN
from recovery.services.stopped_numbers import keep_stop
from recovery.services.ways import LOST
from recovery.store.addresses import Address
from recovery.store.database import UtcDateTime, db
from recovery.store.devices import Device
from recovery.store.notices import Attempt, Notice


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


#: Nearly all that comes back was accepted, so this is written as statements for many rows at once:
#: reading, changing and flushing each row cost several times as much.
_ENDED: Final = (
    update(Attempt)
    .where(Attempt.id == bindparam("attempt"))
    .values(outcome=bindparam("named"), detail=bindparam("said"), ended_at=bindparam("moment"))
)
_ACCEPTED: Final = (
    update(Notice)
    .where(Notice.id == bindparam("notice"))
    .values(
        sent_at=func.coalesce(Notice.sent_at, bindparam("moment", type_=UtcDateTime())),
        taken_at=func.coalesce(Notice.taken_at, bindparam("moment", type_=UtcDateTime())),
        state=case(
            (Notice.state == NoticeState.SENDING.value, NoticeState.SENT.value), else_=Notice.state
        ),
        # None: seen already, or over; then nobody looks at it again.
        next_at=case(
            (Notice.next_at.is_(None), None),
            (Notice.taken_at.is_(None), bindparam("climbs", type_=UtcDateTime())),
            else_=Notice.next_at,
        ),
        lease_until=case((Notice.next_at.is_(None), Notice.lease_until), else_=None),
    )
)


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
            "attempt": result.letter.attempt_id,
            "named": _NAMES[type(result.outcome)],
            "said": result.outcome.detail,
            "moment": result.at,
        }
        for result in results
    ]
    if rows:
        db.session.connection().execute(_ENDED, rows)
    for result in results:
        if isinstance(result.outcome, Gone) and result.outcome.retire:
            _retire(result.letter, result.at)
        if isinstance(result.outcome, Gone) and result.outcome.stopped:
            _stop(result.letter, result.at)


def accept(results: Sequence[Result]) -> None:
    """A carrier took these: from now on each reader has `patience` to prove that it was seen."""
    NOTICE.judge(NoticeState.SENDING, NoticeState.SENT)
    rows = [
        {
            "notice": result.letter.notice_id,
            "moment": result.at,
            "climbs": result.at + result.letter.patience,
        }
        for result in results
    ]
    if rows:
        db.session.connection().execute(_ACCEPTED, rows)


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
