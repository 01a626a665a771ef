"""What the person on call reads: how many alerts wait, and where; nothing about anybody."""

from datetime import datetime

from flask_babel import force_locale, ngettext

from recovery.delivery.mail import MailMessage
from recovery.delivery.text import TextMessage, plainer
from recovery.domain.ladder import Rung
from recovery.services.addresses import Destination
from recovery.services.attempts import NewAttempt
from recovery.services.messages import LONGEST_NAME
from recovery.services.outlets import Outlets
from recovery.services.paging import still_waiting
from recovery.store.addresses import Channel
from recovery.store.notices import Notice
from recovery.store.visits import Visit


def written_page(
    row: Notice, visit: Visit, to: Destination, outlets: Outlets, now: datetime
) -> tuple[NewAttempt, MailMessage | TextMessage]:
    """Write the page for one way, with an attempt row to be kept first.

    The link leads to the alerts behind the staff sign-in; who takes the alerts there stops it.
    """
    attempt = NewAttempt(
        notice_id=row.id, channel=to.channel.value, rung=Rung.MESSAGE, fence=row.fence, at=now
    )
    clinic, link = visit.clinic, f"{outlets.public_url}/staff/alerts"
    with force_locale(clinic.language):
        number = still_waiting(row) or 1
        said = ngettext("An alert needs you now.", "%(num)s alerts need you now.", number)
        if to.channel is Channel.TEXT:
            name = plainer(clinic.neutral_name, LONGEST_NAME)
            ttl = max(int((row.not_after - now).total_seconds()), 1)
            return attempt, TextMessage(to.to, f"{name}: {said} {link}", ttl)
        nobody = ngettext(
            "Nobody at the clinic has taken it. Sign in, and take it.",
            "Nobody at the clinic has taken them. Sign in, and take them.",
            number,
        )
        return attempt, MailMessage(
            to=to.to,
            sender_name=clinic.neutral_name,
            subject=said,
            text=f"{said}\n\n{nobody}\n{link}\n",
            language=clinic.language,
            identity=f"{row.topic}.{row.id}",
        )
