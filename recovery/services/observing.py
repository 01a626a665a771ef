"""The monitoring form: what was given and what was seen, each line with who wrote it and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from recovery.domain.monitoring import Noted
from recovery.domain.protocol.monitoring import DOSE, SERIOUS
from recovery.domain.visit import GONE, VisitState
from recovery.services.refusals import NotFound, Refused
from recovery.services.visit_moves import (
    AlreadyDone,
    facts_now,
    has_happened,
    locked_visit,
    must_be,
    needed,
    settle,
)
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.visits import Observation, Visit

#: From the dose on, and also later: a form is often finished when the patient has gone.
SINCE_THE_DOSE: Final = (VisitState.INFUSING, VisitState.RECOVERING, VisitState.READY, *GONE)
#: mg; outside these it is a typing slip.
POSSIBLE_DOSE: Final = (0.1, 1000)
OBSERVED: Final = "observed"


@dataclass(frozen=True, slots=True)
class Line:
    """One item as it was written; `id` grows with each line."""

    id: int
    item: str
    noted: Noted
    who: str
    at: datetime


def lines_of(visit_id: int) -> Sequence[Line]:
    """Return all that was ever written into a visit's form, the oldest first."""
    rows = db.session.execute(
        select(Observation, Staff.name)
        .join(Staff, Staff.id == Observation.staff_id)
        .where(Observation.visit_id == visit_id)
        .order_by(Observation.id)
    )
    return [Line(row.id, row.item, _noted(row), name, row.at) for row, name in rows]


def newest(lines: Sequence[Line]) -> dict[str, Line]:
    """Return the line of each item that counts."""
    return {line.item: line for line in lines}


def observe(
    staff: Staff, visit_id: int, written: Mapping[str, Noted], shown: int, now: datetime
) -> Visit:
    """Add a line for each item of `written` that says something new; nothing is written over.

    shown: the newest line that the page had (0 = none). AlreadyDone when somebody wrote something
    else of the same item since then; what they wrote of other items stands beside this.
    """
    visit = locked_visit(staff, visit_id)
    must_be(visit, *SINCE_THE_DOSE)
    asked = facts_now(visit).protocol.monitoring_form.items
    if not asked:
        raise NotFound
    judged = {i: _judged(visit, i, written[i], now) for i in asked if i in written}
    if not judged:
        raise Refused("Please fill in at least one line.", asked[0])
    changed = _changed(judged, lines_of(visit.id), shown)
    for item, noted in changed.items():
        db.session.add(_row(staff, visit, item, noted, now))
    if changed:
        settle(staff, visit, OBSERVED, now, items=sorted(changed))
    return visit


def _changed(judged: Mapping[str, Noted], lines: Sequence[Line], shown: int) -> dict[str, Noted]:
    present = newest(lines)
    before = newest([line for line in lines if line.id <= shown])
    changed = {}
    for item, noted in judged.items():
        old, last = before.get(item), present.get(item)
        if any(line is not None and noted.says_the_same(line.noted) for line in (old, last)):
            continue
        if last is not None and last is not old:
            raise AlreadyDone(OBSERVED, last.who, last.at)
        changed[item] = noted
    return changed


def _judged(visit: Visit, item: str, noted: Noted, now: datetime) -> Noted:
    """Return what was written as it can be true; Refused names the field that cannot."""
    if item == DOSE:
        least, most = POSSIBLE_DOSE
        if noted.mg is None or not least <= noted.mg <= most:
            raise Refused("Please check this number.", "dose-other")
        return Noted(mg=noted.mg)
    if noted.seen is None:
        raise Refused("Please choose yes or none.", item)
    if item == SERIOUS:
        if not noted.seen and noted.words:
            raise Refused("You wrote what happened. Please choose yes.", item)
        words = needed(noted.words, f"{item}-words") if noted.seen else ""
        return Noted(seen=noted.seen, words=words)
    if not noted.seen:
        if noted.since or noted.over:
            raise Refused("You entered a time. Please choose yes.", item)
        return Noted(seen=False)
    if noted.since is None:
        raise Refused("Please enter when it began.", f"{item}-since")
    since = has_happened(noted.since, now, f"{item}-since", visit.started_at)
    over = noted.over and has_happened(noted.over, now, f"{item}-over", since)
    return Noted(seen=True, since=since, over=over)


def _row(staff: Staff, visit: Visit, item: str, noted: Noted, now: datetime) -> Observation:
    return Observation(
        visit_id=visit.id,
        item=item,
        mg=noted.mg,
        seen=noted.seen,
        since_at=noted.since,
        over_at=noted.over,
        words=noted.words,
        staff_id=staff.id,
        at=now,
    )


def _noted(row: Observation) -> Noted:
    return Noted(row.mg, row.seen, row.since_at, row.over_at, row.words)
