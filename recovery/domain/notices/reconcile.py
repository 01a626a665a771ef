"""`reconcile`: what to add, move and withdraw so that the ledger says what is owed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from recovery.domain.notice import LOST, PENDING, TOLD, NoticeState, Owed, Part, Recipient
from recovery.domain.protocol.after import Audience

PartKey = tuple[Recipient, tuple[int, str, str]]


@dataclass(frozen=True, slots=True)
class Existing:
    """A notice of the ledger, by row id."""

    id: int
    revision: int
    state: NoticeState
    owed: Owed


@dataclass(frozen=True, slots=True)
class New:
    """A notice to add. A correction follows something that may already have been seen."""

    owed: Owed
    revision: int
    correction: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What to do to the ledger."""

    add: tuple[New, ...] = ()
    move: Mapping[int, Owed] = field(default_factory=dict)
    withdraw: tuple[int, ...] = ()
    #: What staff were told and is no longer so: nobody need look at it any more.
    moot: tuple[int, ...] = ()


def reconcile(owed: Iterable[Owed], existing: Sequence[Existing], now: datetime) -> Changes:
    """Return the changes that make the ledger agree with what is owed at `now`.

    Compared part by part, so that it does not matter how parts were merged before. A part
    that was told with the same facts is not told again; with other facts it is followed by
    a correction at once. What nobody can have seen is simply moved or withdrawn.
    """
    owed = tuple(owed)
    told = _latest(existing, TOLD)
    lost = _latest(existing, LOST)
    pending = {_key(row.owed): row for row in existing if row.state in PENDING}
    add: list[New] = []
    move: dict[int, Owed] = {}
    for whole in owed:
        notice = _still_to_tell(whole, told, lost)
        if notice is None:
            continue
        corrects = any((notice.recipient, part.key) in told for part in notice.parts)
        row = pending.pop(_key(notice), None)
        if row is None:
            due = _at_once(notice, now) if corrects else notice
            add.append(New(due, _next_revision(notice, existing), corrects))
        elif corrects and row.owed.parts != notice.parts:
            move[row.id] = _at_once(notice, now)
        elif not corrects and row.owed != notice:
            move[row.id] = notice
    withdraw = tuple(row.id for row in pending.values())
    return Changes(tuple(add), move, withdraw, _moot(owed, existing))


def _moot(owed: Iterable[Owed], existing: Sequence[Existing]) -> tuple[int, ...]:
    true = {(notice.recipient, part.key) for notice in owed for part in notice.parts}
    return tuple(
        row.id
        for row in existing
        if row.owed.recipient.role is Audience.STAFF
        and row.state in TOLD
        and _key(row.owed) not in true
    )


def _key(notice: Owed) -> PartKey:
    return (notice.recipient, notice.principal.key)


def _latest(
    existing: Sequence[Existing], states: frozenset[NoticeState]
) -> dict[PartKey, tuple[Part, Owed]]:
    """Map each part to how it was last said by notices in these states."""
    said: dict[PartKey, tuple[Part, Owed]] = {}
    for row in sorted(existing, key=lambda row: (row.revision, row.id)):
        if row.state in states:
            for part in row.owed.parts:
                said[(row.owed.recipient, part.key)] = (part, row.owed)
    return said


def _still_to_tell(
    notice: Owed,
    told: Mapping[PartKey, tuple[Part, Owed]],
    lost: Mapping[PartKey, tuple[Part, Owed]],
) -> Owed | None:
    """Leave out the parts that were told as they are now, or are lost for good."""

    def is_news(part: Part) -> bool:
        key = (notice.recipient, part.key)
        if key in told:
            return told[key][0].says != part.says
        if key in lost:
            said, was = lost[key]
            return said.says != part.says or notice.not_after > was.not_after
        return True

    parts = tuple(part for part in notice.parts if is_news(part))
    return replace(notice, parts=parts) if parts else None


def _at_once(notice: Owed, now: datetime) -> Owed:
    """A correction is due at once, and as long useful as the notice it corrects."""
    useful = notice.not_after - notice.due_at
    return replace(notice, due_at=now, not_after=max(notice.not_after, now + useful))


def _next_revision(notice: Owed, existing: Sequence[Existing]) -> int:
    same = [row.revision for row in existing if _key(row.owed) == _key(notice)]
    return max(same, default=0) + 1
