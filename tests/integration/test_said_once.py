"""What waited on a phone: taken exactly once, at its true time, undoing nothing."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from recovery.domain.visit import VisitState
from recovery.services.alerts import resolve_alert
from recovery.services.reading import Stage, standing_of
from recovery.store.alerts import Alert
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.said import Said
from recovery.store.sign_ins import Face
from recovery.store.visits import Answer, CheckInAnswer, StepDone, Visit
from tests.addresses import flag_page, step_page
from tests.builders import (
    NOW,
    a_clinic,
    a_patient,
    a_staff,
    a_visit,
    a_visit_at_the_door,
    signed_in,
)
from tests.clock import TestClock
from tests.front_desk import Desk
from tests.visitor import Visitor

HOUR = timedelta(hours=1)
LEFT_AT = NOW - timedelta(minutes=10)
EARLIEST = LEFT_AT + 24 * HOUR
WELL = dict.fromkeys(("drowsy", "dizzy", "floating", "blurred", "sedative", "drove"), "no")
WELL |= {"slept": "yes"}
HEALTH = ("chest-breath-fever", "suicidal-before", "psychosis-mania-before", "fall-before")
HEALTHY = dict.fromkeys(HEALTH, "no") | {"apnoea": "no", "earlier-visit": "first"}

Send = Callable[..., TestResponse]


@pytest.fixture
def send(client: Visitor) -> Send:
    """Send from the phone's queue, as its script does."""

    def sent(path: str, answers: dict[str, str], key: str = "key-of-the-page", **more: Any) -> Any:
        body = {"key": key, "answers": answers}
        body |= {n: v.isoformat() if isinstance(v, datetime) else v for n, v in more.items()}
        token = client.get("/form-token").get_json()["token"]
        return client.post(path, json=body, headers={"X-CSRFToken": token})

    return sent


@pytest.fixture
def home(app: Flask, client: Visitor) -> int:
    """The visit of a signed-in patient who has just gone home."""
    with app.app_context():
        patient = a_patient(a_clinic())
        signed_in(client, Face.PATIENT, patient)
        gone: dict[str, Any] = {"state": VisitState.DISCHARGED.value, "left_at": LEFT_AT}
        return a_visit_at_the_door(patient, **gone).id


@pytest.fixture
def booked(app: Flask, client: Visitor) -> int:
    """A visit that a signed-in patient prepares for, tomorrow."""
    with app.app_context():
        patient = a_patient(a_clinic())
        signed_in(client, Face.PATIENT, patient)
        return a_visit(patient, start_at=NOW + 24 * HOUR).id


def count(app: Flask, what: Any) -> int:
    with app.app_context():
        return int(db.session.scalar(select(func.count(what.id))) or 0)


def one(app: Flask, what: Any) -> Any:
    with app.app_context():
        return db.session.scalars(select(what)).one()


def last_questions(visit: int) -> str:
    return f"/me/visits/{visit}/check-ins/last-questions"


def teach_back(visit: int) -> str:
    return step_page(visit, "teach-back")


def drives(app: Flask) -> str:
    return str(one(app, Answer).choice)


def test_phone_26_a_check_in_with_the_same_key_twice_is_one_record(
    app: Flask, home: int, send: Send
) -> None:
    first, second = (send(last_questions(home), WELL).get_json() for _ in range(2))
    assert (first["again"], second["again"]) == (False, True)
    assert first | {"again": True} == second
    assert (count(app, Said), count(app, CheckInAnswer)) == (1, 1)


def test_phone_26_a_step_with_the_same_key_twice_is_one_record(
    app: Flask, booked: int, send: Send
) -> None:
    path = teach_back(booked)
    send(path, {"who-drives": "self"})
    assert send(path, {"who-drives": "self"}).get_json()["key"] == "key-of-the-page"
    assert (count(app, Said), count(app, StepDone), count(app, Alert)) == (1, 1, 1)


def test_phone_26_a_red_flag_with_the_same_key_twice_is_one_alert(
    app: Flask, home: int, send: Send
) -> None:
    for _ in range(2):
        answer = send(flag_page("chest-pain"), {}, visit=str(home))
        assert answer.get_json()["next"] == flag_page("chest-pain")
    assert (count(app, Said), count(app, Alert)) == (1, 1)


def test_phone_27_the_same_key_with_another_body_is_a_conflict_and_both_are_shown(
    app: Flask, home: int, send: Send
) -> None:
    send(last_questions(home), WELL)
    answer = send(last_questions(home), WELL | {"dizzy": "yes"})
    assert answer.status_code == 409
    assert ["Do you feel dizzy?", "No"] in answer.get_json()["before"]
    assert count(app, CheckInAnswer) == 1


