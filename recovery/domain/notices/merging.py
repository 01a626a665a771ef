"""Two notices to one person within a short time become one."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from recovery.domain.notice import Recipient
from recovery.domain.notices.draft import LEAST_WINDOW, Draft
from recovery.domain.protocol.after import Audience


def merged(drafts: Iterable[Draft], within: timedelta) -> Iterator[Draft]:
    """Merge each person's drafts that lie `within` of one another into the last of them.

    None comes early by it, and one that answers an event (“ready”) is never kept waiting
    for a neighbour: only notices at fixed times wait, and only while they stay true for long
    enough to be sent.
    Tasks for staff stay apart: each is somebody's to resolve.
    """
    by_person: defaultdict[Recipient, list[Draft]] = defaultdict(list)
    for draft in drafts:
        by_person[draft.recipient].append(draft)
    for recipient, theirs in by_person.items():
        if recipient.role is Audience.STAFF:
            yield from theirs
        else:
            yield from _merged(sorted(theirs, key=lambda d: (d.due_at, _weight(d))), within)


def _merged(drafts: list[Draft], within: timedelta) -> Iterator[Draft]:
    group = drafts[:1]
    for draft in drafts[1:]:
        if _may_join(group, draft, within):
            group.append(draft)
        else:
            yield _one(group)
            group = [draft]
    if group:
        yield _one(group)


def _may_join(group: list[Draft], draft: Draft, within: timedelta) -> bool:
    if draft.due_at == group[-1].due_at:
        return True
    all_wait = all(earlier.waits for earlier in group)
    in_time = all(_still_useful(earlier, draft.due_at) for earlier in group)
    return all_wait and in_time and draft.due_at - group[0].due_at < within


def _still_useful(earlier: Draft, later: datetime) -> bool:
    """Whether it may wait until then: as much time must be left to send it as it has waited."""
    return later + max(later - earlier.due_at, LEAST_WINDOW) <= earlier.not_after


def _one(group: list[Draft]) -> Draft:
    first, *others = sorted(group, key=_weight)
    return replace(
        first,
        parts=tuple(part for draft in (first, *others) for part in draft.parts),
        due_at=max(draft.due_at for draft in group),
        not_after=min(draft.not_after for draft in group),
        safety=any(draft.safety for draft in group),
        no_driving=any(draft.no_driving for draft in group),
        waits=all(draft.waits for draft in group),
    )


def _weight(draft: Draft) -> tuple[bool, bool, bool]:
    """The heaviest names the notice: safety, then no driving, then what answers an event."""
    return (not draft.safety, not draft.no_driving, draft.waits)
