"""Which check-ins wait for the patient's answer, now and soon."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from recovery.domain.notices.occasions import answered, occasions
from recovery.domain.protocol.after import Audience, Condition
from recovery.domain.protocol.questions import CheckIn
from recovery.domain.visit import VisitFacts
from recovery.domain.wait import wait_at


@dataclass(frozen=True, slots=True)
class Asked:
    """A check-in that waits for an answer."""

    visit_id: int
    check_in: CheckIn
    occasion: str


def asked_now(visit: VisitFacts, now: datetime) -> Asked | None:
    """Return the newest check-in that is due and unanswered.

    From the earliest end on that is the one that can end the wait, answered before or not:
    its answer may have changed.
    """
    wait = wait_at(visit, now)
    waiting = wait is not None and not wait.over
    earliest = wait.earliest if wait is not None else None
    if waiting and earliest is not None and earliest <= now:
        last = next(item for item in visit.protocol.check_ins if item.ends_wait)
        return Asked(visit.id, last, "")
    due = sorted(_unanswered(visit, now, waiting), key=lambda found: found[0])
    return due[-1][1] if due else None


def asked_until(visit: VisitFacts, now: datetime, until: datetime) -> list[tuple[datetime, Asked]]:
    """Return the check-ins that are due and unanswered, or fall due by `until`, the first first.

    Nobody knows yet how a wait goes on: its questions are in the list as if it did.
    """
    found = sorted(_unanswered(visit, until, waiting=True), key=lambda due: due[0])
    due = asked_now(visit, now)
    named = [(item.check_in.id, item.occasion) for _, item in found]
    if due is None or (due.check_in.id, due.occasion) in named:
        return found
    return [(now, due), *found]


def _unanswered(
    visit: VisitFacts, now: datetime, waiting: bool
) -> Iterator[tuple[datetime, Asked]]:
    for rule in visit.protocol.notices:
        check_in = visit.protocol.check_in(rule.check_in or "")
        if check_in is None or Audience.PATIENT not in rule.to:
            continue
        if Condition.WAITING in rule.only and not waiting:
            continue
        for occasion in occasions(rule.when, visit):
            if occasion.at <= now and not answered(visit, check_in.id, occasion):
                yield occasion.at, Asked(visit.id, check_in, occasion.name)
