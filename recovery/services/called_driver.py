"""A driver's yes by telephone, where the protocol takes the word of staff for it."""

from datetime import datetime

from recovery.domain.protocol.day import ConfirmedBy
from recovery.services.acceptance import say_yes
from recovery.services.asking import asking_of
from recovery.services.audit import Actor, record
from recovery.services.planning import replan
from recovery.services.refusals import Refused
from recovery.services.rides import Named, write_down
from recovery.services.visit_moves import facts_now, locked_visit
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.rides import Ride


def take_word_of_driver(staff: Staff, visit_id: int, named: Named, now: datetime) -> Ride:
    """Write down that a driver said yes to staff on the phone; from this commit on they count.

    For patients and drivers without a phone for links. `named.consents`: the patient agreed that
    this person is told. Whoever the patient has named is the same ride when the number is the
    same. Raises `Refused` unless the protocol says `staff-call`, or when somebody counts already.
    """
    visit = locked_visit(staff, visit_id)
    facts, actor = facts_now(visit), Actor("staff", staff.id)
    if ConfirmedBy.STAFF_CALL not in facts.protocol.driver.confirmed_by:
        raise Refused("Under this protocol a driver says yes by their own link.")
    if facts.driver is not None:
        raise Refused("Somebody has said yes for this visit already.")
    ride = write_down(visit, named, actor, now)
    say_yes(ride, asking_of(ride, ride.contact.language), now)
    record(visit.clinic_id, actor, "accepted-by-call", ride, now, visit.id)
    replan(visit.patient_id, now)
    db.session.commit()
    return ride
