"""Preparation on the phone: absolute times, what may still be had, every odd state of a plan."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.config import ROOT
from recovery.domain.visit import VisitState
from recovery.services.reading import own_visit
from recovery.services.start import gate_flags
from recovery.store.alerts import Alert
from recovery.store.database import db
from recovery.store.sign_ins import Face
from recovery.store.visits import StepDone, Visit
from tests.addresses import step_page
from tests.builders import NOW, a_clinic, a_patient, a_ride, a_visit, saved, signed_in
from tests.builders_protocol import harmless, ketamine
from tests.clock import TestClock
from tests.front_desk import Desk
from tests.page_words import PageWords
from tests.visitor import Visitor

Book = Callable[..., int]
#: Wednesday 11:30 in New York; tests begin on Monday at 9:00.
START = datetime.fromisoformat("2026-03-04T11:30-05:00")
FOOD = datetime.fromisoformat("2026-03-04T05:30-05:00")


@pytest.fixture
def book(app: Flask, client: Visitor) -> Book:
    """Add a signed-in patient with a visit on Wednesday; returns the visit's id."""

    def booked(**changes: Any) -> int:
        with app.app_context():
            patient = a_patient(a_clinic())
            signed_in(client, Face.PATIENT, patient)
            return a_visit(patient, **({"start_at": START} | changes)).id

    return booked


def words(client: Visitor, page: str) -> str:
    """All that a page says, with plain spaces."""
    answer = client.get(page)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", " ".join(PageWords(answer.text).pieces))


def read_all(app: Flask, visit: int) -> None:
    """Mark every step as done; a driver has said yes."""
    with app.app_context():
        a_ride(db.session.get_one(Visit, visit))
        for step in ketamine().preparation.steps:
            saved(StepDone(visit_id=visit, step=step.id, at=START - timedelta(hours=20)))


def test_a_limit_is_said_as_a_clock_time_with_the_way_to_it_beside_it(
    client: Visitor, clock: TestClock, book: Book
) -> None:
    visit = book()
    clock.move(to=FOOD - timedelta(hours=9, minutes=20))
    said = words(client, step_page(visit, "food"))
    assert "Not after Wednesday 5:30 AM in 9 hours" in said
    assert "Nothing to eat after 5:30 AM on Wednesday." in said


def test_after_its_time_a_limit_says_since_when_it_holds(
    client: Visitor, clock: TestClock, book: Book
) -> None:
    visit = book()
    clock.move(to=FOOD + timedelta(minutes=1))
    said = words(client, step_page(visit, "food"))
    assert "Since 5:30 AM on Wednesday: nothing to eat, no milk, no gum" in said
    assert "Had any after that time? Please call us before you come." in said
    assert "hours" not in said


def test_beside_a_limit_stands_what_may_still_be_had(
    client: Visitor, clock: TestClock, book: Book
) -> None:
    visit = book()
    clock.move(to=FOOD + timedelta(minutes=1))
    said = words(client, step_page(visit, "food"))
    assert "Water, black coffee or tea Now, until 9:30 AM on Wednesday" in said
    assert "light snack" not in said, "that stretch is over"
    home = words(client, "/me")
    assert "Until Wednesday 9:30 AM in 3 hours Water, black coffee or tea" in home
    clock.move(to=FOOD - timedelta(minutes=1))
    home = words(client, "/me")
    assert "You may still have until 5:30 AM on Wednesday: a light snack, like toast" in home


def test_the_next_thing_stands_first_with_its_time(
    app: Flask, client: Visitor, clock: TestClock, book: Book
) -> None:
    read_all(app, book())
    clock.move(to=FOOD - timedelta(hours=1))
    said = words(client, "/me")
    assert "Next Last food Since" in said, "the script's words for later come first"
    assert "Not after Wednesday 5:30 AM in 60 minutes" in said
    assert "All done for now." in said


def test_what_was_only_read_is_not_called_done(app: Flask, client: Visitor, book: Book) -> None:
    read_all(app, book())
    said = words(client, "/me")
    assert "Last food Not after Wednesday 5:30 AM Read" in said
    assert "Your health Done" in said


def test_a_late_booking_says_what_to_start_now(
    client: Visitor, clock: TestClock, book: Book
) -> None:
    visit = book(start_at=NOW + timedelta(hours=5), booked_at=NOW)
    clock.move(by=timedelta(minutes=5))
    home = words(client, "/me")
    assert "Please start now" in home
    assert "Nothing to eat, no milk, no gum" in home
    said = words(client, step_page(visit, "food"))
    assert "Start now: nothing to eat, no milk, no gum" in said
    clock.move(by=timedelta(hours=1))
    said = words(client, step_page(visit, "food"))
    assert "Since 9:00 AM on Monday: nothing to eat, no milk, no gum" in said


