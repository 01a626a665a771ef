"""Halting: from that tap on nothing is owed to the person; alerts are taken and resolved."""

from datetime import timedelta

from sqlalchemy import select

from recovery.services.alerts import raise_alert
from recovery.store.alerts import AlertLevel
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Contact
from recovery.store.visits import Visit
from tests.front_desk import Desk


def owed_to(desk: Desk, role: str) -> int:
    with desk.inside():
        rows = db.session.scalars(
            select(Notice.id).where(Notice.state == "owed", Notice.role == role)
        )
        return len(rows.all())


def test_a_halted_patient_gets_nothing_until_released(desk: Desk) -> None:
    visit = desk.visit()
    desk.infuse(visit)
    desk.get_ready_to_go(visit)
    desk.done(visit, "code", code="482913")
    desk.done(visit, "discharge")
    assert owed_to(desk, "patient")
    page = f"/staff/patients/{desk.row(visit).patient_id}"
    refused = desk.client.submit(page, {"why-patient": ""}, to=f"{page}/halt")
    assert refused.status_code == 422
    halted = desk.client.submit(page, {"why-patient": "In hospital."}, to=f"{page}/halt")
    assert halted.status_code == 303
    assert owed_to(desk, "patient") == 0
    assert "All notices to this patient are stopped." in desk.client.get(page).text
    desk.client.submit(page, {"why-patient": "Home again."}, to=f"{page}/release")
    assert owed_to(desk, "patient")


def test_a_halted_driver_gets_nothing(desk: Desk) -> None:
    visit = desk.visit()
    desk.done(visit, "arrive")
    assert owed_to(desk, "driver")
    page = f"/staff/patients/{desk.row(visit).patient_id}"
    with desk.inside():
        contact = db.session.scalars(select(Contact.id)).one()
    form = {f"why-{contact}": "Wrong number."}
    halted = desk.client.submit(page, form, to=f"{page}/contacts/{contact}/halt")
    assert halted.status_code == 303
    assert owed_to(desk, "driver") == 0


def test_an_alert_is_taken_by_the_first_and_resolved_with_a_word(desk: Desk, nurse: Desk) -> None:
    visit = desk.visit()
    with desk.inside():
        row = db.session.get(Visit, visit)
        assert row is not None
        alert = raise_alert(row, "driver-withdrew", desk.clock()).id
        db.session.commit()
    page = "/staff/alerts"
    assert "The driver withdrew." in desk.client.get(page).text
    assert "Dr. Ada Lind" in desk.client.get(page).text
    for person, status in ((nurse, 303), (nurse, 303), (desk, 409)):
        assert person.client.submit(page, to=f"{page}/{alert}/take").status_code == status
    assert "Nurse Weiss looks after it" in desk.client.get(page).text
    field = f"resolution-{alert}"
    empty = desk.client.submit(page, {field: " "}, to=f"{page}/{alert}/resolve")
    assert empty.status_code == 422
    done = desk.client.submit(page, {field: "The sister drives."}, to=f"{page}/{alert}/resolve")
    assert done.status_code == 303
    assert "Nothing needs you now." in desk.client.get(page).text


def test_another_clinic_cannot_take_an_alert(desk: Desk, stranger: Desk) -> None:
    visit = desk.visit()
    with desk.inside():
        row = db.session.get(Visit, visit)
        assert row is not None
        alert = raise_alert(row, "driver-withdrew", desk.clock()).id
        db.session.commit()
    own_page = "/staff/patients/new"
    for act in ("take", "resolve"):
        answer = stranger.client.submit(
            own_page, {f"resolution-{alert}": "x"}, to=f"/staff/alerts/{alert}/{act}"
        )
        assert answer.status_code == 404


def test_an_alert_about_a_driver_names_whom_to_ring(desk: Desk) -> None:
    visit = desk.visit()
    with desk.inside():
        row = db.session.get(Visit, visit)
        contact = db.session.scalars(select(Contact)).one()
        assert row is not None
        facts = {"who": "contact", "who_id": contact.id, "rule": "evening-driver"}
        raise_alert(row, "notice-unseen", desk.clock(), **facts)
        db.session.commit()
    page = desk.client.get("/staff/alerts").text
    assert "Sam Rivera" in page
    assert "tel:+12125550177" in page
    assert "“Rosa Delgado must not drive tonight”" in page


def test_what_a_person_said_is_wrong_stands_above_older_alerts(desk: Desk) -> None:
    visit = desk.visit()
    alarm = AlertLevel.ALERT
    with desk.inside():
        row = db.session.get_one(Visit, visit)
        raise_alert(row, "driver-withdrew", desk.clock(), level=alarm)
        later = desk.clock() + timedelta(minutes=5)
        raise_alert(row, "chest-pain", later, level=alarm, red_flag="chest-pain")
        db.session.commit()
    page = desk.client.get("/staff/alerts").text
    assert page.index("Chest pain") < page.index("The driver withdrew")
