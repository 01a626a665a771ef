"""The board says what is true: an alert whose cause is gone closes by itself."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recovery.domain.notice import NoticeState
from recovery.services.alerts import raise_alert, take_alert
from recovery.services.check_ins import Sent, answer_check_in
from recovery.services.moot_alerts import unseen_key
from recovery.services.planning import TEST
from recovery.services.receipts import locked_notice, mark_seen
from recovery.services.said_once import Sending
from recovery.store.alerts import Alert
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.visits import Visit
from recovery.worker import Worker
from tests.builders import a_ride, a_staff, a_visit
from tests.builders_protocol import ketamine
from tests.clock import TestClock
from tests.notices import a_discharged_visit, a_notice, a_phone, alerts, the_notice, work_off
from tests.push_service import PushService

pytestmark = pytest.mark.usefixtures("session")


def the_alert(kind: str) -> Alert:
    db.session.rollback()
    return db.session.scalars(select(Alert).where(Alert.kind == kind)).one()


def silent_for_hours(patient: Patient, worker: Worker, clock: TestClock) -> int:
    """Home, asked how it is, and nothing heard; staff are told. Returns the visit."""
    visit = a_discharged_visit(patient).id
    clock.move(by=timedelta(hours=3, minutes=1))
    work_off(worker)
    return visit


def answer(patient: Patient, visit: int, clock: TestClock) -> None:
    check_in = ketamine().check_in("later-2h")
    assert check_in is not None
    well = {question.id: question.choices[0].id for question in check_in.questions}
    sending = Sending("k" * 32, clock())
    answer_check_in(patient, visit, Sent("later-2h", "", well), sending, clock())


def test_an_answer_closes_the_alert_about_silence(
    patient: Patient, worker: Worker, clock: TestClock
) -> None:
    visit = silent_for_hours(patient, worker, clock)
    assert the_alert("staff-later-silent").resolved_at is None
    answer(patient, visit, clock)
    silence = the_alert("staff-later-silent")
    assert (silence.resolved_at, silence.resolved_by) == (clock(), None)


def test_what_a_person_has_taken_stays_theirs_to_end(
    patient: Patient, worker: Worker, clock: TestClock
) -> None:
    visit = silent_for_hours(patient, worker, clock)
    nurse = a_staff(patient.clinic)
    take_alert(nurse, the_alert("staff-later-silent").id, clock())
    answer(patient, visit, clock)
    assert the_alert("staff-later-silent").resolved_at is None


def test_a_late_receipt_closes_the_alert_about_a_notice_not_seen(
    patient: Patient, clock: TestClock
) -> None:
    a_discharged_visit(patient)
    notice = the_notice("rest")
    visit = db.session.get_one(Visit, notice.visit_id)
    raise_alert(visit, "notice-unseen", clock(), key=unseen_key(notice.id))
    db.session.commit()
    mark_seen(the_notice("rest"), NoticeState.SHOWN, clock())
    db.session.commit()
    assert the_alert("notice-unseen").resolved_at == clock()


def test_a_phone_that_proves_a_notice_closes_the_alert_that_there_is_none(
    patient: Patient, worker: Worker, service: PushService, clock: TestClock
) -> None:
    visit = a_visit(patient)
    ride = a_ride(visit)
    a_notice(visit, "evening", safety=True)
    a_notice(visit, "evening-driver", safety=True, role="driver", recipient_id=ride.id)
    work_off(worker)
    assert alerts() == [("no-device", "alert"), ("no-device", "alert")]
    a_phone(patient, service)
    test = a_notice(visit, TEST)
    work_off(worker)
    assert the_notice(TEST).state == "sent"
    assert [row.resolved_at for row in no_phones()] == [None, None]
    mark_seen(locked_notice(test.id), NoticeState.SHOWN, clock())
    db.session.commit()
    assert [(row.facts["who"], row.resolved_at) for row in no_phones()] == [
        ("patient", clock()),
        ("contact", None),
    ]


def no_phones() -> list[Alert]:
    db.session.rollback()
    found = select(Alert).where(Alert.kind == "no-device").order_by(Alert.id)
    return list(db.session.scalars(found.execution_options(populate_existing=True)))
