"""Keeps a commit from ending, so that a process can be killed exactly there."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg

from recovery.config import Settings
from tests.waiting import until

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


class Blocker:
    """Holds a lock; `somebody_waits` blocks until another process wants to go on and cannot."""

    def __init__(self, settings: Settings, table: str) -> None:
        self.url, self.table = settings.database_url, table

    @contextmanager
    def hold(self) -> Iterator["Blocker"]:
        """SQLite: a reader, beside whom nobody can commit. PostgreSQL: the lock of one table."""
        if self.url.startswith("sqlite"):
            file = Path(self.url.removeprefix("sqlite:///"))
            with closing(sqlite3.connect(file, isolation_level=None)) as reader:
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM clinic").fetchall()
                self._waits = lambda: file.with_name(f"{file.name}-journal").exists()
                yield self
        else:
            with psycopg.connect(self.url.replace("+psycopg", "", 1)) as holder:
                holder.execute(f"LOCK TABLE {self.table} IN ACCESS EXCLUSIVE MODE".encode())
                self._waits = lambda: self._waiting() > 0
                yield self

    def somebody_waits(self) -> None:
        """Return once a writer stands at the lock."""
        until(self._waits, 30, "a writer waits for its commit")
        time.sleep(0.3)

    def _waiting(self) -> int:
        with psycopg.connect(self.url.replace("+psycopg", "", 1), autocommit=True) as looker:
            [(count,)] = looker.execute(WAITING).fetchall()
            return int(count)
