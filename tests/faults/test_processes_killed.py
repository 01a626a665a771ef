"""Real worker processes that are killed, stopped and restarted: nothing owed is lost."""

import math
import os
import random
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from recovery.clock import system_now
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.visits import Visit
from recovery.worker.lanes import MOST_OUT
from tests.builders import saved
from tests.faults.crew import Crew, a_test, count, owe, posts, unknown
from tests.push_service import PushService
from tests.waiting import until
from tests.workers import WorkerProcess, children_of

pytestmark = pytest.mark.kill

PEOPLE, EACH, KILLS = 25, 20, 6


@pytest.fixture
def app(real_app: Flask) -> Flask:
    return real_app


@pytest.fixture
def service(real_service: PushService) -> PushService:
    return real_service


def test_kill_9_at_random_and_500_notices_arrive_with_one_extra_each_at_most(
    app: Flask, service: PushService, crew: Crew
) -> None:
    owe(service, PEOPLE, EACH)
    service.queue_fault(delay=0.15, times=math.inf)
    workers = [crew.start(), crew.start()]
    until(lambda: service.posts, 60, "the first POST")
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


def test_rolling_restart_finishes_what_was_begun_and_leaves_the_rest(
    app: Flask, service: PushService, crew: Crew
) -> None:
    owe(service, 5, 16)
    service.queue_fault(delay=1, times=math.inf)
    worker = crew.start()
    until(lambda: service.posts, 60, "the first POST")
    assert worker.end() == 0
    assert unknown().total() == 0
    begun = len(service.posts)
    assert count("sent") == begun < 80
    service.call(service.faults.clear)
    crew.start()
    until(lambda: count("sent") == 80, what="the next worker sends the rest")
    assert len(service.posts) == 80


def test_sigstop_after_the_claim_and_the_late_outcome_is_fenced_off(
    app: Flask, service: PushService, crew: Crew
) -> None:
    owe(service, 1, 1)
    service.queue_fault(delay=2)
    stopped = crew.start()
    until(lambda: service.posts, 60, "the first POST")
    stand_still_without_the_lock(stopped)
    ten_minutes_pass()
    crew.start()
    until(lambda: count("sent") == 1, what="the replacement sends")
    time.sleep(2)
    stopped.go_on()
    until(lambda: "fenced off" in stopped.said, what="the late outcome is dropped")
    assert len(service.posts) == 2
    assert len(posts(service)) == 1


def test_sigstop_before_anything_left_and_it_sends_nothing_once_it_goes_on(
    app: Flask, service: PushService, crew: Crew
) -> None:
    """Its connection opens while it stands still, and would carry the notice once more."""
    owe(service, 1, 1)
    service.stop()
    with nobody_is_let_in(service.port):
        stopped = crew.start()
        until(lambda: unknown().total() == 1, what="the attempt is recorded")
        stand_still_without_the_lock(stopped)
    service.start()
    ten_minutes_pass()
    crew.start()
    until(lambda: count("sent") == 1, what="the replacement sends")
    stopped.go_on()
    until(lambda: "fenced off" in stopped.said, what="the late outcome is dropped")
    assert len(service.posts) == 1


@contextmanager
def nobody_is_let_in(port: int) -> Iterator[None]:
    """Hold a port whose queue is full: whoever connects is kept waiting, and asks again."""
    with (
        socket.create_server(("127.0.0.1", port), backlog=0),
        socket.create_connection(("127.0.0.1", port)),
    ):
        yield


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_post_room_killed_or_standing_still_and_all_notices_arrive(
    app: Flask, service: PushService, crew: Crew, sent: signal.Signals
) -> None:
    owe(service, 4, 5)
    service.queue_fault(delay=2, times=math.inf)
    worker = crew.start()
    until(lambda: service.posts, 60, "the first POST")
    [post_room] = children_of(worker.process.pid)
    os.kill(post_room, sent)
    service.call(service.faults.clear)
    until(lambda: count("sent") == 20, within=90, what="all are sent")
    assert "The post room ended" in worker.said
    assert worker.end() == 0
    assert max(posts(service).values()) <= 2


def test_kill_9_of_a_worker_ends_its_post_room(
    app: Flask, service: PushService, crew: Crew
) -> None:
    owe(service, 1, 1)
    service.queue_fault(delay=30)
    worker = crew.start()
    until(lambda: service.posts, what="the POST")
    [post_room] = children_of(worker.process.pid)
    worker.kill()
    until(lambda: not Path(f"/proc/{post_room}/cmdline").exists(), what="it has ended")


def stand_still_without_the_lock(worker: WorkerProcess) -> None:
    """Stop it while it waits for the network. One that is stopped while it holds SQLite's only
    lock keeps everybody out until it goes on or is killed."""

    def stopped() -> bool:
        worker.stand_still()
        try:
            db.session.execute(text("UPDATE clinic SET name = name"))
            db.session.commit()
        except OperationalError:
            db.session.rollback()
            worker.go_on()
            return False
        return True

    until(stopped, 60, "it is stopped outside of a transaction")


def ten_minutes_pass() -> None:
    """Let every lease be over, as it would be by then."""
    over = system_now() - timedelta(minutes=9)
    db.session.execute(
        update(Notice).where(Notice.lease_until.is_not(None)).values(lease_until=over, next_at=over)
    )
    db.session.commit()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_all_connections_to_postgresql_are_cut_and_the_worker_goes_on(
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
