"""The database: how rows, times and transactions behave alike on SQLite and PostgreSQL."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Final

from flask import Flask, g, has_app_context
from flask_sqlalchemy import SQLAlchemy
from psycopg.errors import ReadOnlySqlTransaction
from sqlalchemy import JSON, Connection, DateTime, Dialect, MetaData, event, types
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, registry

# Before this SQLite, several processes that write can lose pages when the WAL is reset.
FIRST_SAFE_WAL: Final = (3, 51, 3)
# Seconds that a statement waits for a lock, or for a connection, before the answer is 503.
LOCK_WAIT: Final = 5
# Seconds that PostgreSQL waits for the next statement of a transaction before it ends it.
IDLE_WAIT: Final = 30


class UtcDateTime(types.TypeDecorator[datetime]):
    """A point in time: stored as UTC, always read back aware.

    SQLite drops offsets, so a naive value would silently change its meaning: it is refused.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"A time without a zone cannot be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _values(kind: type[Enum]) -> list[str]:
    return [str(member.value) for member in kind]


class Base(DeclarativeBase):
    """What every model inherits; enums are stored as their values, in plain text columns."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    registry = registry(
        metadata=metadata,
        type_annotation_map={
            datetime: UtcDateTime(),
            dict[str, Any]: JSON(),
            list[Any]: JSON(),
            Enum: types.Enum(
                Enum,
                native_enum=False,
                create_constraint=False,
                length=40,
                validate_strings=True,
                values_callable=_values,
            ),
        },
    )


db = SQLAlchemy(model_class=Base)


def engine_options(url: str) -> dict[str, Any]:
    """Bounded waits, so that a locked or lost database is a quick 503 and not a hung page; and
    errors that do not repeat, in the log, the names and numbers that were to be written."""
    if url.startswith("sqlite"):
        return {
            "hide_parameters": True,
            "pool_timeout": LOCK_WAIT,
            "connect_args": {"timeout": LOCK_WAIT},
        }
    return {
        "hide_parameters": True,
        "pool_timeout": LOCK_WAIT,
        "pool_pre_ping": True,
        "connect_args": {
            "connect_timeout": LOCK_WAIT,
            # Of several servers the one that takes what is written; a standby is none yet.
            "target_session_attrs": "read-write",
            # A process that was stopped in the middle of its work lets go of its rows in time.
            "options": f"-c lock_timeout={LOCK_WAIT}s -c timezone=UTC"
            f" -c idle_in_transaction_session_timeout={IDLE_WAIT}s",
        },
    }


def takes_no_writing(error: DBAPIError) -> bool:
    """Whether PostgreSQL has become read-only: a standby, or one whose disk is nearly full."""
    return isinstance(error.orig, ReadOnlySqlTransaction)


def why_not_writable(url: str) -> str:
    """Say in a sentence why the embedded database cannot be written; "" when it can, or when it
    is a server's. SQLite writes a journal beside the file, so the folder counts too."""
    if not url.startswith("sqlite:///"):
        return ""
    file = Path(url.removeprefix("sqlite:///")).absolute()
    if file.exists() and not os.access(file, os.R_OK | os.W_OK):
        return f"its database {file} cannot be written"
    if file.parent.exists() and not os.access(file.parent, os.W_OK | os.X_OK):
        return f"the folder {file.parent} of its database cannot be written"
    return ""


def load_models() -> None:
    """Import every file of the store, so that the metadata knows all tables."""
    folder = Path(__file__).parent
    for module in iter_modules([str(folder)]):
        import_module(f"recovery.store.{module.name}")


def attach(app: Flask) -> None:
    """Connect the app to the database that its configuration names."""
    load_models()
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _prepare_sqlite)
            event.listen(db.engine, "begin", _begin_sqlite)
        else:
            event.listen(db.engine, "connect", _prepare_postgresql)


def journal_mode(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> str:
    """WAL where it is safe with several writing processes, else the rollback journal."""
    return "WAL" if version >= FIRST_SAFE_WAL else "DELETE"


def _prepare_postgresql(connection: Any, _record: object) -> None:
    """A row that was acknowledged survives, whatever the server's default says."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'"
        )
    connection.commit()


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # We begin transactions ourselves: see _begin_sqlite.
    connection.execute(f"PRAGMA journal_mode={journal_mode()}")
    connection.execute("PRAGMA synchronous=FULL")  # A row that was acknowledged survives.
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once, except while `reading`.

    SQLite answers BUSY at once, whatever the timeout, when a transaction that has read turns
    into one that writes. Beginning IMMEDIATE makes a second writer wait its turn instead.
    """
    reads_only = has_app_context() and g.get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


@contextmanager
def reading(only: bool = True) -> Iterator[None]:
    """Begin transactions in this app context without the write lock (SQLite), so that readers
    do not queue behind one another. `reading(False)` turns it back for a write: commit or roll
    back what was read before entering it."""
    before = g.get("reads_only", False)
    g.reads_only = only
    try:
        yield
    finally:
        g.reads_only = before
