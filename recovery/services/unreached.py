"""Gathers whom others were asked about, because nobody had proved a safety notice to them."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from recovery.domain.protocol.after import Audience
from recovery.domain.visit import Unreached
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Wording
from recovery.store.visits import Visit


def unreached_of(visits: Iterable[Visit]) -> defaultdict[int, list[Unreached]]:
    """Return the silences of these visits by their ids, as they stand now."""
    discreet = {visit.id: visit.patient.wording == Wording.DISCREET for visit in visits}
    found: defaultdict[int, list[Unreached]] = defaultdict(list)
    rows = db.session.scalars(
        select(Notice)
        .where(Notice.visit_id.in_(discreet), Notice.asked_at.is_not(None))
        .order_by(Notice.id)
        .execution_options(populate_existing=True)
    )
    for row in rows:
        if row.asked_at is not None:
            proved = _proved_at(row, discreet[row.visit_id])
            silent = Unreached(Audience(row.role), row.recipient_id, row.asked_at, proved)
            found[row.visit_id].append(silent)
    return found


def _proved_at(row: Notice, discreet: bool) -> datetime | None:
    """With the discreet wording a notice that was only shown has said nothing yet."""
    shown = None if discreet and row.role == Audience.PATIENT else row.shown_at
    seen = (shown, row.opened_at, row.acknowledged_at)
    return min((moment for moment in seen if moment is not None), default=None)
