"""`plan`: every notice that is owed to and about one patient, by what is known."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from recovery.domain.notice import Owed
from recovery.domain.notices.draft import Draft
from recovery.domain.notices.drafting import drafts_of
from recovery.domain.notices.merging import merged
from recovery.domain.notices.reminders import reminders
from recovery.domain.notices.truth import chair_times
from recovery.domain.protocol.after import Audience
from recovery.domain.visit import NOT_HAPPENING, VisitFacts


def plan(visits: Sequence[VisitFacts]) -> tuple[Owed, ...]:
    """Return the notices owed for all visits of one patient, by due time.

    A pure function of the facts: the same facts give the same plan, however often and in
    whatever order they became known. All visits together, because a new visit restarts the
    wait and ends the check-ins of the last. Times are UTC.
    """
    course = tuple(sorted(visits, key=lambda visit: (visit.start, visit.id)))
    drafts = [draft for visit in course for draft in _of_visit(visit, course)]
    drafts.sort(key=lambda draft: (draft.due_at, draft.parts[0].key))
    return tuple(_owed(draft) for draft in drafts)


def _of_visit(visit: VisitFacts, course: tuple[VisitFacts, ...]) -> Iterator[Draft]:
    restarted, followed = _next_start(visit, course), _next_visit(visit, course)
    kept = [
        draft
        for draft in drafts_of(visit)
        if not _is_after(draft, restarted if _is_safety(draft) else followed)
        and not _in_the_chair(draft, course)
    ]
    one_by_one = list(merged(kept, visit.protocol.merge_within))
    fillers = [
        draft
        for draft in reminders(visit, one_by_one, restarted)
        if not _in_the_chair(draft, course)
    ]
    yield from one_by_one
    yield from fillers


def _is_safety(draft: Draft) -> bool:
    return draft.safety or draft.no_driving


def _next_start(visit: VisitFacts, course: tuple[VisitFacts, ...]) -> datetime | None:
    """When a later infusion restarted the wait."""
    if visit.started_at is None:
        return None
    later = [v.started_at for v in course if v.started_at and v.started_at > visit.started_at]
    return min(later, default=None)


def _next_visit(visit: VisitFacts, course: tuple[VisitFacts, ...]) -> datetime | None:
    """When the next visit begins, as well as can be known; it ends routine check-ins."""
    later = [
        other.arrived_at or other.start
        for other in course
        if other.state not in NOT_HAPPENING and (other.start, other.id) > (visit.start, visit.id)
    ]
    return min(later, default=None)


def _is_after(draft: Draft, moment: datetime | None) -> bool:
    return moment is not None and draft.due_at >= moment


def _in_the_chair(draft: Draft, course: tuple[VisitFacts, ...]) -> bool:
    if draft.recipient.role is not Audience.PATIENT:
        return False
    return any(
        begin <= draft.due_at and (end is None or draft.due_at < end)
        for begin, end in chair_times(course)
    )


def _owed(draft: Draft) -> Owed:
    return Owed(
        recipient=draft.recipient,
        parts=draft.parts,
        due_at=draft.due_at,
        not_after=draft.not_after,
        safety=draft.safety,
        no_driving=draft.no_driving,
    )
