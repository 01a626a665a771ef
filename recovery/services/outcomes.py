"""What became of letters: written down many at a time, and only while the fence still matches."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import defer

from recovery.delivery.answers import back_off
from recovery.delivery.outcome import Sent, TryAgain
from recovery.domain.ladder import Rung
from recovery.domain.notice import NOTICE, NoticeState
from recovery.services.notice_moves import (
    BROKEN,
    commit_and_forget,
    look_again,
    set_aside_if_hopeless,
)
from recovery.services.results import Alarm, Result, alarms_of, as_reported, write_down
from recovery.store.database import db
from recovery.store.notices import Attempt, Notice

logger = logging.getLogger(__name__)


def settle(results: Sequence[Result], jitter: float, now: datetime) -> list[Alarm]:
    """Write down what became of letters and what follows for their notices. Commits.

    A result whose notice was claimed again, moved or withdrawn since is logged and dropped:
    the fence is another. A receipt that was quicker than we are is never taken back. `jitter`
    (0 to 1) spreads what is tried again. Safe to call again with the same results.
    """
    rows = _locked({result.letter.notice_id for result in results})
    live = [as_reported(result) for result in results if _is_ours(result, rows)]
    write_down(live)
    books: defaultdict[int, _Book] = defaultdict(_Book)
    for result in live:
        row = rows[result.letter.notice_id]
        if isinstance(result.outcome, Sent):
            _accepted(row, result)
        else:
            books[row.id].note(result)
    db.session.flush()
    for row_id, book in books.items():
        if _is_untaken(rows[row_id]):
            _unaccepted(rows[row_id], book, jitter, now)
    commit_and_forget()
    return list(alarms_of(live))


@dataclass(slots=True)
class _Book:
    """What push services answered about one notice instead of accepting it."""

    wait: timedelta | None = None
    patience: timedelta = timedelta()

    def note(self, result: Result) -> None:
        self.patience = result.letter.patience
        match result.outcome:
            case TryAgain(after=timedelta() as after):
                self.wait = max(after, self.wait or after)


def _locked(ids: set[int]) -> Mapping[int, Notice]:
    rows = db.session.scalars(
        select(Notice)
        .where(Notice.id.in_(ids))
        .order_by(Notice.id)
        .with_for_update(key_share=True)
        .options(defer(Notice.parts))
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def _is_ours(result: Result, rows: Mapping[int, Notice]) -> bool:
    letter = result.letter
    row = rows.get(letter.notice_id)
    if row is not None and row.fence == letter.fence:
        return True
    logger.warning(
        "Late outcome of notice %s fenced off: %s",
        letter.notice_id,
        result.outcome.detail,
        extra={"notice": letter.notice_id, "fence": letter.fence},
    )
    return False


def _accepted(row: Notice, result: Result) -> None:
    """One phone's service took it: from now on the phone has `patience` to prove it was seen."""
    row.sent_at = row.sent_at or result.at
    row.taken_at = row.taken_at or result.at
    if row.state == NoticeState.SENDING:
        NOTICE.judge(NoticeState.SENDING, NoticeState.SENT)
        row.state = NoticeState.SENT.value
    if row.next_at is not None:
        look_again(row, row.taken_at + result.letter.patience)


def _is_untaken(row: Notice) -> bool:
    """Whether nothing proves yet, and no carrier has taken, what was tried on this rung."""
    if row.state == NoticeState.SENDING:
        return True
    return row.taken_at is None and row.next_at is not None


def _unaccepted(row: Notice, book: _Book, jitter: float, now: datetime) -> None:
    """Decide once every phone's service has answered and none has taken it."""
    this_time = select(Attempt.outcome).where(
        Attempt.notice_id == row.id, Attempt.fence == row.fence
    )
    outcomes = set(db.session.scalars(this_time))
    if outcomes & {"", "sent"}:
        return
    climbs = (row.tried_at or now) + book.patience
    wait = book.wait or back_off(row.tries, jitter)
    if "again" in outcomes:
        _try_again(row, now + wait, climbs, now)
    elif BROKEN in outcomes:
        if not set_aside_if_hopeless(row, now):
            _try_again(row, now + wait, climbs, now)
    else:
        look_again(row, now)


def _try_again(row: Notice, at: datetime, climbs: datetime, now: datetime) -> None:
    """Wait within the window, and not beyond the time at which staff must be told."""
    at = min(at, row.not_after)
    look_again(row, min(at, max(climbs, now)) if row.rung != Rung.STAFF else at)
