"""What mail servers tell us later: an e-mail that they had taken came back."""

from datetime import datetime
from typing import Final

from recovery.delivery.bounces import Returned
from recovery.services.notice_moves import went_in_vain
from recovery.services.receipts import locked_notice
from recovery.services.refusals import NotFound
from recovery.store.addresses import Address, Channel
from recovery.store.database import db
from recovery.store.notices import Attempt

BOUNCED: Final = "bounced"


def take_returned(attempt_id: int, returned: Returned, now: datetime) -> None:
    """Keep that an e-mail reached nobody, which climbs on at once; a mailbox that is no more is
    written to no more. The same again changes nothing. Commits. Raises `NotFound`.
    """
    attempt = db.session.get(Attempt, attempt_id)
    if attempt is None or attempt.channel != Channel.EMAIL.value:
        raise NotFound
    notice = locked_notice(attempt.notice_id)
    db.session.refresh(attempt)
    if attempt.reported != BOUNCED:
        attempt.reported, attempt.reported_at = BOUNCED, now
        attempt.detail = returned.status
        address = db.session.get(Address, attempt.address_id) if attempt.address_id else None
        if address is not None and returned.mailbox_is_gone and address.retired_at is None:
            address.retired_at, address.retired_why = now, "gone"
        went_in_vain(notice, now)
    db.session.commit()
