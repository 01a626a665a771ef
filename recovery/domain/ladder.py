"""The ladder: what becomes of a notice next, and who is told while nobody proves it was seen."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from zoneinfo import ZoneInfo

from recovery.domain.notice import LEAST_LEFT, NoticeState
from recovery.domain.notices.quiet import is_quiet, morning_after
from recovery.domain.protocol.after import Audience
from recovery.domain.protocol.timing import Ladder, QuietHours

#: How often we look whether somebody who cannot be reached has a phone by now.
LOOK_FOR_PHONE = timedelta(minutes=10)


class Rung(IntEnum):
    """Who is told, in the protocol's order. Rows keep the numbers.

    The phone that last proved itself, the person's other phones, a text or e-mail, whoever
    takes the patient home, a person at the clinic.
    """

    PUSH = 0
    OTHER_DEVICES = 1
    MESSAGE = 2
    DRIVER = 3
    STAFF = 4


#: Rungs on which the notice itself goes to the person it is for.
TO_THE_PERSON = frozenset({Rung.PUSH, Rung.OTHER_DEVICES, Rung.MESSAGE})


class Act(StrEnum):
    """What to do with a notice now."""

    SEND = "send"
    ASK_DRIVER = "ask-driver"
    ASK_STAFF = "ask-staff"
    MISS = "miss"
    WITHDRAW = "withdraw"
    WAIT = "wait"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Terms:
    """The clinic's rules for climbing; `quiet` hours are those of `zone`, None = there are none."""

    ladder: Ladder
    zone: ZoneInfo
    quiet: QuietHours | None = None

    def patience(self, safety: bool) -> timedelta:
        """How long one rung has to prove that a notice was seen."""
        return self.ladder.safety if safety else self.ladder.routine


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What decides about one notice; times are aware UTC, None = has not happened.

    `tried_at` and `taken_at` speak of the rung it stands on: its first attempt there, and when
    a carrier first took it there. `ways`: the rungs by which somebody can be told now.
    `refused`: a way that is left out of them refused this very notice for good.
    `may_be_told`: nobody halted the person or took the consent back. `shown_says_nothing`: the
    wording is discreet, so only “opened” proves anything. `climbs`: False for what its reader
    asked for and sees missing; nobody else is told of it.
    """

    state: NoticeState
    role: Audience
    safety: bool
    due_at: datetime
    not_after: datetime
    rung: Rung = Rung.PUSH
    tried_at: datetime | None = None
    taken_at: datetime | None = None
    ways: frozenset[Rung] = frozenset({Rung.PUSH})
    refused: bool = False
    may_be_told: bool = True
    shown_says_nothing: bool = False
    climbs: bool = True


@dataclass(frozen=True, slots=True)
class Next:
    """What to do: by which `rung`, `why` in a word that staff read, `at` when to look again."""

    act: Act
    why: str = ""
    at: datetime | None = None
    rung: Rung = Rung.PUSH


def next_act(notice: NoticeFacts, terms: Terms, now: datetime) -> Next:
    """Say what becomes of a notice at `now`, whatever its state.

    Nothing is sent early, or once it is no longer useful, and nothing routine in the night
    because it is late. Who cannot be reached is not waited for when safety depends on it.
    """
    if _is_pending(notice):
        return _while_owed(notice, terms, now)
    if notice.state is NoticeState.FAILED and notice.rung is not Rung.STAFF and notice.climbs:
        return Next(Act.ASK_STAFF, "notice-failed", rung=Rung.STAFF)
    if not _lacks_proof(notice) or not notice.may_be_told:
        return Next(Act.REST)
    return _up(notice, terms, now)


def next_rung(notice: NoticeFacts, terms: Terms, now: datetime) -> Rung | None:
    """Say who is told next when nobody has proved that a notice was seen.

    None = the rung it stands on still has time, or is the last one. A rung without a way to
    anybody is passed over at once; above the first, none is used once the notice is over, and
    the driver is asked for safety only.
    """
    if notice.rung is Rung.STAFF or not notice.climbs or _has_time(notice, terms, now):
        return None
    return min(rung for rung in Rung if rung > notice.rung and _is_open(rung, notice, now))


def misses_matter(notice: NoticeFacts) -> bool:
    """Whether a person must hear that this notice came too late, and has not heard of it yet."""
    return notice.safety and notice.climbs and notice.rung is not Rung.STAFF


def climbs_at(notice: NoticeFacts, terms: Terms) -> datetime | None:
    """Return when a notice without proof climbs: so long after this rung took it or first tried.

    Counted from the rung's own first attempt, so that a person who was told late gets the
    whole time to react. None = it was not tried here yet, or nobody stands above.
    """
    since = notice.taken_at or notice.tried_at
    if since is None or notice.rung is Rung.STAFF or not notice.climbs:
        return None
    return since + terms.patience(notice.safety)


def climb_ahead(
    notice: NoticeFacts, terms: Terms, now: datetime
) -> Iterator[tuple[Rung, datetime]]:
    """Yield who will be told when, should nobody prove that the notice was seen.

    The last one is a person: the times are as late as they can be when carriers take it at
    once. A carrier that takes it late, just before its rung gives up, adds one patience.
    """
    while _is_pending(notice) or (_lacks_proof(notice) and notice.rung is not Rung.STAFF):
        step = next_act(notice, terms, now)
        if step.act is Act.WAIT and step.at is not None:
            now = step.at
            continue
        if step.act not in {Act.SEND, Act.ASK_DRIVER, Act.ASK_STAFF}:
            return
        yield step.rung, now
        if step.act is Act.ASK_STAFF:
            return
        notice = replace(notice, state=NoticeState.SENT, rung=step.rung, tried_at=now, taken_at=now)


def _while_owed(notice: NoticeFacts, terms: Terms, now: datetime) -> Next:
    if not notice.may_be_told:
        return Next(Act.WITHDRAW, "not-to-be-told")
    if notice.not_after - now < LEAST_LEFT:
        return Next(Act.MISS, _why_missed(notice))
    if now < notice.due_at:
        return Next(Act.WAIT, at=notice.due_at)
    if not notice.climbs and not notice.ways:
        return Next(Act.MISS, _why_missed(notice))
    if notice.role is Audience.STAFF and notice.climbs:
        return Next(Act.ASK_STAFF, rung=Rung.STAFF)
    step = _up(notice, terms, now)
    by_day = not is_quiet(notice.due_at, terms.quiet, terms.zone)
    morning = _morning(notice, terms, now) if step.act is Act.SEND and by_day else None
    return Next(Act.WAIT, at=morning) if morning else step


def _up(notice: NoticeFacts, terms: Terms, now: datetime) -> Next:
    """Stay on the rung, or climb: for a routine notice nobody is woken."""
    rung = next_rung(notice, terms, now)
    if rung is None:
        return _stay(notice, terms, now)
    if rung is Rung.STAFF:
        return Next(Act.ASK_STAFF, _why_staff(notice), rung=rung)
    morning = _morning(notice, terms, now) if notice.tried_at is not None else None
    if morning:
        return Next(Act.WAIT, at=morning)
    return Next(Act.ASK_DRIVER if rung is Rung.DRIVER else Act.SEND, rung=rung)


def _morning(notice: NoticeFacts, terms: Terms, now: datetime) -> datetime | None:
    """Return until when a routine notice that comes late, or climbs, lets people sleep; None =
    nobody sleeps. What is of no use any more by then is missed."""
    if terms.quiet is None or notice.safety or not is_quiet(now, terms.quiet, terms.zone):
        return None
    return min(morning_after(now, terms.quiet, terms.zone), notice.not_after)


def _stay(notice: NoticeFacts, terms: Terms, now: datetime) -> Next:
    """Try (again) on this rung, or wait: for proof, or for somebody to get a phone.

    While others are asked on the person's behalf, what no carrier took is still tried.
    """
    rung = notice.rung if notice.rung in TO_THE_PERSON else _first_way(notice)
    unsent = _is_pending(notice) or notice.taken_at is None
    if unsent and rung in notice.ways:
        return Next(Act.SEND, rung=rung)
    climbs = climbs_at(notice, terms)
    if not _is_pending(notice):
        return Next(Act.WAIT, at=climbs) if climbs else Next(Act.REST)
    looks = min(now + LOOK_FOR_PHONE, notice.not_after)
    return Next(Act.WAIT, at=min(looks, climbs) if climbs else looks)


def _has_time(notice: NoticeFacts, terms: Terms, now: datetime) -> bool:
    """Whether the rung may still prove it: it was taken or can be tried, and patience lasts.

    A routine notice to somebody who cannot be reached waits for a phone.
    """
    if notice.taken_at is None and not _is_open(notice.rung, notice, now):
        reachable = bool(notice.ways & TO_THE_PERSON)
        if notice.safety or notice.refused or reachable or not _is_pending(notice):
            return False
    climbs = climbs_at(notice, terms)
    return climbs is None or now < climbs


def _is_open(rung: Rung, notice: NoticeFacts, now: datetime) -> bool:
    if rung is Rung.STAFF:
        return True
    if rung is Rung.DRIVER and not notice.safety:
        return False
    return rung in notice.ways and notice.not_after - now >= LEAST_LEFT


def _first_way(notice: NoticeFacts) -> Rung:
    return min(notice.ways & TO_THE_PERSON, default=Rung.STAFF)


def _is_pending(notice: NoticeFacts) -> bool:
    return notice.state in {NoticeState.OWED, NoticeState.SENDING}


def _lacks_proof(notice: NoticeFacts) -> bool:
    only_shown = notice.state is NoticeState.SHOWN and notice.shown_says_nothing
    return notice.state is NoticeState.SENT or only_shown


def _why_staff(notice: NoticeFacts) -> str:
    if not _is_pending(notice):
        return "notice-unseen"
    if notice.ways & TO_THE_PERSON:
        return "notice-unsent"
    return "notice-failed" if notice.refused else "no-device"


def _why_missed(notice: NoticeFacts) -> str:
    if not notice.ways & TO_THE_PERSON:
        return "no-device"
    return "not-accepted" if notice.tried_at else "too-late"
