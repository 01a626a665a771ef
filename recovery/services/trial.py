"""The test notice: it proves that notices reach this phone before one that matters is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from recovery.domain.protocol.after import Audience
from recovery.services.asked import asked_for
from recovery.services.audit import Actor, record
from recovery.services.patients import own_patient
from recovery.services.planning import TEST
from recovery.services.readers import PATIENT, live_devices
from recovery.services.reading import visit_in_mind
from recovery.services.refusals import NotFound, Refused
from recovery.services.sign_in import count_try
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.notices import Attempt, Notice, Receipt
from recovery.store.patients import Patient
from recovery.store.visits import Visit

USEFUL_FOR: Final = timedelta(minutes=10)
#: Taps this close together ask for one test notice.
TOGETHER: Final = timedelta(seconds=5)
#: Test notices that may be asked for within `WINDOW`: by one patient, and for one patient by staff.
MOST: Final = 10
WINDOW: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class TriedPhone:
    """What became of a test on one phone: its last attempt, and when the phone proved it (UTC)."""

    label: str
    outcome: str
    proved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Trial:
    """The newest test notice of a patient, and each phone that it was sent to."""

    notice: Notice
    phones: Sequence[TriedPhone]


def send_test_notice(patient: Patient, now: datetime) -> Notice:
    """Owe the patient a test notice at once; the worker sends it like any other. Commits.

    It belongs to the visit in mind; a second tap within seconds finds the first one. Raises
    `NotFound` without a visit, `TooManyTries`.
    """
    count_try(f"test-notice:{patient.id}", MOST, WINDOW, now)
    return _owe(patient, visit_in_mind(patient).id, Actor("patient", patient.id), now)


def send_test_for(staff: Staff, patient_id: int, now: datetime) -> Notice:
    """Owe a test notice to all phones of a patient of the staff person's clinic. Commits.

    Raises `NotFound`; `Refused` (field `test`) when nothing could arrive; `TooManyTries`.
    """
    patient = own_patient(staff, patient_id)
    if patient.halted_at is not None:
        raise Refused("All notices to this patient are stopped.", "test")
    if not live_devices({(PATIENT, patient.id)}, now):
        raise Refused("No phone of this patient takes notices now.", "test")
    try:
        visit_id = visit_in_mind(patient).id
    except NotFound:
        raise Refused("Please book a visit first. A test belongs to a visit.", "test") from None
    count_try(f"test-notice-by-staff:{patient.id}", MOST, WINDOW, now)
    return _owe(patient, visit_id, Actor("staff", staff.id), now)


def last_trial(patient: Patient) -> Trial | None:
    """Return what became of the newest test notice of a patient, whoever asked for it."""
    notice = db.session.scalars(
        select(Notice)
        .join(Visit, Visit.id == Notice.visit_id)
        .where(Visit.patient_id == patient.id, Notice.kind == TEST)
        .order_by(Notice.id.desc())
        .limit(1)
    ).first()
    if notice is None:
        return None
    rows = db.session.execute(
        select(Device.id, Device.label, Attempt.outcome, func.min(Receipt.at))
        .join(Attempt, Attempt.device_id == Device.id)
        .outerjoin(Receipt, Receipt.attempt_id == Attempt.id)
        .where(Attempt.notice_id == notice.id)
        .group_by(Device.id, Device.label, Attempt.id, Attempt.outcome)
        .order_by(Attempt.id)
    )
    phones: dict[int, TriedPhone] = {}
    for device_id, label, outcome, proved in rows:
        before = phones[device_id].proved_at if device_id in phones else None
        phones[device_id] = TriedPhone(label, outcome, before or proved)
    return Trial(notice, list(phones.values()))


def _owe(patient: Patient, visit_id: int, actor: Actor, now: datetime) -> Notice:
    visit = db.session.get_one(Visit, visit_id, with_for_update={"key_share": True})
    if (asked := _just_asked(visit.id, now)) is not None:
        return asked
    notice = asked_for(TEST, visit, (Audience.PATIENT, patient.id), USEFUL_FOR, now)
    db.session.add(notice)
    record(visit.clinic_id, actor, "asked-for-test", notice, now, visit.id)
    db.session.commit()
    return notice


def _just_asked(visit_id: int, now: datetime) -> Notice | None:
    return db.session.scalars(
        select(Notice)
        .where(Notice.visit_id == visit_id, Notice.kind == TEST, Notice.created_at > now - TOGETHER)
        .order_by(Notice.id.desc())
        .limit(1)
    ).first()
