"""A visit's notices, drawn: one line each, from when it was due to who saw it, or who is next.

A notice lives for seconds or for days, so its line does not show hours evenly: the first minutes
after it was due take as much room as the hours that follow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log
from typing import Final

from recovery.domain.ladder import Rung
from recovery.domain.notice import NoticeState
from recovery.services.timeline import Told
from recovery.services.ways import LOST
from recovery.store.notices import Attempt

MINUTE: Final = timedelta(minutes=1)
#: In percent of the width: where it is owed before it is due, where it is due, and where the line
#: ends.
BEFORE, DUE, END = 3.0, 9.0, 97.0
#: What comes later than this after it was due stands at the end.
LAST: Final = timedelta(days=1)
#: So long after it was due the scale turns from even to ever closer.
EVEN: Final = timedelta(seconds=30)
#: Spans that the scale names.
SCALE: Final = (MINUTE, 5 * MINUTE, timedelta(hours=1), timedelta(hours=8), LAST)
#: States in which nobody will see it any more, by the mark that says so.
ENDED: Final = {
    NoticeState.MISSED: "lost",
    NoticeState.FAILED: "lost",
    NoticeState.WITHDRAWN: "withdrawn",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that happened, or will: `what` names its shape; `x` in percent of the width."""

    x: float
    what: str
    at: datetime
    rung: Rung | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One notice: where its line ends, where what is only ahead of it ends, and its marks."""

    marks: Sequence[Mark]
    until: float
    ahead_until: float


def line_of(told: Told, now: datetime) -> Line:
    """Place what is known of a notice at `now`, by time."""
    due = told.notice.due_at
    happened = sorted(_happened(told, now), key=lambda found: found[1])
    marks = [Mark(_place(at, due), what, at) for what, at in happened]
    ahead = [Mark(_place(at, due), "ahead", at, rung) for rung, at in told.ahead]
    until = max(mark.x for mark in marks)
    if ahead:
        until = max(until, min(_place(now, due), ahead[0].x))
    return Line([*marks, *ahead], until, max([until, *(mark.x for mark in ahead)]))


def scale() -> list[tuple[float, timedelta]]:
    """Return where the scale stands, in percent, and for what span after it was due."""
    return [(_after(span), span) for span in SCALE]


def _happened(told: Told, now: datetime) -> Iterator[tuple[str, datetime]]:
    notice = told.notice
    yield "owed", notice.created_at
    for attempt in told.attempts:
        yield from _tried(attempt)
    moments = (("shown", notice.shown_at), ("opened", notice.opened_at))
    for what, at in (*moments, ("confirmed", notice.acknowledged_at)):
        if at is not None:
            yield what, at
    ended = ENDED.get(NoticeState(notice.state))
    if ended is not None:
        last = max((attempt.at for attempt in told.attempts), default=notice.due_at)
        yield ended, max(last, min(notice.not_after, now)) if ended == "lost" else last


def _tried(attempt: Attempt) -> Iterator[tuple[str, datetime]]:
    """A try, and how the carrier took it; what a carrier reports later may be that it failed."""
    yield "tried", attempt.at
    ended = attempt.ended_at or attempt.at
    if attempt.reported in LOST:
        yield "refused", attempt.reported_at or ended
    elif attempt.outcome == "sent":
        yield "accepted", ended
    elif attempt.outcome in {"gone", "broken"}:
        yield "refused", ended


def _place(at: datetime, due: datetime) -> float:
    return BEFORE if at < due else _after(at - due)


def _after(span: timedelta) -> float:
    share = log(1 + span / EVEN) / log(1 + LAST / EVEN)
    return round(DUE + (END - DUE) * min(share, 1.0), 1)
