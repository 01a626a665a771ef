"""A calendar of visits for staff: by a secret address, times and initials, ended at once."""

import re
from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from recovery.domain.visit import VisitState
from recovery.services.staff_calendars import EndedBy, ended_lately, initials
from recovery.services.staff_people import let_back, new_link, shut_out
from recovery.services.staff_sign_in import HASHER
from recovery.store.audit import AuditRow
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.staff_calendars import StaffCalendar
from recovery.store.visits import Visit
from tests.builders import NOW, a_clinic, a_patient, a_visit
from tests.front_desk import Desk
from tests.visitor import Visitor


def make(desk: Desk, label: str = "My phone") -> str:
    """Make an address; its path."""
    page = desk.client.submit("/staff/me", {"label": label}, to="/staff/me/calendars")
    assert page.status_code == 200, page.text
    found = re.search(r"/calendar/[\w-]{40,}\.ics", page.text)
    assert found is not None
    return found[0]


@pytest.fixture(autouse=True)
def _with_a_second_factor(desk: Desk) -> None:
    with desk.inside():
        db.session.get_one(Staff, desk.staff_id).totp_secret = "kept"
        db.session.commit()


@pytest.fixture
def anyone(desk: Desk) -> Visitor:
    """A calendar program: no cookie."""
    client = desk.client.application.test_client()
    assert isinstance(client, Visitor)
    return client


def test_a_calendar_holds_times_and_initials_and_nothing_else(desk: Desk, anyone: Visitor) -> None:
    with desk.inside() as clinic:
        patient = a_patient(clinic, name="Rosa María Delgado")
        version = a_visit(patient).protocol_version
        soon, late = NOW + timedelta(days=3), NOW + timedelta(days=400)
        a_visit(patient, version, start_at=soon, state=VisitState.CANCELLED.value)
        a_visit(patient, version, start_at=late)
        a_visit(a_patient(a_clinic(name="Another Clinic")))
    answer = anyone.get(make(desk))
    assert answer.content_type == "text/calendar; charset=utf-8"
    (event,) = Calendar.from_ical(answer.data).walk("VEVENT")
    assert str(event["summary"]) == "R. D."
    assert event.decoded("dtstart") == NOW + timedelta(hours=1)
    assert event.decoded("dtend") > event.decoded("dtstart")
    assert set(event) == {
        "UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "DTSTART", "DTEND", "SUMMARY", "URL",
        "CLASS", "STATUS",
    }  # fmt: skip
    for word in ("Rosa", "Delgado", "ketamine", "infusion", "Infusions", "212"):
        assert word.lower() not in answer.text.lower()


def test_a_calendar_that_asks_again_is_answered_with_a_header_until_something_changes(
    desk: Desk, anyone: Visitor
) -> None:
    visit_id = desk.visit()
    path = make(desk)
    first = anyone.get(path)
    again = anyone.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    before = Calendar.from_ical(first.data).walk("VEVENT")[0]
    desk.clock.move(by=timedelta(minutes=5))
    desk.done(visit_id, "move", start="2026-03-05T10:00")
    moved = anyone.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert moved.status_code == 200
    after = Calendar.from_ical(moved.data).walk("VEVENT")[0]
    assert before["uid"] == after["uid"]
    assert after["sequence"] > before["sequence"]


def test_the_address_is_shown_once_and_kept_as_a_hash(desk: Desk) -> None:
    token = make(desk).removeprefix("/calendar/").removesuffix(".ics")
    assert token not in desk.client.get("/staff/me").text
    with desk.inside():
        row = db.session.scalars(select(StaffCalendar)).one()
        assert token not in row.token_hash
        assert len(row.token_hash) == 64
        assert "made-calendar" in db.session.scalars(select(AuditRow.verb)).all()


def test_who_made_it_sees_when_it_was_last_read_and_ends_it_at_once(
    desk: Desk, anyone: Visitor
) -> None:
    path = make(desk, "Desk at the door")
    page = desk.client.get("/staff/me").text
    assert "Desk at the door" in page
    assert "Not read yet" in page
    assert anyone.get(path).status_code == 200
    assert "Last read" in desk.client.get("/staff/me").text
    with desk.inside():
        calendar_id = db.session.scalars(select(StaffCalendar.id)).one()
    ended = desk.client.submit("/staff/me", to=f"/staff/me/calendars/{calendar_id}/end")
    assert ended.status_code == 303
    gone, never = anyone.get(path), anyone.get("/calendar/" + "x" * 43 + ".ics")
    assert (gone.status_code, gone.data) == (404, never.data)
    assert "Desk at the door" not in desk.client.get("/staff/me").text


