"""What the text provider tells us later: what became of a text, and what its reader answered."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask_babel import force_locale
from flask_babel import gettext as _

from recovery.delivery.text import Wish
from recovery.services.notice_moves import went_in_vain
from recovery.services.protocols import emergency_number
from recovery.services.receipts import locked_notice
from recovery.services.refusals import NotFound, TooManyTries
from recovery.services.sign_in import count_try
from recovery.services.stopped_numbers import keep_stop
from recovery.services.stopping import people_at, resume_texts, stop_texts
from recovery.services.ways import LOST
from recovery.store.addresses import Address, Channel
from recovery.store.database import db
from recovery.store.notices import Attempt

#: The provider's codes for a number that is none or takes no texts, and for one that said STOP.
DEAD_NUMBER: Final = frozenset({30005, 30006})
SAID_STOP: Final = 21610
#: Once one of these was reported, nothing said later of the same text changes it.
FINAL: Final = LOST | {"delivered", "read"}
#: Answers that one number gets from us: two machines must not talk to each other for ever.
ANSWERS, IN = 3, timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Report:
    """What the provider says of one text: its word for it, and an error code (0 = none)."""

    status: str
    code: int = 0


def take_report(attempt_id: int, report: Report, now: datetime) -> None:
    """Keep what became of a text; one that reached nobody climbs on at once. Commits.

    “Delivered” means that the handset took it, and proves nothing about its owner. Reports may
    come twice and in any order. Raises `NotFound`.
    """
    attempt = db.session.get(Attempt, attempt_id)
    if attempt is None or attempt.channel != Channel.TEXT.value:
        raise NotFound
    notice = locked_notice(attempt.notice_id)
    db.session.refresh(attempt)
    if attempt.reported not in FINAL:
        attempt.reported, attempt.reported_at = report.status, now
        if report.code:
            attempt.detail = f"{report.status} {report.code}"
        if report.status in LOST:
            _judge_the_number(attempt, report.code, now)
            went_in_vain(notice, now)
    db.session.commit()


def take_reply(number: str, wish: Wish, now: datetime) -> str:
    """Do what somebody who answered a text asks for; returns what to answer, "" = nothing.

    STOP and START are answered by the carrier itself. Anything else is read by nobody, and
    the answer says so, with the numbers to call. Commits.
    """
    if wish is Wish.STOP:
        stop_texts(number, now)
    elif wish is Wish.START:
        resume_texts(number, now)
    else:
        with suppress(TooManyTries):
            count_try(f"text-answer:{number}", ANSWERS, IN, now)
            return _nobody_reads_this(number)
    return ""


def _nobody_reads_this(number: str) -> str:
    person = next(people_at(Channel.TEXT, number), None)
    if person is None:
        return ""
    clinic = person.clinic
    with force_locale(person.language):
        return str(
            _(
                "Nobody reads answers here. Emergency: %(emergency)s. Else call %(phone)s.",
                emergency=emergency_number(clinic),
                phone=clinic.phone,
            )
        )


def _judge_the_number(attempt: Attempt, code: int, now: datetime) -> None:
    address = db.session.get(Address, attempt.address_id) if attempt.address_id else None
    if address is None:
        return
    if code == SAID_STOP:
        keep_stop(address.to, now)
    elif code in DEAD_NUMBER and address.retired_at is None:
        address.retired_at, address.retired_why = now, "gone"
