"""Whole copies of the database: made while it is in use, put back in one step or not at all."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Final

from sqlalchemy import URL, Update, create_engine

from recovery.store.postgres_tools import dump, put_back_dump

SQLITE_FILE: Final = b"SQLite format 3\0"
POSTGRES_FILE: Final = b"PGDMP"
#: Seconds that putting back waits for whoever reads or writes just now.
WAITS: Final = 10.0


class CopyFailed(Exception):
    """A copy could not be made or put back; its text is one plain sentence for the operator."""


def copy_to(url: URL, file: Path) -> bool:
    """Copy the whole database into a new file that only its owner may read.

    Returns False when there is no database to copy.

    It is the state of one instant, taken while others read and write. There is no file unless
    the copy is whole and on the disk. Raises `CopyFailed`.
    """
    if file.exists():
        raise CopyFailed(f"There is a file called {file} already.")
    if url.get_backend_name() == "sqlite" and not _path(url).exists():
        return False
    with _as_sentence(), _part_of(file) as part:
        if url.get_backend_name() == "sqlite":
            _copy_sqlite(_path(url), part)
        else:
            dump(url, part)
        _to_the_disk(part)
        part.rename(file)
        _to_the_disk(file.parent)
    return True


def put_back(url: URL, file: Path, marks: Update) -> None:
    """Replace the whole database by a copy, changed by the statement `marks` before anybody
    sees it. Raises `CopyFailed`; then the database is as it was."""
    with _as_sentence():
        if url.get_backend_name() == "sqlite":
            _check_kind(file, SQLITE_FILE)
            _put_back_sqlite(_path(url), file, marks)
        else:
            _check_kind(file, POSTGRES_FILE)
            put_back_dump(url, file, marks)


@contextmanager
def _as_sentence() -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error, RuntimeError) as fault:
        words = getattr(fault, "strerror", None) or str(fault)
        raise CopyFailed(f"That did not work: {words}.".replace("..", ".")) from fault


@contextmanager
def _part_of(file: Path) -> Iterator[Path]:
    """A file beside the one wanted, that is gone again unless it took its place."""
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    try:
        yield part
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def _to_the_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check_kind(file: Path, begins: bytes) -> None:
    with file.open("rb") as opened:
        if opened.read(len(begins)) != begins:
            raise CopyFailed(f"{file} is no backup of this kind of database.")


def _path(url: URL) -> Path:
    return Path(url.database or "")


def _copy_sqlite(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")
        [(found,)] = new.execute("PRAGMA integrity_check(1)")
        if found != "ok":
            raise RuntimeError(f"the copy is damaged ({found})")


def _put_back_sqlite(target: Path, file: Path, marks: Update) -> None:
    with _part_of(target) as part:
        _copy_sqlite(file, part)
        engine = create_engine(f"sqlite:///{part}")
        with engine.begin() as connection:
            connection.execute(marks)
        engine.dispose()
        _put_aside_if_unreadable(target)
        _overwrite(target, part)


def _put_aside_if_unreadable(target: Path) -> None:
    try:
        with closing(sqlite3.connect(target, timeout=WAITS)) as old:
            old.execute("PRAGMA schema_version")
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        target.rename(target.with_name(f"{target.name}.unreadable"))


def _overwrite(target: Path, part: Path) -> None:
    """Write all pages in one transaction of the target: who reads it sees the old or the new."""
    ends = monotonic() + WAITS

    def look_at_the_time(_status: int, _left: int, _all: int) -> None:
        if monotonic() > ends:
            raise RuntimeError("somebody else is using the database")

    with closing(sqlite3.connect(part)) as new, closing(sqlite3.connect(target)) as old:
        old.execute("PRAGMA synchronous=FULL")
        new.backup(old, progress=look_at_the_time)
