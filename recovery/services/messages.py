"""Texts and e-mail that carry a notice: neutral words and one link, for whoever the address is.

They name no drug, procedure, diagnosis or specialty, whatever wording the reader chose: a text
lies open on a locked phone, and a mailbox may be shared.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from flask_babel import force_locale
from flask_babel import gettext as _

from recovery.delivery.carriers import Message
from recovery.delivery.mail import MailMessage
from recovery.delivery.text import TextMessage, plainer
from recovery.domain.ladder import Rung
from recovery.services.addresses import Destination
from recovery.services.attempts import NewAttempt
from recovery.services.outlets import Outlets
from recovery.services.readers import Reader
from recovery.services.sign_in import hashed, new_token
from recovery.store.addresses import Channel
from recovery.store.clinics import Clinic
from recovery.store.notices import Attempt, Notice
from recovery.store.visits import Visit

#: A link opens its notice as long as that is useful, and at least so long.
LINK_LIVES: Final = timedelta(hours=24)
#: Letters of the clinic's neutral name that a text has room for.
LONGEST_NAME: Final = 30


def written_message(
    row: Notice,
    visit: Visit,
    reader: Reader,
    destination: Destination,
    outlets: Outlets,
    now: datetime,
) -> tuple[NewAttempt, MailMessage | TextMessage]:
    """Write a notice for one address, with an attempt row to be kept first.

    The link's token is in the message only; the row holds its hash.
    """
    token = new_token()
    attempt = NewAttempt(
        notice_id=row.id,
        address_id=destination.address_id,
        channel=destination.channel.value,
        rung=Rung.MESSAGE,
        fence=row.fence,
        at=now,
        receipt_hash=hashed(token),
    )
    link = f"{outlets.public_url}/m/{token}"
    with force_locale(reader.language):
        if destination.channel is Channel.TEXT:
            left = int((row.not_after - now).total_seconds())
            return attempt, text_message(visit.clinic, destination.to, link, max(left, 1))
        identity = f"{row.topic}.{row.id}"
        return attempt, mail_message(visit.clinic, destination.to, link, identity, reader.language)


def reported_to(message: Message, attempt_id: int, outlets: Outlets) -> Message:
    """Add where is reported what became of a text or an e-mail, now that the row has an id."""
    if isinstance(message, MailMessage) and outlets.returns is not None:
        return replace(message, returns_to=outlets.returns.of(attempt_id))
    if not isinstance(message, TextMessage) or not outlets.calls_back:
        return message
    return replace(message, callback=f"{outlets.public_url}/texts/status/{attempt_id}")


def text_message(clinic: Clinic, to: str, link: str, ttl: int) -> TextMessage:
    """Write the one text there is, in the language that is set: “a message for you” and a link."""
    name = plainer(clinic.neutral_name, LONGEST_NAME)
    return TextMessage(to, f"{name}: {_('You have a message')}. {link}", ttl)


def mail_message(clinic: Clinic, to: str, link: str, identity: str, language: str) -> MailMessage:
    """Write the one e-mail there is, in the language that is set."""
    lines = (
        _("You have a message. Open it here:"),
        link,
        _(
            "Nobody reads answers to this e-mail. If it cannot wait, call %(phone)s.",
            phone=clinic.phone,
        ),
        _("No more e-mail from us? Open this and say so:"),
        f"{link}/stop",
    )
    return MailMessage(
        to=to,
        sender_name=clinic.neutral_name,
        subject=_("You have a message"),
        text="\n\n".join(lines) + "\n",
        language=language,
        identity=identity,
        unsubscribe=f"{link}/stop",
    )


def link_ends_at(notice: Notice, attempt: Attempt) -> datetime:
    """Return until when a message's link opens its notice (UTC)."""
    return max(notice.not_after, attempt.at + LINK_LIVES)
