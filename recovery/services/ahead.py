"""Who is told next, and when, should nobody prove that a notice was seen."""

from collections.abc import Sequence
from datetime import datetime

from recovery.domain.ladder import Rung, climb_ahead
from recovery.domain.protocol.after import Audience
from recovery.services.outlets import Outlets
from recovery.services.readers import readers_of
from recovery.services.standing import NO_WAYS, facts_of_notice, terms_of
from recovery.services.ways import ways_of
from recovery.store.notices import Notice
from recovery.store.visits import Visit

Ahead = Sequence[tuple[Rung, datetime]]


def ahead_of(
    rows: Sequence[Notice], visit: Visit, outlets: Outlets, now: datetime
) -> dict[int, Ahead]:
    """Return what is still ahead of each notice that is tried or was not proved, by its id.

    As the worker would decide with what is known now; a handful of queries for all of them.
    """
    climbing = [
        row
        for row in rows
        if row.next_at is not None and row.tries and row.role != Audience.STAFF.value
    ]
    if not climbing:
        return {}
    readers = readers_of(climbing, now)
    ways, terms = ways_of(climbing, readers, {visit.id: visit}, outlets), terms_of(visit)
    return {
        row.id: [
            (rung, at)
            for rung, at in climb_ahead(
                facts_of_notice(row, readers.get(row.id), ways.get(row.id, NO_WAYS)), terms, now
            )
            if rung > row.rung
        ]
        for row in climbing
    }
