"""A check-in is recorded exactly once, and what is not known keeps the wait."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from recovery.domain.notice import NoticeState
from recovery.domain.visit import VisitState
from recovery.services.reading import Stage, standing_of
from recovery.store.alerts import Alert, AlertLevel
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face
from recovery.store.visits import CheckInAnswer
from tests.addresses import flag_page
from tests.builders import NOW, a_clinic, a_patient, a_visit_at_the_door, signed_in
from tests.clock import TestClock
from tests.visitor import Visitor

KEY = "3f2a9c1e-77aa-4a10-9d1c-000000000001"
WELL = {
    "slept": "yes",
    "drowsy": "no",
    "dizzy": "no",
    "floating": "no",
    "blurred": "no",
    "sedative": "no",
    "drove": "no",
}
LEFT_AT = NOW - timedelta(minutes=10)
EARLIEST = LEFT_AT + timedelta(hours=24)


@pytest.fixture
def visit(app: Flask, client: Visitor) -> int:
    """A visit whose patient has just gone home and is signed in here."""
    with app.app_context():
        patient = a_patient(a_clinic())
        signed_in(client, Face.PATIENT, patient)
        gone: dict[str, Any] = {"state": VisitState.DISCHARGED.value, "left_at": LEFT_AT}
        return a_visit_at_the_door(patient, **gone).id


@pytest.fixture
def send(client: Visitor, visit: int) -> Callable[..., TestResponse]:
    """Send the last questions as a phone's script does."""

    def sent(
        answers: dict[str, str],
        key: str = KEY,
        said_at: datetime | str | None = None,
        check_in: str = "last-questions",
        **more: Any,
    ) -> TestResponse:
        body = {"key": key, "occasion": "", "answers": answers, **more}
        if said_at is not None:
            body["said_at"] = said_at if isinstance(said_at, str) else said_at.isoformat()
        token = client.get("/form-token").get_json()["token"]
        path = f"/me/visits/{visit}/check-ins/{check_in}"
        return client.post(path, json=body, headers={"X-CSRFToken": token})

    return sent


def stage(app: Flask, now: datetime) -> Stage:
    with app.app_context():
        return standing_of(db.session.scalars(select(Patient)).one(), now).stage


def recorded(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(CheckInAnswer.id))) or 0


def test_the_page_asks_every_question_with_a_way_to_say_not_sure(
    client: Visitor, visit: int
) -> None:
    page = client.get(f"/me/visits/{visit}/check-ins/last-questions").text
    assert f'action="/me/visits/{visit}/check-ins/last-questions"' in page
    assert page.count("<fieldset") == len(WELL)
    assert page.count("not sure") >= len(WELL)


def test_a_form_without_scripts_is_received_and_thanked(
    app: Flask, client: Visitor, visit: int
) -> None:
    page = f"/me/visits/{visit}/check-ins/last-questions"
    answer = client.submit(page, WELL | {"key": KEY, "occasion": ""})
    assert answer.location == "/me/thanks"
    assert "Received" in client.get(answer.location).text
    assert recorded(app) == 1


def test_the_same_key_twice_is_one_record_and_the_same_answer(
    app: Flask, send: Callable[..., TestResponse]
) -> None:
    first, second = send(WELL), send(WELL)
    assert first.get_json() == {"key": KEY, "again": False, "next": "/me/thanks"}
    assert second.get_json() == {"key": KEY, "again": True, "next": "/me/thanks"}
    assert recorded(app) == 1


def test_the_same_key_with_another_body_is_a_conflict(
    app: Flask, send: Callable[..., TestResponse]
) -> None:
    send(WELL)
    assert send(WELL | {"dizzy": "yes"}).status_code == 409
    assert recorded(app) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"answers": {}},
        {"answers": WELL | {"made-up": "yes"}},
        {"answers": WELL | {"dizzy": "made-up"}},
        {"answers": WELL | {"dizzy": ["yes"]}},
        {"answers": WELL, "key": "short"},
        {"answers": WELL, "key": "x" * 100},
        {"answers": WELL, "said_at": "yesterday"},
        {"answers": WELL, "said_at": "2026-03-02T10:00:00"},
        {"answers": WELL, "said_at": "9999-12-31T23:59:59-14:00"},
        {"answers": WELL, "occasion": "<script>"},
    ],
)
def test_what_is_no_answer_is_refused(
    app: Flask, send: Callable[..., TestResponse], wrong: dict[str, Any]
) -> None:
    assert send(**wrong).status_code == 422
    assert recorded(app) == 0


def test_the_wait_ends_when_time_is_over_and_all_is_well(
    app: Flask, client: Visitor, clock: TestClock, send: Callable[..., TestResponse]
) -> None:
    clock.move(to=EARLIEST + timedelta(minutes=5))
    send(WELL)
    assert stage(app, clock()) is Stage.OVER
    page = client.get("/me").text
    assert "minimum wait has ended" in page
    assert "Do not drive if you still feel any effect" in page
    assert "safe to drive" not in page


