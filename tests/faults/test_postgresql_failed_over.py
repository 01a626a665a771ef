"""PostgreSQL's first server is lost and its standby takes over: nothing that was kept is lost."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.clock import system_now
from recovery.store.database import db
from recovery.store.visits import CheckInAnswer
from tests.builders import a_clinic, a_patient, a_visit, saved
from tests.conftest import settings_for
from tests.databases import migrate, postgres_server
from tests.faults.crew import Crew, a_test, count, posts, unknown
from tests.faults.standby import Pair, pair_of
from tests.faults.web import Browser
from tests.notices import HOUR, a_phone
from tests.push_service import PushService
from tests.waiting import until

pytestmark = pytest.mark.kill


@pytest.fixture
def pair() -> Iterator[Pair]:
    with postgres_server() as first, pair_of(first) as both:
        yield both


@pytest.fixture
def database_url(pair: Pair, tmp_path: Path) -> str:
    url = pair.url(pair.first.create())
    migrate(settings_for(url, tmp_path))
    return url


def test_postgresql_failed_over_and_web_and_worker_go_on_with_all_that_was_kept(
    real_app: Flask, real_service: PushService, crew: Crew, pair: Pair
) -> None:
    patient = a_patient(a_clinic())
    phone = a_phone(patient, real_service, system_now())
    visit = a_visit(patient, start_at=system_now() + 5 * HOUR)
    saved(a_test(visit, "before", system_now()))
    web, worker = crew.serve(), crew.start()
    until(lambda: phone.count == 1, 30, "the notice before the loss")
    until(lambda: web.health() == 200, 30, "the worker's sign of life")
    real_service.queue_fault(delay=1, times=math.inf)
    for number in range(20):
        saved(a_test(visit, f"meanwhile-{number}", system_now()))
    until(lambda: len(real_service.posts) > 5, 30, "they are in the midst of it")
    said = CheckInAnswer(visit_id=visit.id, check_in="morning", answers={}, at=system_now())
    last_id = saved(said).id
    db.session.remove()

    pair.lose_the_first()
    answers = {page: Browser(web.port).get(page) for page in ("/healthz", "/welcome/nobody")}
    assert {answer.status for answer in answers.values()} == {503}
    assert answers["/welcome/nobody"].headers["Retry-After"] == "5"
    real_service.call(real_service.faults.clear)
    pair.promote()

    until(lambda: count("sent") == 21, 30, "the rest is sent")
    until(lambda: web.health() == 200, 30, "all is well again")
    assert db.session.scalar(select(CheckInAnswer.id)) == last_id
    sent, lost_track_of = posts(real_service), unknown()
    assert len(sent) == 21
    assert all(times <= 1 + lost_track_of[topic] for topic, times in sent.items())
    assert [one.process.poll() for one in (web, worker)] == [None, None]
