"""Checks the audit trail of every clinic: nothing changed, removed, inserted or cut off."""

from dataclasses import dataclass

from sqlalchemy import select

from recovery.domain.audit import START
from recovery.services.audit import first_broken_row
from recovery.store.audit import AuditRow
from recovery.store.clinics import Clinic
from recovery.store.database import db


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ended when it was looked at: its number of rows and its last hash."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Checked:
    """One clinic's chain: `broken` is the first row that is not right, None = whole."""

    clinic_id: int
    head: Head
    broken: int | None


def check_audit(known: dict[int, Head]) -> list[Checked]:
    """Check every clinic's chain, and against the heads that an earlier check kept elsewhere.

    A chain alone cannot tell that its end was cut off; a head kept outside the database can.
    """
    clinics = db.session.scalars(select(Clinic.id).order_by(Clinic.id)).all()
    return [_checked(clinic, known.get(clinic)) for clinic in sorted({*clinics, *known})]


def _checked(clinic_id: int, earlier: Head | None) -> Checked:
    last = db.session.scalars(
        select(AuditRow)
        .where(AuditRow.clinic_id == clinic_id)
        .order_by(AuditRow.number.desc())
        .limit(1)
    ).first()
    head = Head(last.number, last.hash) if last else Head(0, START)
    broken = first_broken_row(clinic_id)
    if broken is None and earlier is not None and not _still_there(clinic_id, earlier):
        broken = min(head.number + 1, earlier.number)
    return Checked(clinic_id, head, broken)


def _still_there(clinic_id: int, earlier: Head) -> bool:
    if earlier.number == 0:
        return True
    kept = db.session.scalars(
        select(AuditRow.hash).where(
            AuditRow.clinic_id == clinic_id, AuditRow.number == earlier.number
        )
    ).first()
    return kept == earlier.hash
