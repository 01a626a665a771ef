"""Notices to a driver or companion: found, opened, read."""

from datetime import datetime

from sqlalchemy import select

from recovery.domain.notice import NoticeState
from recovery.domain.protocol.after import HELPERS
from recovery.services.driving import rides_of
from recovery.services.receipts import locked_notice, mark_seen
from recovery.services.refusals import NotFound
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Contact
from recovery.store.rides import Ride


def notice_to(contact: Contact, notice_id: int, *, lock: bool = False) -> tuple[Notice, Ride]:
    """Return a notice about one of the rides that count, and the ride; `NotFound` otherwise."""
    rides = {ride.id: ride for ride in rides_of(contact)}
    chosen = select(Notice).where(
        Notice.id == notice_id, Notice.role.in_(HELPERS), Notice.recipient_id.in_(rides)
    )
    notice = db.session.scalars(chosen).first()
    if notice is None:
        raise NotFound
    ride = rides[notice.recipient_id]
    return (locked_notice(notice.id) if lock else notice), ride


def say_seen_by_driver(
    contact: Contact, notice_id: int, seen: NoticeState, now: datetime
) -> Notice:
    """Record that the driver opened a notice in the app, or said to have read it; commits."""
    notice, _ = notice_to(contact, notice_id, lock=True)
    mark_seen(notice, seen, now)
    db.session.commit()
    return notice
