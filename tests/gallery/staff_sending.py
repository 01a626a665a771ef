"""What staff meet when notices do not go out as they should."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Final

from recovery.domain.rights import StaffRole
from recovery.services.pausing import BY_HAND, RESTORED
from recovery.services.planning import TEST
from recovery.store.addresses import Channel
from recovery.store.clinics import Clinic
from recovery.store.database import db
from recovery.store.notices import Attempt, Receipt
from tests.builders import NOW, a_clinic, a_patient, a_staff, a_visit, saved
from tests.gallery.entry import Entry, Situation, situation
from tests.gallery.scenes import booked
from tests.gallery.staff import BOOKED
from tests.notices import a_device, a_notice

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


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


def tested() -> Situation:
    """A test that one phone of three has shown, and one will never get."""
    patient, visit, _ride = booked()
    notice = a_notice(visit, TEST, created_at=NOW - 2 * MINUTE, state="shown", next_at=None)
    phones = (("iPhone, Safari", "sent"), ("Firefox, Android", "sent"), ("Chrome, Linux", "gone"))
    for place, (label, outcome) in enumerate(phones):
        place_of_it = f"https://push.example/{place}"
        device = a_device(patient, SimpleNamespace(endpoint=place_of_it, p256dh="", auth=""))
        device.label = label
        if outcome == "gone":
            device.retired_at, device.retired_why = NOW - MINUTE, outcome
        attempt = saved(
            Attempt(
                notice_id=notice.id,
                device_id=device.id,
                channel=Channel.PUSH.value,
                fence=1,
                at=NOW - MINUTE,
                outcome=outcome,
            )
        )
        if not place:
            saved(Receipt(attempt_id=attempt.id, kind="shown", at=NOW - MINUTE))
    person = a_staff(visit.clinic, StaffRole.PROVIDER)
    return situation(person, patient=patient.id)


def no_visit() -> Situation:
    """A patient with a phone and without a visit: a test would belong to nothing."""
    patient = a_patient(a_clinic())
    a_device(patient, SimpleNamespace(endpoint="https://push.example/x", p256dh="", auth=""))
    return situation(a_staff(patient.clinic), patient=patient.id)


PATIENT: Final = "/staff/patients/{patient}"
STAFF_SENDING: Final = (
    Entry("staff-patient-tested", tested, PATIENT),
    Entry(
        "staff-patient-test-refused",
        no_visit,
        PATIENT,
        sends={},
        to=f"{PATIENT}/test",
        status=422,
    ),
    Entry(
        "staff-patient-correct-errors",
        BOOKED,
        PATIENT,
        sends={"phone": "12", "email": "rosa@"},
        to=f"{PATIENT}/reach",
        status=422,
    ),
    Entry("staff-paused", restored, "/staff/paused"),
    Entry("staff-paused-nurse", restored_for_a_nurse, "/staff/paused"),
    Entry("staff-paused-by-hand", paused, "/staff/paused"),
    Entry("staff-paused-not", lambda: situation(a_staff(a_clinic())), "/staff/paused"),
)