@pytest.mark.parametrize("question", ["slept", "drowsy", "dizzy", "floating", "blurred"])
def test_an_answer_of_not_sure_keeps_the_wait(
    app: Flask, clock: TestClock, send: Callable[..., TestResponse], question: str
) -> None:
    clock.move(to=EARLIEST + timedelta(minutes=5))
    send(WELL | {question: "not-sure"})
    assert stage(app, clock()) is Stage.WAIT


def test_a_sedative_keeps_the_wait_a_day_longer(
    app: Flask, client: Visitor, clock: TestClock, send: Callable[..., TestResponse]
) -> None:
    clock.move(to=EARLIEST + timedelta(minutes=5))
    send(WELL | {"sedative": "yes"})
    assert stage(app, clock()) is Stage.WAIT
    assert "Not before Wednesday" in client.get("/me").text


def test_a_symptom_reported_later_opens_the_wait_again(
    app: Flask, clock: TestClock, send: Callable[..., TestResponse]
) -> None:
    clock.move(to=EARLIEST + timedelta(minutes=5))
    send(WELL)
    clock.move(by=timedelta(hours=1))
    send(WELL | {"dizzy": "yes"}, key="another-key")
    assert stage(app, clock()) is Stage.WAIT


def test_good_news_that_waited_offline_counts_from_when_it_was_given(
    app: Flask, clock: TestClock, send: Callable[..., TestResponse]
) -> None:
    clock.move(to=EARLIEST + timedelta(hours=1))
    send(WELL, said_at=EARLIEST - timedelta(hours=1))
    assert stage(app, clock()) is Stage.WAIT


def test_an_answer_that_arrives_late_does_not_undo_what_was_said_after_it(
    app: Flask, clock: TestClock, send: Callable[..., TestResponse]
) -> None:
    clock.move(to=EARLIEST + timedelta(hours=2))
    send(WELL | {"dizzy": "yes"}, key="said-second")
    clock.move(by=timedelta(minutes=5))
    send(WELL, key="said-first", said_at=EARLIEST + timedelta(hours=1))
    assert stage(app, clock()) is Stage.WAIT


def test_bad_news_counts_as_it_arrives_whatever_the_phones_clock_says(
    app: Flask, clock: TestClock, send: Callable[..., TestResponse]
) -> None:
    clock.move(to=EARLIEST + timedelta(hours=1))
    send(WELL, key="all-is-well")
    send(WELL | {"dizzy": "yes"}, key="not-so-well", said_at="2001-01-01T00:00:00+00:00")
    assert stage(app, clock() + timedelta(seconds=1)) is Stage.WAIT


def test_who_drove_is_told_to_stop_without_blame_and_staff_get_a_task(
    app: Flask, client: Visitor, send: Callable[..., TestResponse]
) -> None:
    answer = send(WELL | {"drove": "yes"})
    assert answer.get_json()["next"] == flag_page("drove")
    assert "Thank you for telling us" in client.get(flag_page("drove")).text
    with app.app_context():
        alerts = {alert.kind: alert for alert in db.session.scalars(select(Alert))}
        assert alerts["drove"].level == AlertLevel.TASK


def test_suicidal_thoughts_in_a_check_in_alert_staff_at_once(
    app: Flask, client: Visitor, send: Callable[..., TestResponse]
) -> None:
    answers = {"mood": "suicidal", "headache": "no", "bladder": "no", "iv-site": "no"}
    answer = send(answers | {"drove-in-wait": "no"}, check_in="day-1")
    assert answer.get_json()["next"] == flag_page("suicidal")
    with app.app_context():
        alert = db.session.scalars(select(Alert).where(Alert.red_flag == "suicidal")).one()
        assert alert.level == AlertLevel.ALERT


def test_an_answer_plans_the_notices_anew(
    app: Flask, clock: TestClock, send: Callable[..., TestResponse]
) -> None:
    clock.move(to=EARLIEST + timedelta(minutes=5))
    send(WELL)
    with app.app_context():
        chosen = select(Notice).where(Notice.kind == "over", Notice.role == "patient")
        assert db.session.scalars(chosen).one().state == NoticeState.OWED


def test_a_check_in_cannot_be_replayed_under_another_account(
    app: Flask, client: Visitor, visit: int, send: Callable[..., TestResponse]
) -> None:
    with app.app_context():
        signed_in(client, Face.PATIENT, a_patient(a_clinic(name="Elsewhere")))
    assert send(WELL).status_code == 404
    assert recorded(app) == 0


def test_an_old_form_token_is_told_apart_from_a_wrong_answer(client: Visitor, visit: int) -> None:
    path = f"/me/visits/{visit}/check-ins/last-questions"
    answer = client.post(path, json={"key": KEY, "answers": WELL})
    assert (answer.status_code, answer.get_json()["error"]) == (400, "csrf")
