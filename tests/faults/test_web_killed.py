"""kill −9 of the web process around its commit: no false word that it is kept, one record."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from http.client import HTTPException
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from recovery.clock import system_now
from recovery.config import Settings
from recovery.domain.visit import VisitState
from recovery.store.database import db, reading
from recovery.store.notices import Notice
from recovery.store.said import Said
from recovery.store.sign_ins import Face
from recovery.store.visits import CheckInAnswer
from tests.builders import a_clinic, a_patient, a_visit_at_the_door, signed_in
from tests.faults.blocked import Blocker
from tests.faults.crew import Crew
from tests.faults.web import Answer, Browser, WebProcess
from tests.waiting import until

pytestmark = pytest.mark.kill

WELL = dict.fromkeys(("drowsy", "dizzy", "floating", "blurred", "sedative", "drove"), "no")
SENDING = {"key": "key-of-the-page", "answers": WELL | {"slept": "yes"}}
BROKEN_OFF = (OSError, HTTPException)


@pytest.fixture
def home(real_app: Flask) -> tuple[str, str]:
    """Where somebody who has just gone home answers, and the cookie of their phone."""
    now = system_now()
    patient = a_patient(a_clinic())
    gone: dict[str, Any] = {
        "state": VisitState.DISCHARGED.value,
        "start_at": now - timedelta(hours=4),
        "arrived_at": now - timedelta(hours=4),
        "started_at": now - timedelta(hours=3),
        "ended_at": now - timedelta(hours=2),
        "ready_at": now - timedelta(hours=1),
        "left_at": now - timedelta(minutes=10),
    }
    visit = a_visit_at_the_door(patient, **gone)
    cookie = signed_in(real_app.test_client(), Face.PATIENT, patient, now).get_cookie(
        "homeward-patient"
    )
    assert cookie is not None
    path = f"/me/visits/{visit.id}/check-ins/last-questions"
    db.session.remove()
    return path, cookie.value


def kept() -> dict[str, int]:
    """How much of an answer is in the database: it, what it means, and what is owed for it."""
    tables: dict[str, Any] = {"said": Said, "answers": CheckInAnswer, "notices": Notice}
    with reading():
        found = {
            name: db.session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in tables.items()
        }
        db.session.rollback()
    return found


@pytest.fixture
def phone() -> Iterator[ThreadPoolExecutor]:
    """What waits for the answer while the test goes on."""
    with ThreadPoolExecutor(1) as thread:
        yield thread


def filled_in(web: WebProcess, home: tuple[str, str]) -> Callable[[], Answer]:
    """All that is left is to press the button."""
    path, cookie = home
    browser = Browser(web.port, {"homeward-patient": cookie})
    return partial(browser.send, path, SENDING, browser.token())


def sent_again(crew: Crew, home: tuple[str, str]) -> Any:
    """The same answers, under the same key, to a web process that was started anew."""
    answer = filled_in(crew.serve(), home)()
    assert answer.status == 200
    return answer.json


def test_web_killed_before_the_commit_says_nothing_and_the_phone_sends_again(
    settings: Settings, crew: Crew, home: tuple[str, str], phone: ThreadPoolExecutor
) -> None:
    web = crew.serve()
    press = filled_in(web, home)
    with Blocker(settings, "audit").hold() as blocker:
        answer = phone.submit(press)
        blocker.somebody_waits()
        web.kill()
    assert isinstance(answer.exception(), BROKEN_OFF)
    assert kept() == {"said": 0, "answers": 0, "notices": 0}
    assert sent_again(crew, home)["again"] is False
    assert (kept()["said"], kept()["answers"]) == (1, 1)


def test_web_killed_after_the_commit_before_the_answer_is_one_record(
    crew: Crew, home: tuple[str, str], phone: ThreadPoolExecutor
) -> None:
    web = crew.serve()
    web.held_back.touch()
    answer = phone.submit(filled_in(web, home))
    until(lambda: kept()["said"] == 1, 30, "the commit")
    web.kill()
    assert isinstance(answer.exception(), BROKEN_OFF)
    once = kept()
    assert once["notices"] > 0
    assert sent_again(crew, home)["again"] is True
    assert kept() == once