def test_a_moved_visit_says_so_and_shows_its_new_times(
    app: Flask, client: Visitor, book: Book
) -> None:
    visit = book()
    with app.app_context():
        row = db.session.get_one(Visit, visit)
        row.start_at, row.moved_at = START + timedelta(days=1), NOW
        db.session.commit()
    said = words(client, "/me")
    assert "Your visit was moved. It now starts on Thursday, March 5, 11:30 AM." in said
    assert "Not after Thursday 5:30 AM" in said


def test_a_cancelled_visit_need_not_be_prepared(client: Visitor, book: Book) -> None:
    visit = book(state=VisitState.CANCELLED.value, cancelled_at=NOW)
    said = words(client, "/me")
    assert "Your visit is cancelled It was planned for Wednesday, March 4, 11:30 AM." in said
    assert "Eat and drink as usual." in said
    step = words(client, step_page(visit, "food"))
    assert "This visit is cancelled. You need not do this." in step
    assert "has begun" not in step
    assert "Nothing to eat" not in step, "nobody fasts for a visit that does not take place"


def test_of_several_visits_a_cancelled_one_is_named(
    app: Flask, client: Visitor, book: Book
) -> None:
    visit = book(state=VisitState.CANCELLED.value, cancelled_at=NOW)
    with app.app_context():
        row = db.session.get_one(Visit, visit)
        a_visit(row.patient, row.protocol_version, start_at=START + timedelta(days=7))
    said = words(client, "/me")
    assert "Your visit: Wednesday, March 11" in said
    assert "Your visit on Wednesday, March 4, 11:30 AM is cancelled." in said


def test_not_being_sure_is_passed_on_and_the_patient_is_told(
    app: Flask, client: Visitor, book: Book
) -> None:
    step = step_page(book(), "medicines")
    assert "“I’m not sure” is a good answer" in client.get(step).text
    questions = next(s for s in ketamine().preparation.steps if s.id == "medicines").questions
    answers = {question.id: harmless(question) for question in questions}
    sent = client.submit(step, answers | {"maoi": "not-sure"})
    told = "You were not sure about something. Your clinic sees it and asks you about it."
    assert told in client.get(sent.location).text
    with app.app_context():
        alert = db.session.scalars(select(Alert)).one()
        assert alert.facts == {"step": "medicines", "answers": {"maoi": "not-sure"}}


def test_staff_read_which_answer_needs_a_look(app: Flask, desk: Desk) -> None:
    visit = desk.visit()
    with app.app_context():
        patient = db.session.get_one(Visit, visit).patient
        phone = app.test_client()
        assert isinstance(phone, Visitor)
        signed_in(phone, Face.PATIENT, patient)
    phone.submit(step_page(visit, "pregnancy"), {"pregnant": "not-sure"})
    assert "Pregnancy is possible (not sure)" in desk.page(visit)


def test_a_task_goes_when_the_answer_is_put_right(app: Flask, client: Visitor, book: Book) -> None:
    step = step_page(book(), "teach-back")
    client.submit(step, {"who-drives": "self"})
    client.submit(step, {"who-drives": "not-sure"})
    with app.app_context():
        alert = db.session.scalars(select(Alert)).one()
        assert alert.facts["answers"] == {"who-drives": "not-sure"}
    client.submit(step, {"who-drives": "other"})
    with app.app_context():
        assert db.session.scalars(select(Alert)).one().resolved_at is not None


def answer_all(client: Visitor, visit: int, *steps: str) -> None:
    """Answer these steps as somebody who is well."""
    for step in ketamine().preparation.steps:
        if step.id in steps:
            data = {question.id: harmless(question) for question in step.questions}
            assert client.submit(step_page(visit, step.id), data).status_code == 303


AT_HOME = ("teach-back", "health", "medicines", "pregnancy")


def test_a_missing_answer_is_marked_and_asked_before_all_is_right(
    client: Visitor, book: Book
) -> None:
    visit = book(start_at=NOW + timedelta(days=4))
    answer_all(client, visit, "teach-back", "health", "medicines")
    page = f"/me/visits/{visit}/answers"
    said = words(client, page)
    assert "Could you be pregnant? No answer yet" in said
    assert "Has anything changed? We ask you about this later. From Thursday 9:00 AM" in said
    assert "All of this is right" not in said
    assert f'href="{step_page(visit, "pregnancy")}"' in client.get(page).text
    refused = client.submit("/me/settle", to=page)
    assert "One answer is still missing." in words(client, refused.location)


