"""What the worker does with due notices: claim, decide, and write letters for the network."""

import logging
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from recovery.delivery.answers import back_off
from recovery.delivery.carriers import Message
from recovery.domain.ladder import Act, Next, Rung, misses_matter, next_act
from recovery.domain.notice import NoticeState
from recovery.services.attempts import NewAttempt, keep_attempts, note_tried
from recovery.services.claims import Claim, claim_due
from recovery.services.letters import Letter, lane_of, lanes_of, written
from recovery.services.messages import reported_to, written_message
from recovery.services.notice_moves import (
    BROKEN,
    close,
    commit_and_forget,
    look_again,
    set_aside_if_hopeless,
)
from recovery.services.on_call import written_page
from recovery.services.outlets import Outlets
from recovery.services.paging import owe_next_page
from recovery.services.planning import CODE, ON_CALL
from recovery.services.proving import written_code
from recovery.services.readers import Reader
from recovery.services.standing import Standing, standings, still_owed
from recovery.store.database import db
from recovery.store.notices import Attempt, Notice

logger = logging.getLogger(__name__)

#: Says how long to stay away from a push host; None = it takes messages now.
Closed = Callable[[str], timedelta | None]


@dataclass(slots=True)
class Taken:
    """What one claim brought: letters to post now, and notices that staff must be told of.

    `checked_at` (monotonic seconds): until then nobody else could change these notices.
    """

    letters: list[Letter] = field(default_factory=list)
    for_staff: list[Claim] = field(default_factory=list)
    count: int = 0
    checked_at: float = 0.0


def take_due(limit: int, outlets: Outlets, closed: Closed, now: datetime) -> Taken:
    """Claim up to `limit` due notices and return what is to be done about them. Commits.

    Whatever is posted afterwards has its attempt row, with the fence, in the database by then.
    """
    claims = claim_due(limit, now)
    desk = _Desk(outlets, closed, now)
    for standing in standings(claims, outlets, now) if claims else ():
        desk.look_at(standing)
    desk.register()
    desk.taken.count, desk.taken.checked_at = len(claims), time.monotonic()
    commit_and_forget()
    return desk.taken


class _Desk:
    """Where one batch is worked off, in the transaction of its claim."""

    def __init__(self, outlets: Outlets, closed: Closed, now: datetime) -> None:
        self.taken = Taken()
        self._outlets, self._closed, self._now = outlets, closed, now
        self._drafts: list[tuple[Standing, NewAttempt, Message]] = []
        self._tried: defaultdict[Rung, set[int]] = defaultdict(set)

    def look_at(self, standing: Standing) -> None:
        """Do what becomes of one notice now; one that fails keeps nobody from theirs."""
        try:
            self._act(standing)
        except SQLAlchemyError:
            raise
        except Exception as fault:
            logger.exception("Notice %s cannot be rendered", standing.row.id)
            self._broke(standing.row, type(fault).__name__)

    def _act(self, standing: Standing) -> None:
        row = standing.row
        step = self._next(standing)
        match step.act:
            case Act.SEND:
                self._write(standing, step.rung)
            case Act.ASK_STAFF | Act.ASK_DRIVER:
                self.taken.for_staff.append(Claim(row.id, row.fence))
            case Act.MISS if misses_matter(standing.facts):
                self.taken.for_staff.append(Claim(row.id, row.fence))
            case Act.MISS:
                close(row, NoticeState.MISSED, step.why)
            case Act.WITHDRAW:
                close(row, NoticeState.WITHDRAWN, step.why)
            case Act.WAIT:
                look_again(row, step.at)
            case Act.REST:
                look_again(row, None)

    def register(self) -> None:
        """Write all attempts in one go; their numbers make the letters."""
        for rung, ids in self._tried.items():
            note_tried(ids, rung, self._now)
        numbers = keep_attempts([attempt for _, attempt, _ in self._drafts])
        for number, (standing, attempt, draft) in zip(numbers, self._drafts, strict=True):
            message = reported_to(draft, number, self._outlets)
            self.taken.letters.append(
                Letter(
                    notice_id=standing.row.id,
                    fence=attempt.fence,
                    attempt_id=number,
                    device_id=attempt.device_id,
                    address_id=attempt.address_id,
                    host=lane_of(message),
                    message=message,
                    patience=standing.terms.patience(standing.row.safety),
                )
            )

    def _next(self, standing: Standing) -> Next:
        """Decide; what may have gone out before must be owed still to go out again."""
        row = standing.row
        step = next_act(standing.facts, standing.terms, self._now)
        if step.act is not Act.SEND or row.state == NoticeState.OWED:
            return step
        owed = still_owed(row, standing.visit)
        if owed is None:
            unsent = row.state == NoticeState.SENDING
            return Next(Act.WITHDRAW if unsent else Act.REST, "no-longer-true")
        row.not_after = min(row.not_after, owed.not_after)
        return Next(Act.WAIT, at=owed.due_at) if self._now < owed.due_at else step

    def _write(self, standing: Standing, rung: Rung) -> None:
        row, reader = standing.row, standing.reader
        if reader is None:
            return
        waits = [self._closed(lane) for lane in lanes_of(standing.ways, rung)]
        if waits and all(wait is not None for wait in waits):
            opens = self._now + min(wait for wait in waits if wait is not None)
            look_again(row, min(opens, row.not_after))
            return
        drafts = self._drafts_for(standing, reader, rung)
        self._tried[rung].add(row.id)
        self._drafts += [(standing, attempt, message) for attempt, message in drafts]

    def _drafts_for(
        self, standing: Standing, reader: Reader, rung: Rung
    ) -> list[tuple[NewAttempt, Message]]:
        row, visit, ways = standing.row, standing.visit, standing.ways
        if rung is Rung.MESSAGE:
            place = ways.addresses[0]
            if row.kind == ON_CALL:
                owe_next_page(row, visit, self._now)
                return [
                    written_page(row, visit, to, self._outlets, self._now) for to in ways.addresses
                ]
            if row.kind == CODE:
                return [written_code(row, visit, reader, place, self._now)]
            return [written_message(row, visit, reader, place, self._outlets, self._now)]
        devices, url = ways.devices[rung], self._outlets.public_url
        return list(written(row, visit, reader, devices, rung, url, self._now))

    def _broke(self, row: Notice, fault: str) -> None:
        db.session.add(
            Attempt(
                notice_id=row.id,
                channel="push",
                rung=row.rung,
                fence=row.fence,
                at=self._now,
                ended_at=self._now,
                outcome=BROKEN,
                detail=fault,
            )
        )
        row.tries += 1
        row.tried_at = row.tried_at or self._now
        if row.state not in {NoticeState.OWED, NoticeState.SENDING}:
            look_again(row, None)
        elif not set_aside_if_hopeless(row, self._now):
            look_again(row, min(self._now + back_off(row.tries, 0), row.not_after))
