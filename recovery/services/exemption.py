"""Exemption: a clinician lets a visit go on without a driver, in writing."""

from datetime import datetime

from recovery.domain.protocol.day import NoDriver
from recovery.domain.visit import GONE, NOT_HAPPENING, VisitState
from recovery.services.facts import protocol_of
from recovery.services.refusals import Refused
from recovery.services.visit_moves import (
    already_done,
    locked_visit,
    must_be_clinician,
    needed,
    settle,
)
from recovery.store.clinics import Staff
from recovery.store.visits import Visit


def exempt_from_driver(staff: Staff, visit_id: int, why: str, now: datetime) -> Visit:
    """Let a visit go on without a driver; who decided and why stay with the visit.

    Refused for anybody but a clinician, and where the protocol cancels such a visit.
    """
    must_be_clinician(staff, "exempt_why")
    visit = _open(staff, visit_id)
    if protocol_of(visit.protocol_version).driver.without is NoDriver.CANCEL:
        raise Refused(
            "This protocol has no exemption: without a driver the visit is cancelled.",
            "exempt_why",
        )
    visit.exempt_by, visit.exempt_why = staff.id, needed(why, "exempt_why")
    settle(staff, visit, "exempted", now, visit.exempt_why)
    return visit


def end_exemption(staff: Staff, visit_id: int, now: datetime) -> Visit:
    """Take an exemption back: the visit needs a driver again."""
    must_be_clinician(staff, "exempt_why")
    visit = _open(staff, visit_id)
    visit.exempt_by, visit.exempt_why = None, ""
    settle(staff, visit, "exemption-ended", now)
    return visit


def _open(staff: Staff, visit_id: int) -> Visit:
    visit = locked_visit(staff, visit_id)
    if VisitState(visit.state) in GONE | NOT_HAPPENING:
        raise already_done(visit)
    return visit
