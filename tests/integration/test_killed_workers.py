"""Real worker processes that are killed, stopped and restarted: nothing owed is lost."""

import math
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from recovery import create_app
from recovery.clock import system_now
from recovery.config import Settings
from recovery.services.planning import TEST
from recovery.store.database import db, reading
from recovery.store.notices import Attempt, Notice
from recovery.store.visits import Visit
from recovery.worker.loop import MOST_OUT
from tests.builders import a_clinic, a_patient, a_protocol_version, saved
from tests.notices import HOUR, a_discharged_visit, a_phone, notice_row
from tests.push_service import PushService
from tests.waiting import until
from tests.workers import WorkerProcess

pytestmark = pytest.mark.kill

PEOPLE, EACH, KILLS = 25, 20, 6


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The app by the machine's clock, as the worker processes read it."""
    app = create_app(settings)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def service() -> Iterator[PushService]:
    with PushService() as running:
        yield running


@pytest.fixture
def crew(settings: Settings, tmp_path: Path) -> Iterator["Crew"]:
    crew = Crew(settings, tmp_path)
    yield crew
    crew.dismiss()


class Crew:
    """Starts workers, and leaves none behind."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.folder = settings, folder
        self.all: list[WorkerProcess] = []

    def start(self) -> WorkerProcess:
        worker = WorkerProcess(self.settings, self.folder / f"worker-{len(self.all)}.log")
        self.all.append(worker)
        return worker

    def dismiss(self) -> None:
        for worker in self.all:
            if worker.process.poll() is None:
                worker.kill()


def owe(service: PushService, people: int, each: int) -> None:
    """Owe each of `people` one planned notice and test notices, `each` in all, due now."""
    now = system_now()
    clinic = a_clinic()
    version = a_protocol_version(clinic)
    for person in range(people):
        patient = a_patient(clinic)
        a_phone(patient, service, now)
        visit = a_discharged_visit(patient, now, version=version)
        db.session.add_all(a_test(visit, f"{person}/{number}", now) for number in range(1, each))
    later = update(Notice).where(Notice.next_at.is_not(None), Notice.due_at > now)
    db.session.execute(later.values(next_at=None))
    db.session.commit()


def a_test(visit: Visit, occasion: str, now: datetime) -> Notice:
    """A test notice: as long as it is useful it stays true, whatever is planned."""
    useful = {"due_at": now, "next_at": now, "not_after": now + HOUR, "created_at": now}
    return notice_row(visit, TEST, occasion, **useful)


def count(state: str) -> int:
    with reading():
        found = db.session.scalar(select(func.count()).where(Notice.state == state))
        db.session.rollback()
    return found or 0


def unknown() -> Counter[str]:
    """How many attempts of each topic ended with nobody to write the outcome down."""
    with reading():
        rows = db.session.execute(
            select(Notice.topic, func.count())
            .join(Attempt, Attempt.notice_id == Notice.id)
            .where(Attempt.outcome == "")
            .group_by(Notice.topic)
        ).all()
        db.session.rollback()
    return Counter(dict(rows))


def posts(service: PushService) -> Counter[str]:
    return Counter(post.headers["topic"] for post in list(service.posts))


def test_five_hundred_notices_survive_workers_that_are_killed_at_random(
    app: Flask, service: PushService, crew: Crew
) -> None:
    owe(service, PEOPLE, EACH)
    service.queue_fault(delay=0.15, times=math.inf)
    workers = [crew.start(), crew.start()]
    until(lambda: service.posts, what="the first POST")
    for _ in range(KILLS):
        time.sleep(random.uniform(0.1, 0.6))
        victim = random.randrange(2)
        workers[victim].kill()
        workers[victim] = crew.start()
    service.call(service.faults.clear)
    until(lambda: count("sent") == PEOPLE * EACH, within=60, what="all are sent")
    assert [worker.end() for worker in workers] == [0, 0]
    sent, lost_track_of = posts(service), unknown()
    assert len(sent) == PEOPLE * EACH
    for topic, times in sent.items():
        assert times <= 1 + min(lost_track_of[topic], KILLS)
    extras = sent.total() - len(sent)
    assert extras <= lost_track_of.total() <= KILLS * MOST_OUT
    assert {post.status for post in service.posts} == {201}


def test_a_worker_told_to_stop_finishes_what_it_began_and_leaves_the_rest(
    app: Flask, service: PushService, crew: Crew
) -> None:
    owe(service, 5, 16)
    service.queue_fault(delay=1, times=math.inf)
    worker = crew.start()
    until(lambda: service.posts, what="the first POST")
    assert worker.end() == 0
    assert unknown().total() == 0
    begun = len(service.posts)
    assert count("sent") == begun < 80
    service.call(service.faults.clear)
    crew.start()
    until(lambda: count("sent") == 80, what="the next worker sends the rest")
    assert len(service.posts) == 80


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_worker_that_stood_still_is_replaced_and_its_late_outcome_fenced_off(
    app: Flask, service: PushService, crew: Crew
) -> None:
    owe(service, 1, 1)
    service.queue_fault(delay=2)
    stopped = crew.start()
    until(lambda: service.posts, what="the first POST")
    stopped.stand_still()
    ten_minutes_pass()
    crew.start()
    until(lambda: count("sent") == 1, what="the replacement sends")
    time.sleep(2)
    stopped.go_on()
    until(lambda: "fenced off" in stopped.said, what="the late outcome is dropped")
    assert len(service.posts) == 2
    assert len(posts(service)) == 1


def ten_minutes_pass() -> None:
    """Let every lease be over, as it would be by then."""
    over = system_now() - timedelta(minutes=9)
    db.session.execute(
        update(Notice).where(Notice.lease_until.is_not(None)).values(lease_until=over, next_at=over)
    )
    db.session.commit()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_worker_whose_database_went_away_goes_on_when_it_is_back(
    app: Flask, service: PushService, crew: Crew
) -> None:
    owe(service, 1, 1)
    worker = crew.start()
    until(lambda: count("sent") == 1, what="the first notice is sent")
    visit = db.session.scalars(select(Visit)).one()
    others = "pid <> pg_backend_pid() AND datname = current_database()"
    for _ in range(5):
        db.session.execute(
            text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        )
        db.session.commit()
        time.sleep(0.1)
    saved(a_test(visit, "afterwards", system_now()))
    until(lambda: count("sent") == 2, within=30, what="the next notice is sent")
    assert worker.process.poll() is None
