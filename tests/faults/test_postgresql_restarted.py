"""PostgreSQL is stopped and started again under web and worker: nothing kept is lost."""

import math
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.clock import system_now
from recovery.store.database import db
from recovery.store.visits import CheckInAnswer
from tests.builders import a_clinic, a_patient, a_visit, saved
from tests.conftest import settings_for
from tests.databases import Postgres, migrate, postgres_server
from tests.faults.crew import Crew, a_test, count, posts, unknown
from tests.faults.web import Browser
from tests.notices import HOUR, a_phone
from tests.push_service import PushService
from tests.waiting import until

pytestmark = pytest.mark.kill


class Server:
    """A PostgreSQL server of the test's own, which it may stop and start by PostgreSQL's tool."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres, self._folder = postgres, Path(postgres.server.pgdata)
        self._options = (self._folder / "postmaster.opts").read_text().split(maxsplit=1)[1]
        postgres.be_careful()

    @contextmanager
    def away(self, how: str) -> Iterator[None]:
        """Stop it, and start it again as it was started at first, until it takes connections.

        `fast` ends every connection; `immediate` is what a crash leaves behind.
        """
        self._tool("-m", how, "stop")
        try:
            yield
        finally:
            self._tool("-o", self._options, "-l", str(self._folder / "again.log"), "start")
            self._postgres.server.ensure_postgres_running()  # It notes who is to be stopped.

    def _tool(self, *words: str) -> None:
        owner = self._folder.stat()
        as_owner = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
        subprocess.run(
            [str(self._postgres.tools / "pg_ctl"), "-w", "-D", str(self._folder), *words],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            **as_owner,
        )


@pytest.fixture(scope="module")
def own() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def server(own: Postgres) -> Server:
    return Server(own)


@pytest.fixture
def database_url(own: Postgres, tmp_path: Path) -> Iterator[str]:
    name = own.create()
    migrate(settings_for(own.url(name), tmp_path))
    yield own.url(name)
    own.drop(name)


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_postgresql_restarted_and_web_and_worker_go_on_with_all_that_was_kept(
    real_app: Flask, real_service: PushService, crew: Crew, server: Server, how: str
) -> None:
    patient = a_patient(a_clinic())
    phone = a_phone(patient, real_service, system_now())
    visit = a_visit(patient, start_at=system_now() + 5 * HOUR)
    saved(a_test(visit, "before", system_now()))
    web, worker = crew.serve(), crew.start()
    until(lambda: phone.count == 1, 30, "the notice before the restart")
    until(lambda: web.health() == 200, 30, "the worker's sign of life")
    real_service.queue_fault(delay=1, times=math.inf)
    for number in range(20):
        saved(a_test(visit, f"meanwhile-{number}", system_now()))
    until(lambda: len(real_service.posts) > 5, 30, "they are in the midst of it")
    last = saved(CheckInAnswer(visit_id=visit.id, check_in="morning", answers={}, at=system_now()))
    last_id = last.id
    db.session.remove()

    with server.away(how):
        answers = {page: Browser(web.port).get(page) for page in ("/healthz", "/welcome/nobody")}
        assert {answer.status for answer in answers.values()} == {503}
        assert answers["/welcome/nobody"].headers["Retry-After"] == "5"
        real_service.call(real_service.faults.clear)

    until(lambda: count("sent") == 21, 30, "the rest is sent")
    until(lambda: web.health() == 200, 30, "all is well again")
    assert db.session.scalar(select(CheckInAnswer.id)) == last_id
    sent, lost_track_of = posts(real_service), unknown()
    assert len(sent) == 21
    assert all(times <= 1 + lost_track_of[topic] for topic, times in sent.items())
    assert [one.process.poll() for one in (web, worker)] == [None, None]
