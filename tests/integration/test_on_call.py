"""When staff have gone home an alert ends at the person on call."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.services.alerts import raise_alert, resolve_alert, take_alert
from recovery.store.alerts import Alert, AlertLevel
from recovery.store.clinics import StaffRole
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.store.visits import Visit
from tests.builders import NOW, a_staff, a_visit
from tests.carriers import URL, Outside, outside
from tests.clock import TestClock
from tests.lock_screen import revealing
from tests.notices import HOUR, MINUTE, alerts, the_notice, work_off

pytestmark = pytest.mark.usefixtures("session")
#: 9 in the morning of a Monday is watched; ten hours later it is not.
EVENING = NOW + 10 * HOUR


@pytest.fixture
def out(app: Flask, tmp_path: Path) -> Iterator[Outside]:
    with outside(app, tmp_path) as world:
        yield world


@pytest.fixture
def alarm(patient: Patient, clock: TestClock) -> Alert:
    """An alert in the evening, when nobody watches."""
    patient.clinic.on_call_email = "oncall@clinic.example"
    clock.move(to=EVENING)
    return raised(patient, clock)


def raised(patient: Patient, clock: TestClock, level: AlertLevel = AlertLevel.ALERT) -> Alert:
    alert = raise_alert(a_visit(patient), "notice-unseen", clock(), level=level)
    db.session.commit()
    return alert


def test_at_night_an_alert_goes_to_the_person_on_call_at_once(out: Outside, alarm: Alert) -> None:
    work_off(out.worker)
    [text], [letter] = out.texts.texts, out.box.taken
    assert (text["To"], letter["To"]) == ("+12125550111", "oncall@clinic.example")
    for words in (text["Body"], letter["Subject"], letter.get_content()):
        assert not revealing(words)
        assert "Rosa" not in words
    assert f"{URL}/staff/alerts" in text["Body"]
    assert f"{URL}/staff/alerts" in letter.get_content()
    assert (the_notice("on-call", "staff").state, alerts()) == (
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
    visit = alarm.visit_id
    again = db.session.scalars(select(Alert).where(Alert.visit_id == visit)).one()
    assert again.id == alarm.id
    work_off(out.worker)
    clock.move(by=HOUR)
    work_off(out.worker)
    assert len(out.texts.texts) == 1


def test_a_text_that_fails_leaves_the_email(out: Outside, alarm: Alert) -> None:
    out.texts.refuse_next(400, 21614)
    work_off(out.worker)
    assert len(out.box.taken) == 1
    assert the_notice("on-call", "staff").state == "sent"


def test_without_any_way_to_page_there_is_no_storm_of_alerts(
    app: Flask, patient: Patient, alarm: Alert, clock: TestClock, tmp_path: Path
) -> None:
    with outside(app, tmp_path, frozenset()) as world:
        for _ in range(3):
            work_off(world.worker)
            clock.move(by=20 * HOUR)
    assert the_notice("on-call", "staff").state == "missed"
    assert alerts() == [("notice-unseen", "alert")]


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
