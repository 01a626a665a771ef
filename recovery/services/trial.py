"""The test notice: it proves that notices reach this phone before one that matters is due."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import select

from recovery.domain.protocol.after import Audience
from recovery.services.audit import Actor, record
from recovery.services.planning import TEST
from recovery.services.reading import visit_in_mind
from recovery.services.sign_in import count_try
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.store.visits import Visit

USEFUL_FOR: Final = timedelta(minutes=10)
#: Taps this close together ask for one test notice.
TOGETHER: Final = timedelta(seconds=5)
#: Test notices that one patient may ask for within `WINDOW`.
MOST: Final = 10
WINDOW: Final = timedelta(hours=1)


def send_test_notice(patient: Patient, now: datetime) -> Notice:
    """Owe the patient a test notice at once; the worker sends it like any other. Commits.

    It belongs to the visit in mind; a second tap within seconds finds the first one. Raises
    `NotFound` without a visit, `TooManyTries`.
    """
    count_try(f"test-notice:{patient.id}", MOST, WINDOW, now)
    visit = visit_in_mind(patient)
    db.session.execute(select(Visit.id).where(Visit.id == visit.id).with_for_update(key_share=True))
    if (asked := _just_asked(visit.id, now)) is not None:
        return asked
    occasion = now.isoformat()
    words = f"{visit.id}/{TEST}/{Audience.PATIENT}/{patient.id}"
    notice = Notice(
        clinic_id=patient.clinic_id,
        visit_id=visit.id,
        kind=TEST,
        occasion=occasion,
        role=Audience.PATIENT.value,
        recipient_id=patient.id,
        parts=[{"visit_id": visit.id, "kind": TEST, "occasion": occasion, "says": {}}],
        safety=False,
        no_driving=False,
        due_at=now,
        not_after=now + USEFUL_FOR,
        next_at=now,
        topic=sha256(words.encode()).hexdigest()[:32],
        created_at=now,
    )
    db.session.add(notice)
    record(patient.clinic_id, Actor("patient", patient.id), "asked-for-test", notice, now, visit.id)
    db.session.commit()
    return notice


def _just_asked(visit_id: int, now: datetime) -> Notice | None:
    return db.session.scalars(
        select(Notice)
        .where(Notice.visit_id == visit_id, Notice.kind == TEST, Notice.created_at > now - TOGETHER)
        .order_by(Notice.id.desc())
        .limit(1)
    ).first()
