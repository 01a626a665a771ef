"""What the machine itself is like: versions, room on the disk, how old the newest backup is."""

import shutil
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from recovery.config import Settings
from recovery.services.findings import Finding, fault, fine, look
from recovery.store.database import FIRST_SAFE_WAL

GIB: Final = 1024**3
#: Bytes. Below FEW somebody must make room this week, below NONE writes may fail today.
FEW, NONE = 2 * GIB, GIB // 4
#: A backup a day, and a machine that was being restarted at the time.
OLD: Final = timedelta(hours=26)
#: What the command `backup` writes into a folder.
NAMES: Final = "homeward-*.backup"
OLDEST_PYTHON: Final = (3, 11)


def machine_findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Look at versions, disks and backups."""
    yield _python(sys.version_info[:3])
    embedded = settings.database_url.startswith("sqlite")
    yield _sqlite(sqlite3.sqlite_version_info, embedded, settings.environment == "production")
    yield from _disks(_folders(settings))
    yield backup_finding(settings.backups, now)


def backup_finding(folder: Path | None, now: datetime) -> Finding:
    """Say how old the newest backup is; `folder` is RECOVERY_BACKUPS."""
    if folder is None:
        return look("backup", "RECOVERY_BACKUPS names no folder, so nobody knows how old it is")
    try:
        made = [file.stat().st_mtime for file in folder.glob(NAMES)]
    except OSError as failed:
        return fault("backup", f"{folder} cannot be read ({failed.strerror})")
    if not made:
        return fault("backup", f"there is none in {folder}: flask --app app backup")
    age = now - datetime.fromtimestamp(max(made), UTC)
    hours = f"the newest of {len(made)} is {age.total_seconds() / 3600:.0f} hours old"
    return fault("backup", f"{hours}, in {folder}") if age > OLD else fine("backup", hours)


def _python(version: tuple[int, ...]) -> Finding:
    said = ".".join(map(str, version))
    if version < OLDEST_PYTHON:
        return fault("Python", f"{said} is too old; 3.11 is the oldest that works")
    return fine("Python", said)


def _sqlite(version: tuple[int, ...], embedded: bool, production: bool) -> Finding:
    said = ".".join(map(str, version))
    if not embedded:
        return fine("SQLite", f"{said}, not used: the database is PostgreSQL")
    if production:
        return look("SQLite", f"{said} serves one machine only; PostgreSQL serves several")
    if version < FIRST_SAFE_WAL:
        return fine("SQLite", f"{said}, with the rollback journal: write-ahead is not safe in it")
    return fine("SQLite", f"{said}, with the write-ahead log")


def _folders(settings: Settings) -> Iterator[Path]:
    if settings.database_url.startswith("sqlite:///"):
        yield Path(settings.database_url.removeprefix("sqlite:///")).absolute().parent
    if settings.backups is not None:
        yield settings.backups


def _disks(folders: Iterable[Path]) -> Iterator[Finding]:
    for folder in dict.fromkeys(folders):
        try:
            free = shutil.disk_usage(folder).free
        except OSError as failed:
            yield fault("disk", f"{folder} cannot be looked at ({failed.strerror})")
            continue
        said = f"{free / GIB:.1f} GiB free for {folder}"
        yield fault("disk", said) if free < NONE else (look if free < FEW else fine)("disk", said)
