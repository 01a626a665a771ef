"""Databases that are locked, full, read-only or cut off: quick plain answers, nothing half done."""

import json
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from recovery.config import ROOT
from recovery.store.database import LOCK_WAIT, db
from recovery.store.patients import Patient
from tests.databases import Postgres
from tests.faults.crew import Crew, count, owe
from tests.front_desk import Desk
from tests.push_service import PushService
from tests.waiting import until

LONGEST = 30
"""Seconds for which somebody else holds the lock."""


def file_of(app: Flask) -> Path:
    with app.app_context():
        return Path(db.engine.url.database or "")


@contextmanager
def locked(file: Path) -> Iterator[sqlite3.Connection]:
    """Somebody else writes and does not come to an end."""
    with closing(sqlite3.connect(file, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield holder


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_locked_and_a_writer_is_answered_503_and_the_second_try_works(
    app: Flask, desk: Desk
) -> None:
    """The answer comes after `LOCK_WAIT`, long before the 30 seconds that the lock is held."""
    form = {"name": "Ana Ruiz", "born": "1990-01-31", "language": "en"}
    form["csrf_token"] = desk.client.token("/staff/patients/new")
    with locked(file_of(app)), ThreadPoolExecutor(1) as thread:
        asked = thread.submit(desk.client.post, "/staff/patients/new", data=form)
        answer = asked.result(LONGEST)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "Nothing was saved" in answer.text
    assert LOCK_WAIT <= 5
    assert desk.client.post("/staff/patients/new", data=form).status_code == 303
    with app.app_context():
        names = select(func.count()).select_from(Patient).where(Patient.name == "Ana Ruiz")
        assert db.session.scalar(names) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_locked_and_pages_that_only_read_still_open(app: Flask, desk: Desk) -> None:
    with locked(file_of(app)):
        assert desk.client.get("/healthz").status_code in {200, 503}
        assert desk.client.get("/staff/pulse").status_code == 200


@pytest.mark.kill
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_locked_for_30_seconds_and_the_worker_sends_what_is_due_afterwards(
    real_app: Flask, real_service: PushService, crew: Crew
) -> None:
    owe(real_service, 1, 5)
    db.session.remove()
    with locked(file_of(real_app)):
        worker = crew.start()
        until(lambda: "does not answer" in worker.said, LONGEST, "the worker meets the lock")
        time.sleep(LOCK_WAIT)
        assert real_service.posts == []
        assert worker.process.poll() is None
    until(lambda: count("sent") == 5, 60, "what was due is sent")
    assert len(real_service.posts) == 5
    assert worker.end() == 0


def in_a_small_file_system(
    folder: Path, size: str, *command: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command where `folder` is a file system of this size, which nobody else sees.

    Root mounts it in a name space of mounts; anybody else needs one of users too, and is
    themselves again in it: PostgreSQL does not run as root.
    """
    mount = f"mount -t tmpfs -o size={size},mode=755 tmpfs {shlex.quote(str(folder))}"
    way, run = ["unshare", "--mount"], shlex.join(command)
    if os.geteuid() != 0:
        way.append("--map-root-user")
        run = f"unshare --map-user={os.getuid()} --map-group={os.getgid()} {run}"
    return subprocess.run(
        [*way, "sh", "-c", f"{mount} && exec {run}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def small() -> Iterator[Path]:
    """An empty folder that the user under whom PostgreSQL runs may enter."""
    folder = Path(tempfile.mkdtemp(prefix="homeward-small-"))
    folder.chmod(0o755)
    yield folder
    folder.rmdir()


@pytest.mark.parametrize(("name", "size"), [("sqlite", "3m"), ("postgresql", "32m")])
def test_disk_full_and_nothing_is_posted_without_its_attempt_and_it_heals_itself(
    small: Path, name: str, size: str
) -> None:
    ran = in_a_small_file_system(
        small, size, sys.executable, "-m", "tests.faults.full_disk", str(small), name
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout.splitlines()[-1]) == {
        "full": [503, "5"],
        "page": 200,
        "health": 503,
        "posts while full": 0,
        "attempts while full": 0,
        "patients while full": 1,
        "again": 303,
        "posts": 1,
        "attempts": 1,
        "patients": 2,
        "sent": 1,
    } | ({"whole": "ok"} if name == "sqlite" else {})


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("connected", [True, False])
def test_postgresql_takes_no_writing_for_a_while_and_the_answer_is_503_until_it_does(
    app: Flask, desk: Desk, postgres: Postgres, connected: bool
) -> None:
    """As a server does that becomes a standby, and many a host's once its disk is nearly full."""
    form = {"name": "Ana Ruiz", "born": "1990-01-31", "language": "en"}
    form["csrf_token"] = desk.client.token("/staff/patients/new")

    def post() -> int:
        return desk.client.post("/staff/patients/new", data=form).status_code

    def may_write(said: str) -> None:
        with postgres.connect() as server:
            server.execute(f"ALTER SYSTEM SET default_transaction_read_only = {said}".encode())
            server.execute(b"SELECT pg_reload_conf()")
        if not connected:
            with app.app_context():
                db.engine.dispose()

    may_write("on")
    try:
        until(lambda: post() == 503, 10, "the change is known")
    finally:
        may_write("off")
    until(lambda: post() == 303, 10, "it takes what is written again")
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Patient.name == "Ana Ruiz")) == 1


@pytest.mark.parametrize("command", [["app.py"], ["-m", "flask", "--app", "app", "worker"]])
def test_read_only_file_and_it_refuses_to_start_with_one_plain_sentence(
    sqlite_template: Path, tmp_path: Path, command: list[str]
) -> None:
    """A read-only mount: root, too, cannot write there."""
    shutil.copyfile(sqlite_template, tmp_path / "homeward.db")
    folder = shlex.quote(str(tmp_path))
    script = (
        f"mount --bind {folder} {folder} && mount -o remount,ro,bind {folder} && "
        f"exec {shlex.join([sys.executable, *command])}"
    )
    settings = {
        "RECOVERY_DATABASE_URL": f"sqlite:///{tmp_path / 'homeward.db'}",
        "RECOVERY_SECRET_KEY": "s" * 43,
        "RECOVERY_VAPID_PRIVATE_KEY": "x" * 42 + "M",
        "RECOVERY_AUDIT_KEY": "a" * 43,
        "RECOVERY_DEMO": "none",
    }
    for way in (["unshare", "--map-root-user", "--mount"], ["unshare", "--mount"]):
        probe = subprocess.run([*way, "true"], capture_output=True, check=False)
        if probe.returncode == 0:
            break
    ran = subprocess.run(
        [*way, "sh", "-c", script],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 3, ran.stderr
    file = tmp_path / "homeward.db"
    assert ran.stderr.strip() == (f"Homeward cannot start: its database {file} cannot be written.")


def test_power_loss_and_every_commit_is_on_the_disk_before_the_answer(app: Flask) -> None:
    """A power cut cannot be made here: what is tested is that the database is told to wait."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            assert db.session.execute(text("PRAGMA synchronous")).scalar() == 2
            assert db.session.execute(text("PRAGMA foreign_keys")).scalar() == 1
        else:
            assert db.session.execute(text("SHOW synchronous_commit")).scalar() == "on"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_power_loss_and_a_careless_server_is_told_to_wait_all_the_same(
    app: Flask, postgres: Postgres
) -> None:
    with postgres.connect() as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("off",)
    with app.app_context():
        assert db.session.execute(text("SHOW synchronous_commit")).scalar() == "on"
