"""The patient's home is one screen, chosen by where the visit stands."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from recovery.domain.visit import VisitState
from recovery.store.alerts import Alert, AlertLevel
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face
from recovery.store.visits import Answer, StepDone, Visit
from recovery.web.ids import hushed
from tests.addresses import flag_page, step_page
from tests.builders import (
    NOW,
    a_clinic,
    a_patient,
    a_protocol_version,
    a_ride,
    a_visit,
    a_visit_at_the_door,
    signed_in,
)
from tests.clock import TestClock
from tests.visitor import Visitor

Book = Callable[..., int]
LEFT_AT = NOW - timedelta(minutes=10)
GONE: dict[str, Any] = {"state": VisitState.DISCHARGED.value, "left_at": LEFT_AT}
HEALTHY = {
    "chest-breath-fever": "no",
    "suicidal-before": "no",
    "psychosis-mania-before": "no",
    "fall-before": "no",
    "apnoea": "no",
    "earlier-visit": "first",
    "home-tonight": "yes",
}


@pytest.fixture
def book(app: Flask, client: Visitor) -> Book:
    """Add a signed-in patient with a visit; returns the visit's id."""

    def booked(build: Callable[..., Visit] = a_visit, **changes: Any) -> int:
        with app.app_context():
            patient = a_patient(a_clinic())
            signed_in(client, Face.PATIENT, patient)
            return build(patient, **changes).id

    return booked


def test_who_has_not_settled_is_asked_first(app: Flask, client: Visitor) -> None:
    with app.app_context():
        signed_in(client, Face.PATIENT, a_patient(a_clinic(), settled_at=None))
    assert client.get("/me").location == "/me/settle"
    wishes = {"language": "es", "wording": "discreet"}
    assert client.submit("/me/settle", wishes).location == "/me/notices/allow"
    assert '<html lang="es"' in client.get("/me").text


@pytest.mark.parametrize("wishes", [{}, {"language": "xx", "wording": "clear"}, {"language": "en"}])
def test_a_wish_that_is_none_is_asked_again(
    app: Flask, client: Visitor, wishes: dict[str, str]
) -> None:
    with app.app_context():
        signed_in(client, Face.PATIENT, a_patient(a_clinic(), settled_at=None))
    assert client.submit("/me/settle", wishes).status_code == 422


def test_nobody_enters_without_signing_in(client: Visitor) -> None:
    for page in ("/me", "/me/help", "/me/settle", "/me/notices/allow", "/me/visits/1/answers"):
        assert client.get(page).status_code == 401


def test_without_a_visit_the_home_says_so(app: Flask, client: Visitor) -> None:
    with app.app_context():
        signed_in(client, Face.PATIENT, a_patient(a_clinic()))
    assert "No visit is planned" in client.get("/me").text
    assert client.get("/me/help").status_code == 200


def test_before_the_visit_each_step_has_a_clock_time(client: Visitor, book: Book) -> None:
    book(start_at=datetime.fromisoformat("2026-03-04T11:30-05:00"))
    page = client.get("/me").text
    assert "Your visit: Wednesday, March\u00a04" in page
    assert "Be there by 11:15" in page
    assert "Not after Wednesday 5:30" in page
    assert "Notices are off on this phone" in page


def test_a_step_says_until_when_one_may_still_drink(client: Visitor, book: Book) -> None:
    visit = book(start_at=datetime.fromisoformat("2026-03-04T11:30-05:00"))
    page = client.get(step_page(visit, "water")).text
    assert "fine until 9:30" in page
    assert "on Wednesday" in page


def test_preparation_goes_on_where_it_was_left(app: Flask, client: Visitor, book: Book) -> None:
    visit = book()
    read, teach_back, health = (step_page(visit, s) for s in ("read", "teach-back", "health"))
    assert client.submit(read).location == teach_back
    assert client.submit(teach_back, {"who-drives": "other"}).location == health
    assert "Go on: Your health" in client.get("/me").text
    with app.app_context():
        assert {done.step for done in db.session.scalars(select(StepDone))} == {
            "read",
            "teach-back",
        }


def test_a_question_without_an_answer_is_asked_again(client: Visitor, book: Book) -> None:
    step = step_page(book(), "health")
    answer = client.submit(step, HEALTHY | {"apnoea": ""})
    assert answer.status_code == 422
    assert f'href="#{hushed("apnoea")}"' in answer.text
    assert client.submit(step, HEALTHY | {"apnoea": "made-up"}).status_code == 422


