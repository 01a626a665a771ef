"""The ledger, counted: what share of safety notices was seen in time, and what is stuck; and line
by line, for who must check it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased

from recovery.domain.notice import NoticeState
from recovery.services.audit import Actor, record
from recovery.services.visit_moves import own_visit
from recovery.store.addresses import Channel
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.notices import Attempt, Notice, Receipt
from recovery.store.patients import Patient
from recovery.store.visits import Visit

#: A safety notice is seen in time within this span (the clinic's page says the same).
IN_TIME: Final = timedelta(minutes=5)
#: A notice that nobody took so long after it was due is stuck.
STUCK: Final = timedelta(minutes=5)
#: Channels on which something can be seen; that others were asked to look in shows nothing.
SHOWING: Final = (Channel.PUSH.value, Channel.TEXT.value, Channel.EMAIL.value)
#: Rows fetched at a time, so that a year's ledger needs no more memory than a day's.
PAGE: Final = 500
MOST_STUCK: Final = 50


@dataclass(frozen=True, slots=True)
class Share:
    """One channel (or all, ""): safety notices that it took, and how many were seen in time."""

    channel: str
    notices: int
    shown: int
    opened: int


@dataclass(frozen=True, slots=True)
class Line:
    """One attempt of one notice, or a notice without any. `seen`: what was proved of this very
    attempt, by the word for it."""

    notice: Notice
    patient: str
    attempt: Attempt | None
    device: str
    seen: Mapping[str, datetime] = field(default_factory=dict)


def shares(clinic_id: int, since: datetime, until: datetime) -> list[Share]:
    """Count the safety notices due in [since, until), until now at most: all, then by channel.

    Counted from the first time that the channel took it, all of them from when it was due. What
    was opened or acknowledged counts as shown; what should have gone out and has not, as unseen.
    """
    in_time = or_(Notice.state != NoticeState.OWED.value, Notice.due_at <= until - IN_TIME)
    chosen = _safety(clinic_id, since, until).where(in_time)
    whole = Share("", 0, 0, 0)
    for notice in db.session.scalars(chosen):
        seen = [moment for moment in _seen(notice) if moment is not None]
        opened = [m for m in (notice.opened_at, notice.acknowledged_at) if m is not None]
        whole = _plus(whole, _in_time(notice.due_at, seen), _in_time(notice.due_at, opened))
    return [whole, *_by_channel(chosen)] if whole.notices else []


def stuck(clinic_id: int, now: datetime) -> Sequence[Notice]:
    """Return what is due for some minutes and was taken by nobody yet, the oldest first."""
    return db.session.scalars(
        select(Notice)
        .where(
            Notice.clinic_id == clinic_id,
            Notice.next_at.is_not(None),
            Notice.due_at <= now - STUCK,
            Notice.state.in_((NoticeState.OWED.value, NoticeState.SENDING.value)),
        )
        .order_by(Notice.due_at)
        .limit(MOST_STUCK)
    ).all()


def export_visit(staff: Staff, visit_id: int, now: datetime) -> Iterator[Line]:
    """Return the ledger of one visit of the staff person's clinic; the trail says so. Commits.

    NotFound for any other visit.
    """
    visit = own_visit(staff, visit_id)
    record(staff.clinic_id, Actor("staff", staff.id), "exported-ledger", visit, now, visit.id)
    db.session.commit()
    return _lines(_ledger().where(Notice.visit_id == visit_id))


def export_between(staff: Staff, since: datetime, until: datetime, now: datetime) -> Iterator[Line]:
    """Return the clinic's ledger of what is due in [since, until); the trail says so. Commits."""
    clinic = staff.clinic
    record(staff.clinic_id, Actor("staff", staff.id), "exported-ledger", clinic, now)
    db.session.commit()
    chosen = _ledger().where(
        Notice.clinic_id == clinic.id, Notice.due_at >= since, Notice.due_at < until
    )
    return _lines(chosen)


