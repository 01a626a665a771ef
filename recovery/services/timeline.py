"""A visit's timeline: what happened by the audit trail, and every notice with its times."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from recovery.services.ahead import Ahead, ahead_of
from recovery.services.outlets import Outlets
from recovery.store.audit import AuditRow
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.notices import Attempt, Notice
from recovery.store.patients import Contact
from recovery.store.reasons import Reason
from recovery.store.rides import Ride
from recovery.store.visits import Visit


@dataclass(frozen=True, slots=True)
class Happened:
    """One row of the trail, with the name behind its actor ("" = the program itself)."""

    row: AuditRow
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Told:
    """One notice, whom it is for, each try to send it, and who is told when nobody proves it."""

    notice: Notice
    to: str
    attempts: Sequence[Attempt]
    ahead: Ahead = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """Both in the order of time."""

    happened: Sequence[Happened]
    told: Sequence[Told]


def timeline(visit: Visit, outlets: Outlets, now: datetime) -> Timeline:
    """Return what happened around a visit; the visit must be one the reader may see."""
    return Timeline(_happened(visit), _told(visit, outlets, now))


def _happened(visit: Visit) -> list[Happened]:
    rows = db.session.scalars(
        select(AuditRow)
        .where(AuditRow.clinic_id == visit.clinic_id, AuditRow.visit_id == visit.id)
        .order_by(AuditRow.number)
    ).all()
    staff = _names(Staff.id, Staff.name, rows, "staff")
    contacts = _names(Contact.id, Contact.name, rows, "driver")
    reasons = {
        reason.id: reason.words
        for reason in db.session.scalars(select(Reason).where(Reason.visit_id == visit.id))
    }
    names = {"staff": staff, "driver": contacts, "patient": {visit.patient_id: visit.patient.name}}
    return [
        Happened(
            row=row,
            who=names.get(row.actor, {}).get(row.actor_id or 0, ""),
            why=reasons.get(row.facts.get("reason", 0), ""),
        )
        for row in rows
    ]


def _names(
    key: InstrumentedAttribute[int],
    name: InstrumentedAttribute[str],
    rows: Sequence[AuditRow],
    actor: str,
) -> dict[int, str]:
    ids = {row.actor_id for row in rows if row.actor == actor}
    return dict(db.session.execute(select(key, name).where(key.in_(ids))).all())


def _told(visit: Visit, outlets: Outlets, now: datetime) -> list[Told]:
    notices = db.session.scalars(
        select(Notice).where(Notice.visit_id == visit.id).order_by(Notice.due_at, Notice.id)
    ).all()
    attempts: defaultdict[int, list[Attempt]] = defaultdict(list)
    for attempt in db.session.scalars(
        select(Attempt)
        .where(Attempt.notice_id.in_([notice.id for notice in notices]))
        .order_by(Attempt.at, Attempt.id)
    ):
        attempts[attempt.notice_id].append(attempt)
    drivers = db.session.execute(
        select(Ride.id, Contact.name)
        .join(Contact, Contact.id == Ride.contact_id)
        .where(Ride.visit_id == visit.id)
    )
    names = dict(drivers.all())
    ahead = ahead_of(notices, visit, outlets, now)
    return [
        Told(notice, _to(notice, names, visit), attempts[notice.id], ahead.get(notice.id, ()))
        for notice in notices
    ]


def _to(notice: Notice, drivers: dict[int, str], visit: Visit) -> str:
    if notice.role == "patient":
        return visit.patient.name
    return drivers.get(notice.recipient_id, "")
