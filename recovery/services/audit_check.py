"""Checks the audit trail of every clinic: nothing changed, removed, inserted or cut off."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from recovery.domain.audit import START, UNKEYED
from recovery.services.audit import SYSTEM, Fault, Wrong, first_broken_row, record
from recovery.store.audit import AuditRow
from recovery.store.clinics import Clinic
from recovery.store.database import db

#: What a restore writes into the trail of the copy that it put back.
RESTORED: Final = "restored"


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ended when it was looked at: its number of rows and its last hash.

    `at`: when somebody looked; None = not known, as in files from before it was kept.
    """

    number: int
    hash: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """One clinic's chain: `broken` is the first row that is not right, None = whole.

    Rows up to `unkeyed` are from before there were keys; the first sealed row covers them.
    `lost`: so many rows of an earlier look are gone with a restore that the trail tells of.
    """

    clinic_id: int
    head: Head
    broken: Fault | None
    unkeyed: int
    lost: int = 0


def check_audit(known: dict[int, Head], now: datetime) -> list[Checked]:
    """Check every clinic's chain, and against the heads that an earlier check kept elsewhere.

    A chain alone cannot tell that its end was cut off; a head kept outside the database can.
    """
    clinics = db.session.scalars(select(Clinic.id).order_by(Clinic.id)).all()
    return [_checked(clinic, known.get(clinic), now) for clinic in sorted({*clinics, *known})]


def seal_older(now: datetime) -> None:
    """Append a sealed row to each chain that ends without a key, so that what stands before it
    cannot be written anew either; commits."""
    for clinic in db.session.scalars(select(Clinic).order_by(Clinic.id)).all():
        last = _last_of(clinic.id)
        if last is not None and last.key == UNKEYED:
            record(clinic.id, SYSTEM, "sealed-the-trail", clinic, now)
    db.session.commit()


def _checked(clinic_id: int, earlier: Head | None, now: datetime) -> Checked:
    last = _last_of(clinic_id)
    head = Head(last.number, last.hash, now) if last else Head(0, START, now)
    broken, lost = first_broken_row(clinic_id), 0
    if broken is None and earlier is not None and not _still_there(clinic_id, earlier):
        lost = _lost_with_a_restore(clinic_id, earlier)
        if not lost:
            broken = Fault(min(head.number + 1, earlier.number), Wrong.CUT)
    unkeyed = select(func.count()).where(AuditRow.clinic_id == clinic_id, AuditRow.key == UNKEYED)
    return Checked(clinic_id, head, broken, db.session.scalar(unkeyed) or 0, lost)


def _last_of(clinic_id: int) -> AuditRow | None:
    rows = select(AuditRow).where(AuditRow.clinic_id == clinic_id)
    return db.session.scalars(rows.order_by(AuditRow.number.desc()).limit(1)).first()


def _still_there(clinic_id: int, earlier: Head) -> bool:
    if earlier.number == 0:
        return True
    kept = db.session.scalars(
        select(AuditRow.hash).where(
            AuditRow.clinic_id == clinic_id, AuditRow.number == earlier.number
        )
    ).first()
    return kept == earlier.hash


def _lost_with_a_restore(clinic_id: int, earlier: Head) -> int:
    """Return how many rows of an earlier look are gone because an older copy was put back since.

    Only a sealed row can say so, and nobody without the key can write one.
    """
    if earlier.at is None:
        return 0
    put_back = db.session.scalars(
        select(AuditRow.number)
        .where(
            AuditRow.clinic_id == clinic_id,
            AuditRow.verb == RESTORED,
            AuditRow.key != UNKEYED,
            AuditRow.at >= earlier.at,
            AuditRow.number <= earlier.number,
        )
        .order_by(AuditRow.number)
        .limit(1)
    ).first()
    return earlier.number - put_back + 1 if put_back else 0
