"""Moves of a claimed notice that more than one use case makes. Only `commit_and_forget` commits."""

from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from recovery.domain.ladder import Rung
from recovery.domain.notice import NOTICE, NoticeState
from recovery.store.database import db
from recovery.store.notices import Attempt, Notice

#: The outcome of an attempt that ended before the network: not rendered, or not sealed.
BROKEN: Final = "broken"
#: So often is a notice tried that cannot be rendered or sealed (faults.md).
MOST_BROKEN: Final = 3


def close(row: Notice, state: NoticeState, why: str) -> None:
    """End a notice's way for good, with the reason in a word."""
    NOTICE.judge(NoticeState(row.state), state)
    row.state, row.why = state.value, why
    look_again(row, None)


def went_in_vain(row: Notice, now: datetime) -> None:
    """Let a notice climb on at once whose text or e-mail is known to have reached nobody."""
    if row.next_at is not None and row.rung == Rung.MESSAGE:
        row.tried_at = row.taken_at = None
        look_again(row, now)


def look_again(row: Notice, at: datetime | None) -> None:
    """Let go of a notice until `at` (UTC); None = nothing more to do."""
    row.next_at, row.lease_until = at, None


def give_up(row: Notice, why: str, now: datetime) -> None:
    """Say that no try will ever succeed; the worker then tells staff."""
    close(row, NoticeState.FAILED, why)
    look_again(row, now)


def commit_and_forget() -> None:
    """Commit a batch whose rows nobody looks at again: expiring each of them takes its time."""
    db.session.flush()
    db.session.expunge_all()
    db.session.commit()


def set_aside_if_hopeless(row: Notice, now: datetime) -> bool:
    """Give a notice up after its third broken attempt, so that it keeps nobody from theirs."""
    broken = select(func.count()).where(Attempt.notice_id == row.id, Attempt.outcome == BROKEN)
    if (db.session.scalar(broken) or 0) < MOST_BROKEN:
        return False
    give_up(row, BROKEN, now)
    return True
