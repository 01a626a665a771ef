"""Notices behind the link of a text or e-mail: shown closed, opened by a tap, ended in time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from recovery.domain.notice import NoticeState
from recovery.services.corrections import CORRECTED
from recovery.services.messages import link_ends_at
from recovery.services.notice_words import NoticeWords, NoWords, words_for
from recovery.services.readers import Reader, readers_of
from recovery.services.receipts import take_receipt
from recovery.services.refusals import LinkEnded, NotFound
from recovery.services.sign_in import hashed
from recovery.store.addresses import WRITTEN, Address
from recovery.store.clinics import Clinic
from recovery.store.database import db
from recovery.store.notices import Attempt, Notice
from recovery.store.visits import Visit


class MessageOver(LinkEnded):
    """The link was real and no longer opens anything; says whom to call instead."""

    def __init__(self, clinic: Clinic) -> None:
        super().__init__()
        self.clinic = clinic


@dataclass(frozen=True, slots=True)
class Linked:
    """A notice behind a link, whom it is for, and the address that the link was sent to."""

    notice: Notice
    visit: Visit
    reader: Reader
    channel: str
    address_id: int | None


def find_linked(token: str, now: datetime) -> Linked:
    """Return what a link leads to; changes nothing, for machines open every link.

    Raises `NotFound` for a token that never was one, `MessageOver` once its time is over, when
    its reader may not be told any more, or when it went to somebody else's address.
    """
    attempt = _behind(token)
    notice = db.session.get_one(Notice, attempt.notice_id)
    visit = db.session.get_one(Visit, notice.visit_id)
    reader = readers_of([notice], now).get(notice.id)
    over = notice.state == NoticeState.WITHDRAWN or now >= link_ends_at(notice, attempt)
    if reader is None or not reader.may_be_told or over or _went_astray(attempt):
        raise MessageOver(visit.clinic)
    return Linked(notice, visit, reader, attempt.channel, attempt.address_id)


def open_linked(token: str, now: datetime) -> tuple[Linked, NoticeWords | None]:
    """Record that somebody tapped to read, and return what to read (None = no longer known).

    This proves that the notice was opened and stops its ladder. Commits. Raises as above.
    """
    linked = find_linked(token, now)
    take_receipt(token, NoticeState.OPENED, now)
    try:
        return linked, words_for(linked.notice, linked.visit, linked.reader.language)
    except NoWords:
        return linked, None


def _went_astray(attempt: Attempt) -> bool:
    """Whether staff found out that the address was not the patient's."""
    address = db.session.get(Address, attempt.address_id) if attempt.address_id else None
    return address is not None and address.retired_why == CORRECTED


def clinic_behind(token: str) -> tuple[Clinic, str, int | None]:
    """Return clinic, channel and address of a link however old, for whoever wants no more."""
    attempt = _behind(token)
    visit = select(Visit).join(Notice, Notice.visit_id == Visit.id)
    found = db.session.scalars(visit.where(Notice.id == attempt.notice_id)).one()
    return found.clinic, attempt.channel, attempt.address_id


def _behind(token: str) -> Attempt:
    attempt = db.session.scalars(
        select(Attempt).where(
            Attempt.receipt_hash == hashed(token),
            Attempt.channel.in_([channel.value for channel in WRITTEN]),
        )
    ).first()
    if attempt is None:
        raise NotFound
    return attempt
