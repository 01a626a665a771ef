"""Fills the gaps: while the wait is on, no waking stretch is long without “do not drive”."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from recovery.domain.notice import Part, Recipient
from recovery.domain.notices.draft import LEAST_WINDOW, Draft
from recovery.domain.notices.occasions import asking_ends, name_of
from recovery.domain.notices.quiet import waking_hours
from recovery.domain.notices.says import says
from recovery.domain.protocol.after import Audience
from recovery.domain.visit import VisitFacts
from recovery.domain.wait import over_since


def reminders(
    visit: VisitFacts, planned: Sequence[Draft], until: datetime | None
) -> Iterator[Draft]:
    """Yield the extra reminders that the patient needs so that `remind_at_least_every` holds.

    Counted over waking hours from the discharge to the end of the wait (or `until`, when a
    new visit has restarted it, or when the app stops asking).
    """
    end = _end(visit, until)
    if visit.left_at is None or end is None or visit.halted:
        return
    theirs = [draft for draft in planned if draft.recipient.role is Audience.PATIENT]
    told = sorted(draft.due_at for draft in theirs if draft.no_driving)
    others = [draft.due_at for draft in theirs if not draft.no_driving]
    rule = visit.protocol.wait
    for wake, sleep in waking_hours(visit.left_at, end, visit.protocol.quiet_hours, visit.zone):
        last = wake
        for moment in [*(t for t in told if wake <= t <= sleep), sleep]:
            while moment - last > rule.remind_at_least_every:
                free = _free(last, rule.remind_at_least_every, others, visit.protocol.merge_within)
                latest = end - LEAST_WINDOW
                last = min(free, latest) if last < latest else free
                yield _reminder(visit, last, end)
            last = moment


def _end(visit: VisitFacts, until: datetime | None) -> datetime | None:
    ends = [over_since(visit), asking_ends(visit), until]
    return min((end for end in ends if end is not None), default=None)


def _free(
    last: datetime, every: timedelta, others: Sequence[datetime], apart: timedelta
) -> datetime:
    """Return the latest moment up to `every` after `last` with no other notice `apart` of it."""
    wanted = [last + every, *(other - apart for other in others)]
    return max(
        (
            moment
            for moment in wanted
            if last < moment <= last + every
            and all(abs(moment - other) >= apart for other in others)
        ),
        default=last + every,
    )


def _reminder(visit: VisitFacts, moment: datetime, end: datetime) -> Draft:
    rule = visit.protocol.reminder
    told = says((rule.title, rule.body, rule.page), visit, moment)
    return Draft(
        recipient=Recipient(Audience.PATIENT, visit.patient_id),
        parts=(Part(visit.id, rule.id, name_of(moment), told),),
        due_at=moment,
        not_after=min(moment + rule.useful_for, end),
        safety=rule.safety,
        no_driving=True,
        waits=False,
    )
