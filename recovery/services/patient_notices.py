"""A patient's notices as they read them in the app."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from recovery.domain.notice import NoticeState
from recovery.domain.protocol.after import Audience
from recovery.services.notice_words import NoticeWords, NoWords, words_for
from recovery.services.receipts import locked_notice, mark_seen
from recovery.services.refusals import NotFound
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.store.visits import Visit


def own_notice(patient: Patient, notice_id: int) -> Notice:
    """Return a notice to this patient, or raise `NotFound`."""
    notice = db.session.scalars(
        select(Notice).where(
            Notice.id == notice_id,
            Notice.role == Audience.PATIENT.value,
            Notice.recipient_id == patient.id,
        )
    ).first()
    if notice is None:
        raise NotFound
    return notice


def unread_notices(patient: Patient, most: int) -> Sequence[Notice]:
    """Return the newest notices that went out and that the patient has not said to have read."""
    return db.session.scalars(
        select(Notice)
        .where(
            Notice.role == Audience.PATIENT.value,
            Notice.recipient_id == patient.id,
            Notice.sent_at.is_not(None),
            Notice.acknowledged_at.is_(None),
        )
        .order_by(Notice.sent_at.desc())
        .limit(most)
    ).all()


def whole_words(notice: Notice, language: str) -> NoticeWords | None:
    """Return the whole text of a notice; None when its protocol no longer knows of it."""
    visit = db.session.get_one(Visit, notice.visit_id)
    try:
        return words_for(notice, visit, language)
    except NoWords:
        return None


def say_seen(patient: Patient, notice_id: int, seen: NoticeState, now: datetime) -> Notice:
    """Record that the patient opened a notice in the app, or said to have read it; commits."""
    own_notice(patient, notice_id)
    notice = locked_notice(notice_id)
    mark_seen(notice, seen, now)
    db.session.commit()
    return notice