def test_phone_27_without_scripts_a_page_shows_both_and_sends_the_new_ones_too(
    app: Flask, client: Visitor, home: int
) -> None:
    path = last_questions(home)
    client.submit(path, WELL | {"key": "key-of-the-page"})
    token = client.token(path)
    new = WELL | {"dizzy": "yes", "key": "key-of-the-page", "csrf_token": token}
    page = client.post(path, data=new)
    assert page.status_code == 409
    assert "You sent other answers before" in page.text
    both = re.findall(r"<dt>Do you feel dizzy\?</dt><dd>(\w+)</dd>", page.text)
    assert both == ["No", "Yes"]
    hidden = page.text.split('name="key" value="')[1].split('"')[0]
    assert client.post(path, data=new | {"key": hidden}).location == "/me/thanks"
    assert count(app, CheckInAnswer) == 2


@contextmanager
def nothing_is_kept() -> Iterator[None]:
    """The disk is full: every commit fails."""

    def fail(_session: Session) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk full"))

    event.listen(Session, "before_commit", fail)
    try:
        yield
    finally:
        event.remove(Session, "before_commit", fail)


def test_phone_51_without_a_commit_no_key_is_echoed_and_no_page_says_received(
    client: Visitor, home: int, send: Send
) -> None:
    token = client.token(last_questions(home))
    with nothing_is_kept():
        red_flag = send(flag_page("chest-pain"), {}, visit=str(home))
        check_in = send(last_questions(home), WELL, "another-key")
        plain = client.post(last_questions(home), data=WELL | {"csrf_token": token})
    for answer in (red_flag, check_in, plain):
        assert answer.status_code == 503
        assert "key" not in (answer.get_json(silent=True) or {})
        assert "Received" not in answer.text
    assert plain.location is None


def test_phone_51_a_step_is_echoed_only_after_the_commit(booked: int, send: Send) -> None:
    with nothing_is_kept():
        answer = send(teach_back(booked), {"who-drives": "self"})
    assert answer.status_code == 503
    assert "key" not in (answer.get_json(silent=True) or {})
    assert send(teach_back(booked), {"who-drives": "self"}).get_json()["again"] is False


def test_a_key_that_was_used_for_another_page_is_a_conflict(
    app: Flask, home: int, send: Send
) -> None:
    send(last_questions(home), WELL)
    assert send(flag_page("chest-pain"), {}, visit=str(home)).status_code == 409
    assert count(app, Alert) == 0


def test_what_another_person_left_on_this_phone_is_not_taken_for_them(
    app: Flask, client: Visitor, home: int, send: Send
) -> None:
    page = client.get("/me").text
    whose = page.split('data-whose="')[1].split('"')[0]
    with app.app_context():
        other = a_patient(a_clinic(name="Elsewhere"))
        a_visit_at_the_door(other, state=VisitState.DISCHARGED.value, left_at=LEFT_AT)
        signed_in(client, Face.PATIENT, other)
    assert send(flag_page("chest-pain"), {}, whose=whose).status_code == 403
    assert send(flag_page("chest-pain"), {}, visit=str(home)).status_code == 404
    assert send(last_questions(home), WELL).status_code == 404
    assert (count(app, Said), count(app, Alert)) == (0, 0)


@pytest.mark.parametrize("visit", ["0", "x", "²", "9" * 30, "-1", "9999999999"])
def test_a_red_flag_about_no_visit_of_ours_is_not_found(
    app: Flask, home: int, send: Send, visit: str
) -> None:
    assert send(flag_page("chest-pain"), {}, visit=visit).status_code == 404
    assert count(app, Alert) == 0


def test_staff_read_when_a_red_flag_that_waited_was_said(
    app: Flask, desk: Desk, clock: TestClock, send: Send, home: int
) -> None:
    clock.move(by=5 * HOUR)
    phone = clock() + timedelta(days=365)
    send(
        flag_page("chest-pain"),
        {},
        said_at=phone - 4 * HOUR,
        sent_at=phone,
        given_at=NOW,
    )
    with app.app_context():
        alert = db.session.scalars(select(Alert)).one()
        assert alert.raised_at == clock()
        assert datetime.fromisoformat(alert.facts["said_at"]) == clock() - 4 * HOUR
        visit = db.session.get_one(Visit, home)
        nurse = a_staff(visit.clinic, email="late@clinic.example")
        signed_in(desk.client, Face.STAFF, nurse, clock())
    page = desk.client.get("/staff/").text.replace("\u202f", " ")
    assert "Said by the patient on Monday 10:00 AM, without a connection." in page


