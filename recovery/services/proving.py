"""The code that proves an address: made when it is sent, so that nothing but its hash is kept."""

from datetime import datetime, timedelta
from secrets import randbelow
from typing import Final

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from recovery.delivery.mail import MailMessage
from recovery.delivery.text import TextMessage, plainer
from recovery.domain.ladder import Rung
from recovery.domain.notice import NoticeState
from recovery.domain.protocol.after import Audience
from recovery.services.addresses import Destination
from recovery.services.attempts import NewAttempt
from recovery.services.messages import LONGEST_NAME
from recovery.services.planning import CODE
from recovery.services.readers import Reader
from recovery.services.receipts import mark_seen
from recovery.services.sign_in import hashed
from recovery.store.addresses import Address, Channel
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.store.visits import Visit

#: A code is typed within this time; it is long because greylisting servers take minutes.
CODE_LIVES: Final = timedelta(minutes=30)
#: Taps this close together ask for one code.
TOGETHER: Final = timedelta(seconds=5)


def code_hash(address_id: int, code: str) -> str:
    """Return what the database keeps of a code; the same code elsewhere is another hash."""
    return hashed(f"address/{address_id}/{code}")


def written_code(
    row: Notice, visit: Visit, reader: Reader, place: Destination, now: datetime
) -> tuple[NewAttempt, MailMessage | TextMessage]:
    """Write a fresh code for the address that it is to prove; an earlier one ends."""
    address = db.session.get_one(Address, place.address_id)
    code = f"{randbelow(1_000_000):06d}"
    address.code_hash = code_hash(address.id, code)
    attempt = NewAttempt(
        notice_id=row.id,
        address_id=address.id,
        channel=address.channel,
        rung=Rung.MESSAGE,
        fence=row.fence,
        at=now,
    )
    name = visit.clinic.neutral_name
    with force_locale(reader.language):
        if place.channel is Channel.TEXT:
            said = _("%(code)s is your code. Answer STOP and we text no more.", code=code)
            ttl = max(int((row.not_after - now).total_seconds()), 1)
            return attempt, TextMessage(place.to, f"{plainer(name, LONGEST_NAME)}: {said}", ttl)
        text = _("%(code)s is your code. Type it where you asked for it.", code=code)
        unasked = _("You did not ask for it? Then please ignore this e-mail.")
        return attempt, MailMessage(
            to=place.to,
            sender_name=name,
            subject=_("Your code"),
            text=f"{text}\n\n{unasked}\n",
            language=reader.language,
            identity=f"{row.topic}.{row.id}.{row.tries}",
        )


def just_asked(row: Address, now: datetime) -> bool:
    """Whether a code for this address was asked for a moment ago: a second tap is the same."""
    recent = select(Notice.id).where(
        Notice.kind == CODE,
        Notice.occasion.startswith(f"{row.id}/"),
        Notice.created_at > now - TOGETHER,
    )
    return db.session.scalar(recent) is not None


def owed_code(row: Address, patient: Patient, visit_id: int, now: datetime) -> Notice:
    """Return the notice by which the worker sends a code to this address."""
    occasion = f"{row.id}/{now.isoformat()}"
    return Notice(
        clinic_id=patient.clinic_id,
        visit_id=visit_id,
        kind=CODE,
        occasion=occasion,
        role=Audience.PATIENT.value,
        recipient_id=patient.id,
        parts=[
            {
                "visit_id": visit_id,
                "kind": CODE,
                "occasion": occasion,
                "says": {"address": str(row.id)},
            }
        ],
        safety=False,
        no_driving=False,
        due_at=now,
        not_after=now + CODE_LIVES,
        next_at=now,
        rung=Rung.MESSAGE.value,
        topic=hashed(f"{visit_id}/{CODE}/{row.id}")[:32],
        created_at=now,
    )


def say_it_arrived(row: Address, now: datetime) -> None:
    """The code was read: that notice was opened, and its times show how long it took."""
    notice = db.session.scalars(
        select(Notice)
        .where(Notice.kind == CODE, Notice.occasion.startswith(f"{row.id}/"))
        .order_by(Notice.id.desc())
        .limit(1)
        .with_for_update(key_share=True)
    ).first()
    if notice is not None:
        mark_seen(notice, NoticeState.OPENED, now)
