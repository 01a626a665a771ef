"""Two PostgreSQL servers: one that takes what is written, and a standby that has all of it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.databases import Postgres
from tests.waiting import until

SYNCHRONOUS = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"


class Pair:
    """The first server and its standby; a commit is answered only once both have it."""

    def __init__(self, first: Postgres, folder: Path) -> None:
        self.first, self._folder, self._data = first, folder, folder / "standby"
        self._owner = Path(first.server.pgdata).stat()
        os.chown(folder, self._owner.st_uid, self._owner.st_gid)
        first.be_careful()
        here = ["--host", first.server.pgdata, "--username", "postgres"]
        self._tool("pg_basebackup", *here, "--pgdata", self._data, "--write-recovery-conf")
        self._control("-o", f"-h '' -k {folder}", "-l", folder / "log", "start")
        with first.connect() as connection:
            connection.execute(b"ALTER SYSTEM SET synchronous_standby_names = '*'")
            connection.execute(b"SELECT pg_reload_conf()")
            until(lambda: connection.execute(SYNCHRONOUS.encode()).fetchone() == (1,), 20)

    def url(self, name: str) -> str:
        """A database of both, as an operator names it: whichever takes what is written."""
        hosts = f"{self.first.server.pgdata},{self._folder}"
        return f"postgresql+psycopg://postgres@/{name}?host={hosts}&port=5432,5432"

    @contextmanager
    def handover(self) -> Iterator[None]:
        """Lose the first, as the loss of its machine would leave it, then let the standby lead."""
        self._tool("pg_ctl", "-D", self.first.server.pgdata, "-m", "immediate", "stop")
        yield
        self._control("promote")

    def stop(self) -> None:
        """Stop the standby."""
        self._control("-m", "immediate", "stop")

    def _control(self, *words: str | Path) -> None:
        self._tool("pg_ctl", "-w", "-D", self._data, *words)

    def _tool(self, name: str, *words: str | Path) -> None:
        owner = self._owner
        as_owner = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
        subprocess.run(
            [self.first.tools / name, *words],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            **as_owner,
        )


@contextmanager
def pair_of(first: Postgres) -> Iterator[Pair]:
    """Give a server a standby for a while, in a short-lived folder that its user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="homeward-standby-"))
    try:
        pair = Pair(first, folder)
        yield pair
        pair.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
