"""What became of letters: written down many at a time, and only while the fence still matches."""

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from recovery.delivery.answers import back_off
from recovery.delivery.outcome import Sent, TryAgain
from recovery.domain.ladder import Rung
from recovery.domain.notice import NoticeState
from recovery.services.notice_moves import (
    BROKEN,
    commit_and_forget,
    look_again,
    set_aside_if_hopeless,
)
from recovery.services.results import Alarm, Result, accept, alarms_of, as_reported, write_down
from recovery.store.database import db
from recovery.store.many import among
from recovery.store.notices import Attempt, Notice

logger = logging.getLogger(__name__)


def settle(results: Sequence[Result], jitter: float, now: datetime) -> list[Alarm]:
    """Write down what became of letters and what follows for their notices. Commits.

    A result whose notice was claimed again, moved or withdrawn since is logged and dropped:
    the fence is another. A receipt that was quicker than we are is never taken back. `jitter`
    (0 to 1) spreads what is tried again. Safe to call again with the same results.
    """
    fences = _locked({result.letter.notice_id for result in results})
    live = [as_reported(result) for result in results if _is_ours(result, fences)]
    write_down(live)
    accept([result for result in live if isinstance(result.outcome, Sent)])
    books: defaultdict[int, _Book] = defaultdict(_Book)
    for result in live:
        if not isinstance(result.outcome, Sent):
            books[result.letter.notice_id].note(result)
    for row in _read(books.keys()):
        if _is_untaken(row):
            _unaccepted(row, books[row.id], jitter, now)
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


def _locked(ids: set[int]) -> Mapping[int, int]:
    """Lock these notices in the order of their numbers; return the fence of each."""
    rows = db.session.execute(
        select(Notice.id, Notice.fence)
        .where(among(Notice.id, ids))
        .order_by(Notice.id)
        .with_for_update(key_share=True)
    )
    return {row.id: row.fence for row in rows}


def _read(ids: Collection[int]) -> Sequence[Notice]:
    if not ids:
        return ()
    chosen = select(Notice).where(Notice.id.in_(ids)).order_by(Notice.id)
    return db.session.scalars(chosen.execution_options(populate_existing=True)).all()


def _is_ours(result: Result, fences: Mapping[int, int]) -> bool:
    letter = result.letter
    if fences.get(letter.notice_id) == letter.fence:
        return True
    logger.warning(
        "Late outcome of notice %s fenced off: %s",
        letter.notice_id,
        result.outcome.detail,
        extra={"notice": letter.notice_id, "fence": letter.fence},
    )
    return False


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
