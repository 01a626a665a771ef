"""PostgreSQL is stopped and started again under web and worker: nothing kept is lost."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import settings_for
from tests.databases import Postgres, migrate, postgres_server
from tests.faults.crew import Crew
from tests.faults.lost_database import all_that_was_kept_goes_on
from tests.push_service import PushService

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
    all_that_was_kept_goes_on(crew, real_service, server.away(how))