def test_an_answer_can_be_changed_until_the_visit(app: Flask, client: Visitor, book: Book) -> None:
    visit = book()
    step = step_page(visit, "teach-back")
    client.submit(step, {"who-drives": "self"})
    client.submit(step, {"who-drives": "other"})
    with app.app_context():
        assert db.session.scalars(select(Answer)).one().choice == "other"
    assert "Another adult" in client.get(f"/me/visits/{visit}/answers").text


def test_an_answer_that_raises_a_flag_is_a_task_for_staff(
    app: Flask, client: Visitor, book: Book
) -> None:
    client.submit(step_page(book(), "teach-back"), {"who-drives": "self"})
    with app.app_context():
        alert = db.session.scalars(select(Alert)).one()
        assert (alert.kind, alert.level) == ("flags", AlertLevel.TASK)
        assert alert.facts == {"step": "teach-back", "answers": {"who-drives": "self"}}


def test_suicidal_thoughts_in_the_preparation_show_help_at_once(
    app: Flask, client: Visitor, book: Book
) -> None:
    step = step_page(book(), "health")
    answer = client.submit(step, HEALTHY | {"suicidal-before": "yes"})
    assert answer.location == flag_page("suicidal")
    page = client.get(answer.location).text
    assert 'href="tel:988"' in page
    assert 'href="tel:911"' in page
    with app.app_context():
        levels = {alert.level for alert in db.session.scalars(select(Alert))}
        assert AlertLevel.ALERT in levels


def test_questions_of_the_last_day_are_not_asked_days_before(client: Visitor, book: Book) -> None:
    visit = book(start_at=NOW + timedelta(days=5))
    page = client.get(step_page(visit, "changed")).text
    assert "This step comes later" in page
    early = {"changed-health": "no", "changed-substance": "no", "changed-plan": "yes"}
    token = {"csrf_token": client.token("/me/settle")}
    answer = client.post(step_page(visit, "changed"), data=early | token)
    assert answer.status_code == 422


def test_once_the_visit_has_begun_the_staff_are_asked(client: Visitor, book: Book) -> None:
    visit = book(state=VisitState.ARRIVED.value, arrived_at=NOW)
    token = {"csrf_token": client.token("/me/settle")}
    answer = client.post(step_page(visit, "read"), data=token)
    assert answer.status_code == 409


def test_in_the_chair_the_page_is_calm(app: Flask, client: Visitor, book: Book) -> None:
    visit = book(state=VisitState.INFUSING.value, arrived_at=NOW, started_at=NOW, start_at=NOW)
    with app.app_context():
        a_ride(db.session.get_one(Visit, visit))
    page = client.get("/me").text
    assert "You are being looked after" in page
    assert "Do not drive." in page
    assert "Sam Rivera takes you home" in page
    assert 'data-theme="dim"' in page


def test_the_wait_says_do_not_drive_and_until_when(client: Visitor, book: Book) -> None:
    book(a_visit_at_the_door, **GONE)
    page = client.get("/me").text
    assert "Do not drive." in page
    assert "Not before Tuesday 8:50" in page
    assert "What is still open" not in page, "nothing was asked yet"
    assert "No machines and no power tools" in page
    assert "safe to drive" not in page


def test_left_before_discharge_the_wait_counts_from_the_leaving(
    client: Visitor, book: Book
) -> None:
    book(a_visit_at_the_door, **(GONE | {"state": VisitState.LEFT.value}))
    assert "Not before Tuesday 8:50" in client.get("/me").text


def test_after_the_earliest_end_the_wait_goes_on_until_the_questions_are_answered(
    client: Visitor, clock: TestClock, book: Book
) -> None:
    visit = book(a_visit_at_the_door, **GONE)
    clock.move(to=LEFT_AT + timedelta(hours=25))
    page = client.get("/me").text
    assert "Do not drive." in page
    assert "your wait goes on" in page
    assert "You have not told us yet that all effects are gone" in page
    assert f"/me/visits/{visit}/check-ins/last-questions" in page


def test_while_a_wait_goes_on_the_next_visit_can_be_prepared(
    app: Flask, client: Visitor, book: Book
) -> None:
    book(a_visit_at_the_door, **GONE)
    with app.app_context():
        patient = db.session.scalars(select(Patient)).one()
        version = db.session.scalars(select(Visit)).one().protocol_version
        following = a_visit(patient, version, start_at=NOW + timedelta(days=3)).id
    assert f"/me/visits/{following}" in client.get("/me").text
    assert "Your visit: Thursday, March\u00a05" in client.get(f"/me/visits/{following}").text


