"""When staff have gone home an alert ends at the person on call."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.services.alerts import raise_alert, resolve_alert, take_alert
from recovery.services.alerts_told import told_about
from recovery.services.stopped_numbers import keep_stop
from recovery.store.alerts import Alert, AlertLevel
from recovery.store.clinics import ProtocolVersion, StaffRole
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face
from recovery.store.visits import Visit
from tests.builders import NOW, a_protocol_version, a_staff, a_visit, signed_in
from tests.builders_protocol import changed, ketamine
from tests.carriers import URL, Outside, outside
from tests.clock import TestClock
from tests.lock_screen import revealing
from tests.notices import HOUR, MINUTE, alerts, the_notice, work_off

pytestmark = pytest.mark.usefixtures("session")
#: 9 in the morning of a Monday is watched; ten hours later it is not.
EVENING = NOW + 10 * HOUR


@pytest.fixture
def alarm(patient: Patient, clock: TestClock) -> Alert:
    """An alert in the evening, when nobody watches."""
    patient.clinic.on_call_email = "oncall@clinic.example"
    clock.move(to=EVENING)
    return raised(patient, clock)


def raised(patient: Patient, clock: TestClock, level: AlertLevel = AlertLevel.ALERT) -> Alert:
    version = db.session.scalars(select(ProtocolVersion)).first()
    alert = raise_alert(a_visit(patient, version), "notice-unseen", clock(), level=level)
    db.session.commit()
    return alert


def pages_about(alert: Alert) -> list[Notice]:
    """The pages about one alert, as they are in the database now."""
    db.session.rollback()
    about = Notice.kind == "on-call", Notice.occasion.startswith(f"{alert.id}/")
    return list(db.session.scalars(select(Notice).where(*about).order_by(Notice.id)))


def test_at_night_an_alert_goes_to_the_person_on_call_at_once(out: Outside, alarm: Alert) -> None:
    work_off(out.worker)
    [text], [letter] = out.texts.texts, out.box.taken
    assert (text["To"], letter["To"]) == ("+12125550111", "oncall@clinic.example")
    for words in (text["Body"], letter["Subject"], letter.get_content()):
        assert not revealing(words)
        assert "Rosa" not in words
    assert f"{URL}/staff/alerts" in text["Body"]
    assert f"{URL}/staff/alerts" in letter.get_content()
    assert (pages_about(alarm)[0].state, alerts()) == (
        "sent",
        [("notice-unseen", "alert")],
    )


def test_while_somebody_watches_it_waits_until_they_go_home(
    out: Outside, patient: Patient, clock: TestClock
) -> None:
    raised(patient, clock)
    work_off(out.worker)
    assert out.texts.texts == []
    clock.move(to=NOW + 8 * HOUR - MINUTE)
    work_off(out.worker)
    assert out.texts.texts == []
    clock.move(by=MINUTE)
    work_off(out.worker)
    assert len(out.texts.texts) == 1


@pytest.mark.parametrize("how", ["taken", "resolved"])
def test_what_somebody_took_wakes_nobody(
    out: Outside, patient: Patient, alarm: Alert, clock: TestClock, how: str
) -> None:
    nurse = a_staff(patient.clinic, StaffRole.NURSE)
    if how == "taken":
        take_alert(nurse, alarm.id, clock())
    else:
        resolve_alert(nurse, alarm.id, "Called her.", clock())
    about = f"{alarm.id}/"
    work_off(out.worker)
    db.session.rollback()
    page = db.session.scalars(
        select(Notice).where(Notice.kind == "on-call", Notice.occasion.startswith(about))
    ).one()
    assert (page.state, page.tries) == ("withdrawn", 0)


def test_a_task_wakes_nobody(out: Outside, patient: Patient, clock: TestClock) -> None:
    clock.move(to=EVENING)
    raised(patient, clock, AlertLevel.TASK)
    work_off(out.worker)
    assert out.texts.texts == []


def test_the_same_alert_again_is_one_page(
    out: Outside, patient: Patient, alarm: Alert, clock: TestClock
) -> None:
    visit = db.session.get_one(Visit, alarm.visit_id)
    again = raise_alert(visit, "notice-unseen", clock(), level=AlertLevel.ALERT)
    db.session.commit()
    assert again.id == alarm.id
    work_off(out.worker)
    clock.move(by=9 * MINUTE)
    work_off(out.worker)
    assert len(out.texts.texts) == 1


def test_the_person_on_call_is_told_again_every_ten_minutes_six_times_in_all(
    out: Outside, alarm: Alert, clock: TestClock
) -> None:
    told = []
    for _ in range(2 * 60):
        work_off(out.worker)
        told.append(len(out.texts.texts))
        clock.move(by=MINUTE)
    assert [told.index(count) for count in range(1, 7)] == [0, 10, 20, 30, 40, 50]
    assert told[-1] == len(out.box.taken) == 6


def test_who_takes_the_alert_is_not_told_again(
    out: Outside, patient: Patient, alarm: Alert, clock: TestClock
) -> None:
    for _ in range(2):
        work_off(out.worker)
        clock.move(by=10 * MINUTE)
    take_alert(a_staff(patient.clinic, StaffRole.NURSE), alarm.id, clock())
    for _ in range(10):
        work_off(out.worker)
        clock.move(by=10 * MINUTE)
    assert len(out.texts.texts) == 2


def test_an_alert_ended_and_raised_again_is_told_in_one_chain_only(
    out: Outside, patient: Patient, alarm: Alert, clock: TestClock
) -> None:
    work_off(out.worker)
    clock.move(by=5 * MINUTE)
    resolve_alert(a_staff(patient.clinic, StaffRole.NURSE), alarm.id, "Called her.", clock())
    visit = db.session.get_one(Visit, alarm.visit_id)
    raise_alert(visit, "notice-unseen", clock(), level=AlertLevel.ALERT)
    db.session.commit()
    for _ in range(120):
        work_off(out.worker)
        clock.move(by=MINUTE)
    assert [page.state for page in pages_about(alarm)] == ["sent", "withdrawn", "sent", "withdrawn"]
    # A notice that was missed meanwhile is an alert too: they are told together.
    joined = ["2 alerts" in text["Body"] for text in out.texts.texts]
    assert joined == [False] * 2 + [True] * 6


def test_once_somebody_watches_again_nobody_on_call_is_told(
    out: Outside, patient: Patient, clock: TestClock
) -> None:
    clock.move(to=NOW + 23 * HOUR - 5 * MINUTE)
    raised(patient, clock)
    work_off(out.worker)
    assert len(out.texts.texts) == 1
    clock.move(by=8 * HOUR)
    work_off(out.worker)
    assert len(out.texts.texts) == 1
    clock.move(by=HOUR + 5 * MINUTE)
    work_off(out.worker)
    assert len(out.texts.texts) == 2


def test_a_page_that_is_tried_again_begins_no_second_chain(
    out: Outside, alarm: Alert, clock: TestClock
) -> None:
    out.texts.refuse_next(503)
    out.box.at_recipient.append("451 4.7.1 Greylisted")
    work_off(out.worker)
    clock.move(by=2 * MINUTE)
    work_off(out.worker)
    assert [(page.state, page.tries) for page in pages_about(alarm)] == [("sent", 2), ("owed", 0)]


def test_a_clinic_that_wants_to_be_told_once_is_told_once(
    out: Outside, patient: Patient, clock: TestClock
) -> None:
    once = changed(ketamine(), {"on_call.pages": 1}).model_dump_json()
    clock.move(to=EVENING)
    visit = a_visit(patient, a_protocol_version(patient.clinic, body=once))
    raise_alert(visit, "notice-unseen", clock(), level=AlertLevel.ALERT)
    db.session.commit()
    for _ in range(3):
        work_off(out.worker)
        clock.move(by=HOUR)
    assert len(out.texts.texts) == 1


def test_a_text_that_fails_leaves_the_email(out: Outside, alarm: Alert) -> None:
    out.texts.refuse_next(400, 21614)
    work_off(out.worker)
    assert len(out.box.taken) == 1
    assert pages_about(alarm)[0].state == "sent"


def test_phone_47_a_number_on_call_that_said_stop_gets_no_text_and_staff_see_it(
    out: Outside, patient: Patient, alarm: Alert, app: Flask, clock: TestClock
) -> None:
    keep_stop(patient.clinic.on_call_phone, clock())
    db.session.commit()
    work_off(out.worker)
    assert out.texts.texts == []
    assert len(out.box.taken) == 1
    tablet = app.test_client()
    signed_in(tablet, Face.STAFF, a_staff(patient.clinic), clock())
    for page in ("/staff/", "/staff/alerts"):
        assert "Answered STOP: no texts" in tablet.get(page).text


def test_without_any_way_to_page_there_is_no_storm_of_alerts(
    app: Flask, patient: Patient, alarm: Alert, clock: TestClock, tmp_path: Path
) -> None:
    with outside(app, tmp_path, frozenset()) as world:
        for _ in range(3):
            work_off(world.worker)
            clock.move(by=20 * HOUR)
    assert the_notice("on-call", "staff").state == "missed"
    assert alerts() == [("notice-unseen", "alert")]


def test_two_alerts_are_one_page_in_a_round_that_says_how_many(
    out: Outside, patient: Patient, alarm: Alert, clock: TestClock
) -> None:
    other = raised(patient, clock)
    for _ in range(15):
        work_off(out.worker)
        clock.move(by=MINUTE)
    bodies = [text["Body"] for text in out.texts.texts]
    assert len(bodies) == len(out.box.taken) == 2
    assert all("2 alerts need you now." in body and "/staff/alerts" in body for body in bodies)
    assert "taken them" in out.box.taken[0].get_content()
    told = told_about([alarm, other])
    assert len(told[alarm.id]) == len(told[other.id]) == 4
    nurse = a_staff(patient.clinic, StaffRole.NURSE)
    take_alert(nurse, other.id, clock())
    clock.move(by=10 * MINUTE)
    work_off(out.worker)
    assert "An alert needs you now." in out.texts.texts[-1]["Body"]
    take_alert(nurse, alarm.id, clock())
    clock.move(by=10 * MINUTE)
    work_off(out.worker)
    assert len(out.texts.texts) == 3


def test_an_alert_that_comes_between_two_pages_is_told_at_once_and_joins_them(
    out: Outside, patient: Patient, alarm: Alert, clock: TestClock
) -> None:
    work_off(out.worker)
    clock.move(by=4 * MINUTE)
    raised(patient, clock)
    told = []
    for _ in range(2 * 60):
        work_off(out.worker)
        told.append(len(out.texts.texts))
        clock.move(by=MINUTE)
    assert [told.index(count) for count in range(2, 8)] == [0, 10, 20, 30, 40, 50]
    assert told[-1] == 7
    assert ["2 alerts" in text["Body"] for text in out.texts.texts] == [False] + [True] * 6


def test_pages_that_were_owed_one_for_each_alert_become_one(
    out: Outside, patient: Patient, alarm: Alert, clock: TestClock
) -> None:
    other = raised(patient, clock)
    first, second = db.session.scalars(select(Notice).where(Notice.kind == "on-call"))
    first.state, first.next_at, first.why = "owed", first.due_at, ""
    second.parts = second.parts[:1]
    db.session.commit()
    for _ in range(15):
        work_off(out.worker)
        clock.move(by=MINUTE)
    assert len(out.texts.texts) == 3
    assert "2 alerts need you now." in out.texts.texts[-1]["Body"]
    assert {len(told) for told in told_about([alarm, other]).values()} == {4}


def test_an_alert_ended_and_raised_again_in_one_instant_is_paged_anew(
    out: Outside, patient: Patient, alarm: Alert, clock: TestClock
) -> None:
    resolve_alert(a_staff(patient.clinic, StaffRole.NURSE), alarm.id, "Called her.", clock())
    visit = db.session.get_one(Visit, alarm.visit_id)
    raise_alert(visit, "notice-unseen", clock(), level=AlertLevel.ALERT)
    db.session.commit()
    pages = select(Notice.occasion).where(
        Notice.kind == "on-call", Notice.occasion.startswith(f"{alarm.id}/")
    )
    assert len(set(db.session.scalars(pages))) == 2