def test_one_tap_says_that_all_answers_are_right_until_one_is_changed(
    client: Visitor, clock: TestClock, book: Book
) -> None:
    visit = book(start_at=NOW + timedelta(days=4))
    answer_all(client, visit, *AT_HOME)
    page = f"/me/visits/{visit}/answers"
    thanks = client.submit(page)
    assert "Thank you. Your clinic has your answers." in words(client, thanks.location)
    assert "You checked these on Monday, March 2, 9:00 AM." in words(client, page)
    clock.move(by=timedelta(hours=1))
    answer_all(client, visit, "health")
    assert "All of this is right" in words(client, page)


def test_an_unsure_answer_says_what_follows(client: Visitor, book: Book) -> None:
    visit = book()
    client.submit(step_page(visit, "pregnancy"), {"pregnant": "not-sure"})
    said = words(client, f"/me/visits/{visit}/answers")
    assert "Could you be pregnant? I’m not sure. Your clinic asks you about it." in said


def test_answers_are_closed_once_the_visit_has_begun(
    app: Flask, client: Visitor, book: Book
) -> None:
    visit = book()
    answer_all(client, visit, *AT_HOME)
    with app.app_context():
        row = db.session.get_one(Visit, visit)
        row.state, row.arrived_at = VisitState.ARRIVED.value, NOW
        db.session.commit()
    page = f"/me/visits/{visit}/answers"
    assert "Change: Your health" not in words(client, page)
    assert client.submit("/me/settle", to=page).status_code == 409


def test_what_was_asked_about_the_last_day_is_asked_again_when_the_visit_is_moved(
    app: Flask, client: Visitor, clock: TestClock, book: Book
) -> None:
    visit = book()
    clock.move(to=START - timedelta(hours=20))
    answer_all(client, visit, *AT_HOME, "changed")
    with app.app_context():
        row = db.session.get_one(Visit, visit)
        row.start_at, row.moved_at = START + timedelta(days=2), clock()
        db.session.commit()
        facts = own_visit(row.patient, visit)
        left = {flag.id for flag in gate_flags(row, facts, row.start_at)}
    assert "unanswered:changed-health" in left
    assert "unanswered:pregnant" not in left, "what was said of health still counts"
    assert "Your health Done" in words(client, "/me")
    assert "Has anything changed? From Thursday 11:30 AM" in words(client, "/me")


def test_phone_38_what_was_answered_is_filled_in_and_not_asked_again_at_the_gate(
    app: Flask, desk: Desk
) -> None:
    visit = desk.visit()
    phone = app.test_client()
    assert isinstance(phone, Visitor)
    with app.app_context():
        signed_in(phone, Face.PATIENT, db.session.get_one(Visit, visit).patient)
    answer_all(phone, visit, *AT_HOME)
    step = phone.get(step_page(visit, "pregnancy")).text
    assert re.search(r'value="no" checked', step)
    desk.done(visit, "arrive")
    gate = desk.page(visit)
    assert 'name="q-pregnant"' not in gate
    assert 'name="q-changed-plan"' in gate, "what was left open is asked in person"


@pytest.mark.parametrize("paste", [str.lower, " ".join, "-".join, lambda code: f"  {code}\n"])
def test_phone_38_a_code_can_be_pasted_however_it_was_copied(
    app: Flask, client: Visitor, book: Book, paste: Callable[[str], str]
) -> None:
    book()
    shown = re.search(r'class="code">.*?<strong[^>]*>([^<]+)<', client.submit("/me/code").text)
    assert shown is not None
    other = app.test_client()
    assert isinstance(other, Visitor)
    assert 'autocomplete="one-time-code"' in other.get("/code").text
    entered = other.submit("/code", {"code": paste(shown[1].replace(" ", ""))})
    assert entered.status_code == 303


def test_phone_38_every_field_for_a_code_takes_what_is_pasted() -> None:
    fields = [
        call
        for path in (ROOT / "templates").rglob("*.html")
        for call in re.findall(r"field\('code'.*?\) \}\}", path.read_text(encoding="utf-8"))
        if "styleguide" not in path.parts
    ]
    assert len(fields) >= 4
    for field in fields:
        assert "autocomplete='one-time-code'" in field
        assert "pattern" not in field
        assert "type=" not in field, "a number field throws spaces and zeros away"


def test_the_phones_own_clock_is_offered_beside_the_clinics(client: Visitor, book: Book) -> None:
    page = client.get(step_page(book(), "food")).text
    assert 'data-zone="America/New_York"' in page
    assert "On this phone’s clock: {}" in page
