"""Where a notice stands: what is known of it, and whether it is still owed as it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload, load_only, selectinload

from recovery.domain.ladder import NoticeFacts, Rung, Terms
from recovery.domain.notice import NoticeState, Owed, Recipient
from recovery.domain.notices import plan
from recovery.domain.protocol.after import Audience
from recovery.domain.protocol.timing import Ladder
from recovery.services.claims import Claim
from recovery.services.facts import course_of, protocol_of
from recovery.services.outlets import Outlets
from recovery.services.planning import ASKED_FOR, CODE, ON_CALL, part_from
from recovery.services.readers import Reader, readers_of
from recovery.services.ways import Ways, ways_of
from recovery.store.database import db
from recovery.store.many import among
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.store.visits import Visit

#: Of a notice for staff, or to somebody who is no longer there.
NO_WAYS = Ways()


@dataclass(frozen=True, slots=True)
class Standing:
    """One claimed notice with all that decides about it; staff have no `reader`."""

    row: Notice
    visit: Visit
    reader: Reader | None
    ways: Ways
    facts: NoticeFacts
    terms: Terms


def standings(claims: Sequence[Claim], outlets: Outlets, now: datetime) -> list[Standing]:
    """Return how the claimed notices stand, with one query for each kind of thing.

    Call it in the claim's own transaction, or after locking the row.
    """
    rows = _rows({claim.notice_id for claim in claims})
    readers = readers_of(rows, now)
    visits = _visits({row.visit_id for row in rows})
    ways = ways_of(rows, readers, visits, outlets)
    terms = {visit_id: terms_of(visit) for visit_id, visit in visits.items()}
    return [
        Standing(
            row,
            visits[row.visit_id],
            readers.get(row.id),
            ways.get(row.id, NO_WAYS),
            facts_of_notice(row, readers.get(row.id), ways.get(row.id, NO_WAYS)),
            terms[row.visit_id],
        )
        for row in rows
    ]


def still_owed(row: Notice, visit: Visit) -> Owed | None:
    """Return the notice that is owed now and says all that `row` says; None = no longer true.

    Whatever may have been sent already is no longer changed by `replan`, so before it is sent
    again the plan is asked. A test notice is true as long as it is useful.
    """
    recipient = Recipient(Audience(row.role), row.recipient_id)
    parts = tuple(part_from(entry) for entry in row.parts)
    if row.kind in ASKED_FOR:
        return Owed(recipient, parts, row.due_at, row.not_after, row.safety, row.no_driving)
    owed = [notice for notice in plan(course_of(visit.patient_id)) if notice.recipient == recipient]
    said = {part.key: part.says for notice in owed for part in notice.parts}
    if any(said.get(part.key) != part.says for part in parts):
        return None
    return next(notice for notice in owed if any(p.key == parts[0].key for p in notice.parts))


def _rows(ids: set[int]) -> Sequence[Notice]:
    chosen = select(Notice).where(among(Notice.id, ids)).order_by(Notice.next_at, Notice.id)
    return db.session.scalars(chosen.execution_options(populate_existing=True)).all()


def _visits(ids: set[int]) -> Mapping[int, Visit]:
    """Read of each visit what a first sending needs; anything else is read when it is asked for."""
    rows = db.session.scalars(
        select(Visit)
        .where(among(Visit.id, ids))
        .options(
            load_only(Visit.clinic_id, Visit.patient_id, Visit.protocol_version_id),
            selectinload(Visit.clinic),
            joinedload(Visit.patient, innerjoin=True).load_only(Patient.name, Patient.wording),
            selectinload(Visit.protocol_version),
        )
    )
    return {row.id: row for row in rows}


def terms_of(visit: Visit) -> Terms:
    """Return the protocol's patience; none at all for one that can no longer be read, so that
    it is a person's turn and nobody else's notices wait for it."""
    zone = ZoneInfo(visit.clinic.zone)
    try:
        protocol = protocol_of(visit.protocol_version)
    except ValueError:
        none = Ladder(source="unreadable protocol", safety=timedelta(), routine=timedelta())
        return Terms(none, zone)
    return Terms(protocol.ladder, zone, protocol.quiet_hours)


def facts_of_notice(row: Notice, reader: Reader | None, ways: Ways) -> NoticeFacts:
    """Return what decides about a notice: its row, whom it is for, and how they are reached."""
    return NoticeFacts(
        state=NoticeState(row.state),
        role=Audience(row.role),
        safety=row.safety,
        due_at=row.due_at,
        not_after=row.not_after,
        rung=Rung(row.rung),
        tried_at=row.tried_at,
        taken_at=row.taken_at,
        ways=ways.rungs,
        refused=ways.refused,
        may_be_told=reader.may_be_told if reader is not None else row.role == Audience.STAFF,
        shown_says_nothing=reader is not None and reader.discreet,
        climbs=row.kind not in {CODE, ON_CALL},
    )
