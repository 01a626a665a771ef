"""The ladder: what becomes of a notice next, and who is told while nobody proves it was seen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from recovery.domain.notice import NoticeState
from recovery.domain.protocol.after import Audience
from recovery.domain.protocol.timing import Ladder

#: With less of its window left a notice is not sent: push services count whole seconds.
LEAST_LEFT = timedelta(seconds=1)
#: How often we look whether somebody without a phone has one by now.
LOOK_FOR_PHONE = timedelta(minutes=10)


class Rung(IntEnum):
    """Who is told: the phones of the person it is for, then a person at the clinic."""

    PUSH = 0
    STAFF = 1


class Act(StrEnum):
    """What to do with a notice now."""

    SEND = "send"
    ASK_STAFF = "ask-staff"
    MISS = "miss"
    WITHDRAW = "withdraw"
    WAIT = "wait"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What decides about one notice; times are aware UTC, None = has not happened.

    `tried_at` is its first attempt, `sent_at` when a push service first accepted it.
    `may_be_told`: nobody halted the person or took the consent back. `has_phone`: there is a
    live device. `shown_says_nothing`: the wording is discreet, so only “opened” proves anything.
    """

    state: NoticeState
    role: Audience
    safety: bool
    due_at: datetime
    not_after: datetime
    rung: Rung = Rung.PUSH
    tried_at: datetime | None = None
    sent_at: datetime | None = None
    may_be_told: bool = True
    has_phone: bool = True
    shown_says_nothing: bool = False


@dataclass(frozen=True, slots=True)
class Next:
    """What to do: `why` in a word that staff read, `at` when to look again (UTC)."""

    act: Act
    why: str = ""
    at: datetime | None = None


def next_act(notice: NoticeFacts, ladder: Ladder, now: datetime) -> Next:
    """Say what becomes of a notice at `now`, whatever its state.

    Nothing is sent early, or once it is no longer useful. Who cannot be reached is not
    waited for when safety depends on it.
    """
    if notice.state in {NoticeState.OWED, NoticeState.SENDING}:
        return _while_owed(notice, ladder, now)
    if notice.state is NoticeState.FAILED and notice.rung is Rung.PUSH:
        return Next(Act.ASK_STAFF, "notice-failed")
    if not _lacks_proof(notice) or not notice.may_be_told:
        return Next(Act.REST)
    if next_rung(notice, ladder, now) is Rung.STAFF:
        return Next(Act.ASK_STAFF, "notice-unseen")
    climbs = climbs_at(notice, ladder)
    return Next(Act.WAIT, at=climbs) if climbs else Next(Act.REST)


def next_rung(notice: NoticeFacts, ladder: Ladder, now: datetime) -> Rung | None:
    """Say who is told next when nobody has proved that a notice was seen.

    None = the rung it stands on still has time, or is the last one. A safety notice to
    somebody without a phone climbs at once.
    """
    if notice.rung is Rung.STAFF:
        return None
    if notice.safety and not notice.has_phone and notice.sent_at is None:
        return Rung.STAFF
    climbs = climbs_at(notice, ladder)
    return Rung.STAFF if climbs is not None and climbs <= now else None


def climbs_at(notice: NoticeFacts, ladder: Ladder) -> datetime | None:
    """Return when a notice without proof climbs: so long after it was accepted or first tried.

    Counted from the rung's own first attempt, so that a person who was told late gets the
    whole time to react. None = it was not tried yet, or nobody stands above.
    """
    since = notice.sent_at or notice.tried_at
    if since is None or notice.rung is Rung.STAFF:
        return None
    return since + patience(notice.safety, ladder)


def patience(safety: bool, ladder: Ladder) -> timedelta:
    """How long one rung has to prove that a notice was seen."""
    return ladder.safety if safety else ladder.routine


def _while_owed(notice: NoticeFacts, ladder: Ladder, now: datetime) -> Next:
    if not notice.may_be_told:
        return Next(Act.WITHDRAW, "not-to-be-told")
    if notice.not_after - now < LEAST_LEFT:
        return Next(Act.MISS, _why_missed(notice))
    if now < notice.due_at:
        return Next(Act.WAIT, at=notice.due_at)
    if notice.role is Audience.STAFF:
        return Next(Act.ASK_STAFF)
    if next_rung(notice, ladder, now) is Rung.STAFF:
        return Next(Act.ASK_STAFF, "notice-unsent" if notice.has_phone else "no-device")
    if not notice.has_phone:
        return Next(Act.WAIT, at=min(now + LOOK_FOR_PHONE, notice.not_after))
    return Next(Act.SEND)


def _lacks_proof(notice: NoticeFacts) -> bool:
    only_shown = notice.state is NoticeState.SHOWN and notice.shown_says_nothing
    return notice.state is NoticeState.SENT or only_shown


def _why_missed(notice: NoticeFacts) -> str:
    if not notice.has_phone:
        return "no-device"
    return "not-accepted" if notice.tried_at else "too-late"