def test_a_person_who_no_longer_works_here_reads_nothing(desk: Desk, anyone: Visitor) -> None:
    path = make(desk)
    with desk.inside():
        db.session.get_one(Staff, desk.staff_id).disabled_at = NOW
        db.session.commit()
    assert anyone.get(path).status_code == 404


def test_a_changed_password_ends_the_calendars_and_says_so(desk: Desk, anyone: Visitor) -> None:
    path = make(desk, "My old phone")
    with desk.inside():
        person = db.session.get_one(Staff, desk.staff_id)
        person.password_hash = HASHER.hash("correct horse battery")
        db.session.commit()
    form = {"old": "correct horse battery", "new": "another horse battery"}
    assert desk.client.submit("/staff/me", form, to="/staff/me/password").status_code == 303
    assert anyone.get(path).status_code == 404
    page = desk.client.get("/staff/me").text
    assert "My old phone" in page
    assert "Your password changed, so this address ended." in page
    assert anyone.get(make(desk)).status_code == 200
    desk.clock.move(by=timedelta(days=15))
    with desk.inside():
        person = db.session.get_one(Staff, desk.staff_id)
        assert ended_lately(person, desk.clock()) == []


def test_a_calendar_does_not_come_back_with_who_is_let_in_again(
    desk: Desk, nurse: Desk, anyone: Visitor
) -> None:
    path = make(desk)
    for act in (shut_out, let_back):
        with desk.inside():
            act(db.session.get_one(Staff, nurse.staff_id), desk.staff_id, NOW)
        assert anyone.get(path).status_code == 404
    with desk.inside():
        (ended,) = ended_lately(db.session.get_one(Staff, desk.staff_id), NOW)
        assert ended.ended_by == EndedBy.SHUT_OUT


def test_a_new_link_for_who_lost_the_password_ends_the_calendars(
    desk: Desk, nurse: Desk, anyone: Visitor
) -> None:
    path = make(desk)
    with desk.inside():
        new_link(db.session.get_one(Staff, nurse.staff_id), desk.staff_id, NOW)
    assert anyone.get(path).status_code == 404


def test_nobody_ends_the_calendar_of_somebody_else(
    desk: Desk, nurse: Desk, stranger: Desk, anyone: Visitor
) -> None:
    path = make(desk)
    with desk.inside():
        calendar_id = db.session.scalars(select(StaffCalendar.id)).one()
    for other in (nurse, stranger):
        answer = other.client.submit("/staff/me", to=f"/staff/me/calendars/{calendar_id}/end")
        assert answer.status_code == 404
    assert anyone.get(path).status_code == 200


def test_a_sixth_calendar_and_a_long_name_are_refused_in_a_sentence(desk: Desk) -> None:
    for _ in range(5):
        make(desk)
    sixth = desk.client.submit("/staff/me", {"label": "x"}, to="/staff/me/calendars")
    assert sixth.status_code == 422
    assert "End one that you no longer use." in sixth.text


def test_a_calendar_says_when_the_patient_is_likely_to_be_ready(
    desk: Desk, anyone: Visitor
) -> None:
    visit_id, path = desk.visit(), make(desk)
    with desk.inside():
        db.session.get_one(Visit, visit_id).state = VisitState.INFUSING.value
        db.session.get_one(Visit, visit_id).started_at = NOW + timedelta(hours=2)
        db.session.commit()
    (event,) = Calendar.from_ical(anyone.get(path).data).walk("VEVENT")
    assert event.decoded("dtend") >= NOW + timedelta(hours=2, minutes=40)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Rosa Delgado", "R. D."),
        ("Ana-María del Río", "A. R."),
        ("Cher", "C."),
        ("“X” 2", ""),
        ("", ""),
    ],
)
def test_initials_are_the_first_letters_of_first_and_last_name(name: str, said: str) -> None:
    assert initials(name) == said
