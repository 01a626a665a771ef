"""Orders about a wait: longer, shorter down to the floor, or ended by a clinician's word."""

from datetime import datetime, timedelta

from recovery.domain.visit import GONE, VisitState
from recovery.domain.wait import earliest_of
from recovery.services.refusals import Refused
from recovery.services.visit_moves import (
    already_done,
    facts_now,
    locked_visit,
    must_be_clinician,
    needed,
    settle,
)
from recovery.store.clinics import Staff
from recovery.store.visits import Visit

#: Nobody means to keep a wait longer; a later date is a slip.
LONGEST_EXTENSION = timedelta(days=31)


def extend_wait(staff: Staff, visit_id: int, until: datetime, why: str, now: datetime) -> Visit:
    """Make a wait last at least until `until` (UTC), with a reason."""
    visit = _waiting(staff, visit_id)
    earliest = earliest_of(facts_now(visit))
    if until <= now or (earliest is not None and until <= earliest):
        raise Refused("This is not later than the wait lasts now.", "until")
    if until > now + LONGEST_EXTENSION:
        raise Refused("This is more than a month ahead. Please check the date.", "until")
    visit.wait_extended_until, visit.wait_closed_at = until, None
    settle(staff, visit, "wait-extended", now, needed(why, "extend_why"))
    return visit


def shorten_wait(staff: Staff, visit_id: int, minimum: timedelta, why: str, now: datetime) -> Visit:
    """Change the minimum of a wait, never below the protocol's floor, with a reason.

    It also takes back an extension. The next-day rule, sleep and symptoms stay as they are.
    """
    visit = _waiting(staff, visit_id)
    rule = facts_now(visit).protocol.wait
    if minimum < rule.floor:
        raise Refused("This is less than the protocol allows.", "hours")
    if minimum > rule.minimum + LONGEST_EXTENSION:
        raise Refused("This is too long. Please check the number.", "hours")
    visit.wait_minimum_s, visit.wait_extended_until = int(minimum.total_seconds()), None
    settle(staff, visit, "wait-changed", now, needed(why, "shorten_why"))
    return visit


def close_wait(staff: Staff, visit_id: int, spoke: bool, why: str, now: datetime) -> Visit:
    """End a wait by a clinician's word, given after speaking to the patient."""
    must_be_clinician(staff, "close_why")
    visit = _waiting(staff, visit_id)
    if not spoke:
        raise Refused("Please speak to the patient first, then tick the box.", "spoke")
    visit.wait_closed_at = now
    settle(staff, visit, "wait-closed", now, needed(why, "close_why"))
    return visit


def _waiting(staff: Staff, visit_id: int) -> Visit:
    visit = locked_visit(staff, visit_id)
    if VisitState(visit.state) not in GONE:
        raise already_done(visit)
    return visit