def _ledger() -> Select[Notice, str, Attempt, str]:
    return (
        select(Notice, Patient.name, Attempt, func.coalesce(Device.label, ""))
        .join(Visit, Visit.id == Notice.visit_id)
        .join(Patient, Patient.id == Visit.patient_id)
        .outerjoin(Attempt, Attempt.notice_id == Notice.id)
        .outerjoin(Device, Device.id == Attempt.device_id)
        .order_by(Notice.id, Attempt.id)
    )


def _lines(chosen: Select[Notice, str, Attempt, str]) -> Iterator[Line]:
    """Read page by page: no transaction stays open while somebody's line is slow."""
    last = 0
    while True:
        ids = db.session.scalars(
            chosen.with_only_columns(Notice.id)
            .distinct()
            .where(Notice.id > last)
            .order_by(None)
            .order_by(Notice.id)
            .limit(PAGE)
        ).all()
        rows = db.session.execute(chosen.where(Notice.id.in_(ids))).all() if ids else []
        seen = _proofs({attempt.id for _, _, attempt, _ in rows if attempt is not None})
        yield from [
            Line(notice, name, attempt, label, seen[attempt.id if attempt else 0])
            for notice, name, attempt, label in rows
        ]
        db.session.rollback()
        if not ids:
            return
        last = ids[-1]


def _proofs(attempts: set[int]) -> defaultdict[int, dict[str, datetime]]:
    found: defaultdict[int, dict[str, datetime]] = defaultdict(dict)
    rows = select(Receipt.attempt_id, Receipt.kind, Receipt.at)
    for attempt_id, kind, at in db.session.execute(rows.where(Receipt.attempt_id.in_(attempts))):
        found[attempt_id][kind] = at
    return found


def safety_between(clinic_id: int, since: datetime, until: datetime) -> Select[Notice]:
    """Choose the clinic's safety notices to patients and drivers due in [since, until)."""
    return _safety(clinic_id, since, until).where(Notice.state != NoticeState.OWED.value)


def _safety(clinic_id: int, since: datetime, until: datetime) -> Select[Notice]:
    return select(Notice).where(
        Notice.clinic_id == clinic_id,
        Notice.safety,
        Notice.role != "staff",
        Notice.due_at >= since,
        Notice.due_at < until,
        Notice.state != NoticeState.WITHDRAWN.value,
    )


def _by_channel(chosen: Select[Notice]) -> list[Share]:
    notices = aliased(Notice, chosen.subquery())
    taken = db.session.execute(
        select(Attempt.channel, Attempt.notice_id, func.min(Attempt.at))
        .join(notices, notices.id == Attempt.notice_id)
        .where(Attempt.outcome == "sent", Attempt.channel.in_(SHOWING))
        .group_by(Attempt.channel, Attempt.notice_id)
    ).all()
    receipts = db.session.execute(
        select(Attempt.channel, Attempt.notice_id, Receipt.kind, func.min(Receipt.at))
        .join(notices, notices.id == Attempt.notice_id)
        .join(Receipt, Receipt.attempt_id == Attempt.id)
        .group_by(Attempt.channel, Attempt.notice_id, Receipt.kind)
    )
    seen: defaultdict[tuple[str, int], dict[str, datetime]] = defaultdict(dict)
    for channel, notice_id, kind, at in receipts:
        seen[channel, notice_id][kind] = at
    found: dict[str, Share] = {}
    for channel, notice_id, at in sorted(taken):
        proofs = seen[channel, notice_id]
        opened = [moment for kind, moment in proofs.items() if kind != NoticeState.SHOWN]
        share = found.get(channel, Share(channel, 0, 0, 0))
        found[channel] = _plus(share, _in_time(at, list(proofs.values())), _in_time(at, opened))
    return list(found.values())


def _plus(share: Share, shown: bool, opened: bool) -> Share:
    return Share(share.channel, share.notices + 1, share.shown + shown, share.opened + opened)


def _seen(notice: Notice) -> tuple[datetime | None, ...]:
    return (notice.shown_at, notice.opened_at, notice.acknowledged_at)


def _in_time(since: datetime, moments: Sequence[datetime]) -> bool:
    return any(moment <= since + IN_TIME for moment in moments)
