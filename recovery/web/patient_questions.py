"""Questions that a patient is asked now or soon, and where each is answered."""

from datetime import datetime, timedelta
from typing import Final

from flask import url_for

from recovery.domain.visit import VisitFacts
from recovery.services.open_questions import Asked, asked_until

#: How far ahead questions are kept: a phone is rarely without a connection for longer.
AHEAD: Final = timedelta(days=3)
MOST: Final = 8


def questions_ahead(visit: VisitFacts, now: datetime) -> list[tuple[datetime, Asked, str]]:
    """Return when each question is asked, what it is and its address, the first first."""
    found = asked_until(visit, now, now + AHEAD)[:MOST]
    return [(at, asked, address_of(asked)) for at, asked in found]


def address_of(asked: Asked) -> str:
    """Return where a check-in is answered: the same address wherever it is named."""
    return url_for(
        "patient_check_ins.ask",
        visit_id=asked.visit_id,
        check_in_id=asked.check_in.id,
        occasion=asked.occasion or None,
    )
