"""What every act of staff on a visit shares: its lock, its life cycle, its trail."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from recovery.domain.errors import UnlawfulMove
from recovery.domain.rights import Right
from recovery.domain.visit import VISIT, VisitFacts, VisitState
from recovery.services.audit import Actor, record
from recovery.services.facts import facts_of
from recovery.services.planning import replan
from recovery.services.refusals import Conflict, NotFound, Refused, sentence
from recovery.store.audit import AuditRow
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.reasons import Reason
from recovery.store.visits import Visit

LONGEST_REASON = 500
#: What is left of a patient who was erased is nobody's to look at.
KEPT = select(Patient.id).where(Patient.erased_at.is_(None))


class AlreadyDone(Conflict):
    """Somebody else moved the visit on; says who did what, and when (None = not known)."""

    def __init__(self, verb: str, who: str | None, at: datetime | None) -> None:
        changed = sentence("This visit was changed in the meantime. Please look at it again.")
        super().__init__(changed)
        self.verb, self.who, self.at = verb, who, at


def own_visit(staff: Staff, visit_id: int) -> Visit:
    """Return a visit of the staff person's clinic to look at; NotFound for any other."""
    visit = db.session.scalars(
        select(Visit).where(
            Visit.id == visit_id, Visit.clinic_id == staff.clinic_id, Visit.patient_id.in_(KEPT)
        )
    ).first()
    if visit is None:
        raise NotFound
    return visit


def locked_visit(staff: Staff, visit_id: int) -> Visit:
    """Return a visit of the staff person's clinic, locked so that two acts cannot cross."""
    visit = db.session.scalars(
        select(Visit)
        .where(Visit.id == visit_id, Visit.clinic_id == staff.clinic_id)
        .where(Visit.patient_id.in_(KEPT))
        .with_for_update(of=Visit, key_share=True)
        .execution_options(populate_existing=True)
    ).first()
    if visit is None:
        raise NotFound
    return visit


def facts_now(visit: Visit) -> VisitFacts:
    """Return what the rules need to know of this visit as it stands in this transaction."""
    db.session.flush()
    return facts_of([visit])[0]


def move(visit: Visit, wanted: VisitState) -> None:
    """Move the visit on; `AlreadyDone` says who was first when its state does not allow it."""
    try:
        VISIT.judge(VisitState(visit.state), wanted)
    except UnlawfulMove:
        raise already_done(visit) from None
    visit.state = wanted.value


def must_be(visit: Visit, *states: VisitState) -> None:
    """Refuse an act that belongs to other states of a visit."""
    if VisitState(visit.state) not in states:
        raise already_done(visit)


def already_done(visit: Visit) -> AlreadyDone:
    """Name the newest move of a visit from the audit trail."""
    row = db.session.scalars(
        select(AuditRow)
        .where(AuditRow.visit_id == visit.id, AuditRow.subject == Visit.__tablename__)
        .order_by(AuditRow.number.desc())
        .limit(1)
    ).first()
    if row is None:
        return AlreadyDone(visit.state, None, None)
    person = db.session.get(Staff, row.actor_id) if row.actor == "staff" else None
    return AlreadyDone(row.verb, person.name if person else None, row.at)


def has_happened(
    at: datetime, now: datetime, field: str, not_before: datetime | None = None
) -> datetime:
    """Return `at` when it can be true: not to come, and not before what must come first.

    People enter whole minutes: a time within the minute of `not_before` means just after it.
    """
    if at > now:
        raise Refused("This time is still to come. Enter when it happened.", field)
    if not_before is not None and at < not_before.replace(second=0, microsecond=0):
        raise Refused("This time is too early: something that comes first was later.", field)
    return at if not_before is None else max(at, not_before)


def needed(words: str, field: str = "why") -> str:
    """Return a reason; Refused when it is missing or far too long."""
    words = words.strip()
    if not words:
        raise Refused("Please write the reason in a few words.", field)
    if len(words) > LONGEST_REASON:
        raise Refused("Please write less: 500 characters at most.", field)
    return words


def must_be_clinician(staff: Staff, field: str = "why") -> None:
    """Refuse what only a clinician may decide."""
    if not staff.may(Right.DECIDE):
        raise Refused("Only a clinician may decide this. Please ask one to sign in.", field)


def settle(
    staff: Staff, visit: Visit, verb: str, now: datetime, why: str = "", **facts: Any
) -> None:
    """End an act: notices follow what is known now, the trail says who, and it is committed."""
    if why:
        facts["reason"] = reason_for(staff, visit.patient_id, visit.id, why, now)
    replan(visit.patient_id, now)
    record(visit.clinic_id, Actor("staff", staff.id), verb, visit, now, visit.id, **facts)
    db.session.commit()


def reason_for(
    staff: Staff, patient_id: int, visit_id: int | None, words: str, now: datetime
) -> int:
    """Keep a reason and return its id for the audit trail. Does not commit."""
    reason = Reason(
        clinic_id=staff.clinic_id,
        patient_id=patient_id,
        visit_id=visit_id,
        staff_id=staff.id,
        at=now,
        words=words,
    )
    db.session.add(reason)
    db.session.flush()
    return reason.id
