"""What was told and is no longer so: its ladder stops, for there is nothing left to prove."""

from collections.abc import Iterable, Sequence

from recovery.domain.notice import NoticeState, Owed, Part
from recovery.domain.notices.reconcile import Existing
from recovery.domain.protocol.after import Audience
from recovery.domain.visit import VisitFacts
from recovery.domain.wait import over_since

#: Told, and perhaps still climbing.
CLIMBING = frozenset({NoticeState.SENT, NoticeState.SHOWN})


def settled(
    owed: Iterable[Owed], existing: Sequence[Existing], course: Sequence[VisitFacts]
) -> tuple[int, ...]:
    """Return the told notices to people of which nothing is true any more as it was said.

    The check-in was answered, the visit cancelled, another time told in a correction. A
    reminder that fills a gap stays true while its wait is on, wherever the next one falls.
    """
    said = {(notice.recipient, part.key): part.says for notice in owed for part in notice.parts}
    visits = {visit.id: visit for visit in course}
    return tuple(
        row.id
        for row in existing
        if row.state in CLIMBING
        and row.owed.recipient.role is not Audience.STAFF
        and not any(
            said.get((row.owed.recipient, part.key)) == part.says or _fills(part, visits)
            for part in row.owed.parts
        )
    )


def _fills(part: Part, visits: dict[int, VisitFacts]) -> bool:
    visit = visits.get(part.visit_id)
    if visit is None or part.kind != visit.protocol.reminder.id:
        return False
    return visit.left_at is not None and over_since(visit) is None