def test_a_red_flag_that_staff_have_settled_is_not_opened_by_the_same_sending(
    app: Flask, home: int, send: Send, clock: TestClock
) -> None:
    send(flag_page("chest-pain"), {})
    with app.app_context():
        alert = db.session.scalars(select(Alert)).one()
        nurse = a_staff(db.session.get_one(Visit, home).clinic)
        resolve_alert(db.session.get_one(Staff, nurse.id), alert.id, "Called.", clock())
    send(flag_page("chest-pain"), {})
    assert one(app, Alert).resolved_at is not None
    clock.move(by=timedelta(minutes=1))
    send(flag_page("chest-pain"), {}, key="pressed-again")
    assert one(app, Alert).resolved_at is None


def test_the_page_of_a_red_flag_says_saved_only_when_it_is(client: Visitor, home: int) -> None:
    assert "saved for your clinic" not in client.get(flag_page("chest-pain")).text
    client.submit("/me/help", to=flag_page("chest-pain"))
    assert "saved for your clinic" in client.get(flag_page("chest-pain")).text


def test_a_step_answered_offline_undoes_nothing_that_was_said_after_it(
    app: Flask, booked: int, send: Send, clock: TestClock
) -> None:
    clock.move(by=HOUR)
    send(teach_back(booked), {"who-drives": "other"}, "said-second", said_at=clock())
    clock.move(by=HOUR)
    early = {"said_at": clock() - 90 * timedelta(minutes=1), "sent_at": clock()}
    send(teach_back(booked), {"who-drives": "self"}, "said-first", **early)
    assert drives(app) == "other"
    assert count(app, Said) == 2


def test_two_answers_that_waited_keep_their_order(
    app: Flask, booked: int, send: Send, clock: TestClock
) -> None:
    clock.move(by=3 * HOUR)
    for hours, choice in ((2, "self"), (1, "other")):
        said = {"said_at": clock() - hours * HOUR, "sent_at": clock()}
        send(teach_back(booked), {"who-drives": choice}, f"said-{hours}-hours-ago", **said)
    assert drives(app) == "other"


def test_good_news_after_bad_news_counts_though_both_waited(
    app: Flask, home: int, send: Send, clock: TestClock
) -> None:
    clock.move(to=EARLIEST + 4 * HOUR)
    for hours, answers in ((3, WELL | {"dizzy": "yes"}), (1, WELL)):
        said = {"said_at": clock() - hours * HOUR, "sent_at": clock()}
        send(last_questions(home), answers, f"said-{hours}-hours-ago", **said)
        clock.move(by=timedelta(seconds=1))
    with app.app_context():
        patient = db.session.scalars(select(Patient)).one()
        assert standing_of(patient, clock()).stage is Stage.OVER


def test_a_step_said_before_the_visit_began_is_taken_when_it_arrives_later(
    app: Flask, booked: int, send: Send, clock: TestClock
) -> None:
    arrived(app, booked, NOW + HOUR)
    clock.move(to=NOW + 2 * HOUR)
    late = {"said_at": NOW + timedelta(minutes=30), "sent_at": clock()}
    assert send(teach_back(booked), {"who-drives": "self"}, **late).status_code == 200
    assert drives(app) == "self"
    assert one(app, Alert).kind == "flags"


def test_a_step_said_after_the_visit_began_is_refused_in_words(
    app: Flask, booked: int, send: Send, clock: TestClock
) -> None:
    arrived(app, booked, NOW + HOUR)
    clock.move(to=NOW + 2 * HOUR)
    answer = send(teach_back(booked), {"who-drives": "self"})
    assert answer.status_code == 409
    assert answer.get_json()["advice"] == "Your visit has begun. Please tell the staff."
    assert (count(app, Said), count(app, Answer)) == (0, 0)


def test_a_red_flag_in_a_step_is_heard_even_when_the_visit_has_begun(
    app: Flask, booked: int, send: Send, clock: TestClock
) -> None:
    arrived(app, booked, NOW + HOUR)
    clock.move(to=NOW + 2 * HOUR)
    answers = HEALTHY | {"suicidal-before": "yes", "home-tonight": "yes"}
    answer = send(step_page(booked, "health"), answers)
    assert answer.get_json()["next"] == flag_page("suicidal")
    assert one(app, Alert).kind == "suicidal"
    assert count(app, Answer) == 0


def arrived(app: Flask, visit_id: int, when: datetime) -> None:
    with app.app_context():
        visit = db.session.get_one(Visit, visit_id)
        visit.state, visit.arrived_at = VisitState.ARRIVED.value, when
        db.session.commit()
