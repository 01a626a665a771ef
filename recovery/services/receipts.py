"""The phone's own word that a notice was shown, opened or acknowledged. Only this counts."""

from datetime import datetime

from sqlalchemy import select

from recovery.domain.notice import NOTICE, NoticeState
from recovery.domain.protocol.after import Audience
from recovery.services.audit import Actor, record
from recovery.services.moot_alerts import no_device_key, settle_moot
from recovery.services.planning import hold, replan, stop_climbing
from recovery.services.readers import CONTACT, PATIENT
from recovery.services.refusals import NotFound
from recovery.services.sign_in import hashed
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.notices import Attempt, Notice, Receipt
from recovery.store.patients import Patient, Wording
from recovery.store.rides import Ride
from recovery.store.visits import Visit

SHOWN, OPENED, ACKNOWLEDGED = NoticeState.SHOWN, NoticeState.OPENED, NoticeState.ACKNOWLEDGED


def take_receipt(token: str, seen: NoticeState, now: datetime) -> None:
    """Record what a phone says of one attempt; the same again changes nothing. Commits.

    The token came with the message and allows nothing else. Raises `NotFound` for any other.
    """
    attempt = db.session.scalars(
        select(Attempt).where(Attempt.receipt_hash == hashed(token))
    ).first()
    if attempt is None:
        raise NotFound
    notice = locked_notice(attempt.notice_id)
    known = select(Receipt.id).where(Receipt.attempt_id == attempt.id, Receipt.kind == seen.value)
    if db.session.scalar(known) is None:
        db.session.add(Receipt(attempt_id=attempt.id, kind=seen.value, at=now))
        device = db.session.get(Device, attempt.device_id) if attempt.device_id else None
        if device is not None:
            device.last_receipt_at = now
        mark_seen(notice, seen, now)
    db.session.commit()


def mark_seen(notice: Notice, seen: NoticeState, now: datetime) -> None:
    """Move a locked notice forward, never back, and stop its ladder. Does not commit.

    With the discreet wording a notice that was only shown has said nothing yet: the ladder
    goes on until it is opened. Whoever proves anything can be reached: an alert that there is no
    phone for their notices closes.
    """
    column = f"{seen.value}_at"
    if getattr(notice, column) is not None:
        return
    setattr(notice, column, now)
    if seen in NOTICE.may_become(NoticeState(notice.state)):
        notice.state = seen.value
    if seen is not SHOWN or not _says_nothing(notice):
        stop_climbing([notice], now)
        if notice.asked_at is not None:
            replan(db.session.get_one(Visit, notice.visit_id).patient_id, now)
    reader = _reader(notice)
    who = PATIENT if reader.kind == "patient" else CONTACT
    settle_moot(notice.clinic_id, [no_device_key(who, reader.id or 0)], now)
    record(notice.clinic_id, reader, seen.value, notice, now, notice.visit_id)


def locked_notice(notice_id: int) -> Notice:
    """Return a notice as it stands now, locked: whoever comes second waits. Call it first.

    When others were asked about it, a proof changes what they are owed: then the patient is
    locked before the notice, as everywhere.
    """
    notice = _locked(notice_id)
    if notice.asked_at is not None:
        visit_id = notice.visit_id
        db.session.rollback()
        hold(db.session.get_one(Visit, visit_id).patient_id)
        notice = _locked(notice_id)
    return notice


def _locked(notice_id: int) -> Notice:
    return db.session.scalars(
        select(Notice)
        .where(Notice.id == notice_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def _says_nothing(notice: Notice) -> bool:
    if notice.role != Audience.PATIENT.value:
        return False
    wording = db.session.scalar(select(Patient.wording).where(Patient.id == notice.recipient_id))
    return wording == Wording.DISCREET.value


def _reader(notice: Notice) -> Actor:
    if notice.role == Audience.PATIENT.value:
        return Actor("patient", notice.recipient_id)
    contact = db.session.scalar(select(Ride.contact_id).where(Ride.id == notice.recipient_id))
    return Actor("driver", contact)
