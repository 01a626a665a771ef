"""What staff meet when notices do not go out as they should."""

from datetime import timedelta
from typing import Final

from recovery.domain.rights import StaffRole
from recovery.services.pausing import BY_HAND, RESTORED
from recovery.store.clinics import Clinic
from recovery.store.database import db
from tests.builders import NOW, a_clinic, a_patient, a_staff, a_visit
from tests.gallery.entry import Entry, Situation, situation
from tests.notices import a_notice

HOUR = timedelta(hours=1)


def restored() -> Situation:
    """An administrator after a restore: some notices are still of use, some came too late."""
    return situation(a_staff(_paused(RESTORED), StaffRole.ADMIN))


def restored_for_a_nurse() -> Situation:
    """The same for somebody who may not release them."""
    return situation(a_staff(_paused(RESTORED)))


def paused() -> Situation:
    """Paused by the operator's own hand."""
    return situation(a_staff(_paused(BY_HAND), StaffRole.ADMIN))


def _paused(why: str) -> Clinic:
    clinic = a_clinic()
    visit = a_visit(a_patient(clinic))
    for hours, kind in enumerate(("rest", "evening", "morning"), 1):
        due = NOW - hours * 5 * HOUR
        a_notice(visit, kind, due_at=due, next_at=due, not_after=due + 6 * HOUR, safety=True)
    clinic.paused_at, clinic.paused_why = NOW - HOUR, why
    clinic.restored_as_of = NOW - 18 * HOUR if why == RESTORED else None
    db.session.commit()
    return clinic


STAFF_SENDING: Final = (
    Entry("staff-paused", restored, "/staff/paused"),
    Entry("staff-paused-nurse", restored_for_a_nurse, "/staff/paused"),
    Entry("staff-paused-by-hand", paused, "/staff/paused"),
    Entry("staff-paused-not", lambda: situation(a_staff(a_clinic())), "/staff/paused"),
)