def test_somebody_elses_visit_does_not_exist(app: Flask, client: Visitor, book: Book) -> None:
    book()
    with app.app_context():
        clinic = a_clinic(name="Elsewhere")
        other = a_patient(clinic, name="Ana Other")
        theirs = a_visit(other, a_protocol_version(clinic), state=VisitState.BOOKED.value).id
    token = {"csrf_token": client.token("/me/settle")}
    for path in ("steps/" + hushed("read"), "answers", "check-ins/evening"):
        found = client.get(f"/me/visits/{theirs}/{path}")
        absent = client.get(f"/me/visits/999999/{path}")
        assert found.status_code == absent.status_code == 404
        assert found.data == absent.data
    assert client.post(step_page(theirs, "read"), data=token).status_code == 404
    assert client.get("/me/visits/99999999999/answers").status_code == 404


def test_help_gives_the_numbers_and_says_whether_somebody_watches(
    client: Visitor, clock: TestClock, book: Book
) -> None:
    book()
    page = client.get("/me/help").text
    assert 'href="tel:911"' in page
    assert "Somebody at the clinic reads this now" in page
    clock.move(by=timedelta(hours=12))
    page = client.get("/me/help").text
    assert "Nobody at the clinic reads this right now" in page
    assert "Dr. Ada Lind" in page
    assert 'href="tel:+12125550111"' in page


def test_one_tap_on_a_red_flag_is_one_alert(app: Flask, client: Visitor, book: Book) -> None:
    book(a_visit_at_the_door, **GONE)
    for _ in range(2):
        answer = client.submit("/me/help", to=flag_page("chest-pain"))
        assert answer.location == flag_page("chest-pain")
    assert "Sit down and keep still" in client.get(flag_page("chest-pain")).text
    with app.app_context():
        alert = db.session.scalars(select(Alert)).one()
        assert (alert.red_flag, alert.level) == ("chest-pain", AlertLevel.ALERT)
    assert "wants to talk with you" in client.get("/me").text


def test_a_red_flag_that_is_none_is_not_found(client: Visitor, book: Book) -> None:
    book()
    assert client.submit("/me/help", to=flag_page("made-up")).status_code == 404
    assert client.get(flag_page("made-up")).status_code == 404


def test_the_wait_screen_asks_the_database_a_fixed_number_of_times(
    app: Flask, client: Visitor, book: Book
) -> None:
    book(a_visit_at_the_door, **GONE)
    asked: list[str] = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    assert client.get("/me").status_code == 200
    assert len([words for words in asked if words.startswith("SELECT")]) <= 15
    assert not [words for words in asked if not words.startswith(("SELECT", "BEGIN"))]


def test_a_page_may_be_kept_only_under_its_own_persons_name(
    app: Flask, client: Visitor, book: Book
) -> None:
    book()
    first = client.get("/me").headers["X-Homeward-Keep"]
    for page in ("/me/help", "/offline"):
        assert client.get(page).headers["X-Homeward-Keep"] == first
    for page in ("/me/code", "/me/leave", "/code"):
        assert "X-Homeward-Keep" not in client.get(page).headers
    with app.app_context():
        signed_in(client, Face.PATIENT, a_patient(a_clinic(name="Elsewhere")))
    assert client.get("/me").headers["X-Homeward-Keep"] != first


def test_every_unanswered_question_is_named_at_once(client: Visitor, book: Book) -> None:
    step = step_page(book(), "health")
    page = client.submit(step, {"apnoea": "no"}).text
    assert f'href="#{hushed("fall-before")}"' in page
    assert f'href="#{hushed("home-tonight")}"' in page
    assert f'href="#{hushed("apnoea")}"' not in page


def test_patient_and_driver_read_the_same_time_of_pick_up(
    app: Flask, client: Visitor, book: Book
) -> None:
    begun = {"state": VisitState.INFUSING.value, "ended_at": None, "ready_at": None}
    visit = book(a_visit_at_the_door, started_at=NOW, **begun)
    with app.app_context():
        ride = a_ride(db.session.get_one(Visit, visit))
        driver = app.test_client()
        assert isinstance(driver, Visitor)
        signed_in(driver, Face.DRIVER, ride.contact)
        page = f"/driver/rides/{ride.id}"
    spoken = re.search(r"Pick-up at about (.+?)\.", driver.get(page).text)
    assert spoken is not None
    assert f"takes you home, at about {spoken[1]}." in client.get("/me").text


def test_settings_are_dim_too_while_the_wait_goes_on(client: Visitor, book: Book) -> None:
    book(a_visit_at_the_door, **GONE)
    for page in ("/me/settle", "/me/code", "/me/leave", "/me/notices/allow"):
        assert 'data-theme="dim"' in client.get(page).text, page
