"""Attempts: rows that are in the database before the network is touched, a whole batch at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, literal, update

from recovery.domain.ladder import Rung
from recovery.domain.notice import NOTICE, NoticeState
from recovery.store.database import UtcDateTime, db
from recovery.store.many import among, keep_rows
from recovery.store.notices import Attempt, Notice


@dataclass(frozen=True)
class NewAttempt:
    """An attempt that is not in the database yet; its fields are the row's columns.

    Not the row's own class: that one watches over every change of every field, which costs more
    than all the rest of the row.
    """

    notice_id: int
    fence: int
    channel: str
    rung: Rung
    at: datetime
    device_id: int | None = None
    address_id: int | None = None
    receipt_hash: str | None = None


def keep_attempts(attempts: Sequence[NewAttempt]) -> Sequence[int]:
    """Write attempts in one statement and return their numbers, in order. Does not commit."""
    if not attempts:
        return ()
    return keep_rows(Attempt, [vars(attempt) | {"rung": int(attempt.rung)} for attempt in attempts])


def note_tried(ids: Collection[int], rung: Rung, now: datetime) -> None:
    """Note that claimed notices are tried on a rung, in one statement. Does not commit.

    One that stood below it begins there with its whole time. What is still tried while others
    are asked about it leaves it where it stands. Rows that were read do not learn of it.
    """
    NOTICE.judge(NoticeState.OWED, NoticeState.SENDING)
    at = literal(now, UtcDateTime())
    owed, below = Notice.state == NoticeState.OWED.value, Notice.rung < rung
    db.session.connection().execute(
        update(Notice)
        .where(among(Notice.id, ids))
        .values(
            state=case((owed, NoticeState.SENDING.value), else_=Notice.state),
            tries=Notice.tries + 1,
            rung=case((below, int(rung)), else_=Notice.rung),
            tried_at=case(
                (below, at),
                (Notice.rung == rung, func.coalesce(Notice.tried_at, at)),
                else_=Notice.tried_at,
            ),
            taken_at=case((below, None), else_=Notice.taken_at),
        )
    )
