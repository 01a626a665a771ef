"""Backup and restore: whole copies of a database in use, and nothing sent before people looked."""

import os
import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import func, select

from recovery.domain.rights import StaffRole
from recovery.services.beats import beat, say_goodbye
from recovery.services.devices import DeviceState, device_state
from recovery.store.audit import AuditRow
from recovery.store.clinics import Clinic, ProtocolVersion
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.notices import Attempt, Notice
from recovery.store.patients import Patient
from recovery.store.sign_ins import SignIn
from recovery.store.visits import Visit
from recovery.worker import Worker
from tests.builders import NOW, a_clinic, a_patient, a_visit
from tests.clock import TestClock
from tests.databases import Postgres
from tests.front_desk import Desk
from tests.integration.test_operator_commands import say
from tests.notices import (
    HOUR,
    MINUTE,
    a_device,
    a_notice,
    a_phone,
    notice_row,
    the_notice,
    work_off,
)
from tests.push_service import PushService

PAUSED = "<div data-sending>"


@pytest.fixture(autouse=True)
def _tools(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's tools of the server's own version come first."""
    if "postgresql" in request.node.name:
        postgres: Postgres = request.getfixturevalue("postgres")
        monkeypatch.setenv("PATH", f"{postgres.tools}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def backup(app: Flask, tmp_path: Path) -> Callable[[], Path]:
    """Make a backup as the operator does, into a folder."""
    folder = tmp_path / "backups"
    folder.mkdir()

    def backup() -> Path:
        status, words = say(app, "backup", str(folder))
        assert status == 0, words
        return Path(words.split()[1].rstrip(","))

    return backup


def restore(app: Flask, file: Path, *more: str) -> tuple[int, str]:
    with app.app_context():
        db.session.remove()
    return say(app, "restore", "--yes", str(file), *more)


def count(table: type) -> int:
    found: int = db.session.scalar(select(func.count()).select_from(table)) or 0
    db.session.rollback()
    return found


def test_restore_drill_an_old_backup_starts_paused_until_an_administrator_has_looked(
    app: Flask,
    clock: TestClock,
    worker: Worker,
    service: PushService,
    desk: Desk,
    backup: Callable[[], Path],
) -> None:
    with app.app_context():
        clinic = db.session.get_one(Clinic, desk.clinic_id)
        patient = a_patient(clinic)
        phone, visit = a_phone(patient, service), a_visit(patient)
        a_notice(visit, "day-1", due_at=NOW + HOUR, next_at=NOW + HOUR, not_after=NOW + 90 * HOUR)
        a_notice(visit, "day-3", due_at=NOW + HOUR, next_at=NOW + HOUR, not_after=NOW + 2 * HOUR)
        beat("worker", NOW)
        patient_id, version_id = patient.id, visit.protocol_version_id
    file = backup()
    with app.app_context():
        patient = db.session.get_one(Patient, patient_id)
        version = db.session.get_one(ProtocolVersion, version_id)
        lost = a_visit(patient, version, start_at=NOW + 50 * HOUR).id
        clock.move(by=72 * HOUR)
        say_goodbye("worker", clock())

    status, words = restore(app, file)
    assert status == 0, words
    assert "audit trail of 0 rows, whole" in words
    desk = Desk(desk.client, clock, desk.clinic_id, StaffRole.PROVIDER)
    admin = Desk(app.test_client(), clock, desk.clinic_id, StaffRole.ADMIN)
    with app.app_context():
        assert db.session.get(Visit, lost) is None
        for _ in range(3):
            work_off(worker)
            clock.move(by=MINUTE)
        assert service.posts == []
    page = desk.client.get("/staff/paused")
    assert PAUSED in desk.client.get("/staff/").text
    assert desk.client.get("/staff/pulse").get_json()["sending"] is False
    assert page.text.count("will be sent") == 1
    assert page.text.count("too late, call") == 1
    assert "March\u00a02, 9:00" in page.text
    assert desk.client.get("/healthz").get_json()["paused"] == 1
    assert desk.client.get(f"/staff/visits/{visit_id(app)}").status_code == 200
    assert desk.client.submit("/staff/paused", {}, to="/staff/paused/release").status_code == 403
    assert admin.client.submit("/staff/paused", {}, to="/staff/paused/release").status_code == 303
    assert PAUSED not in desk.client.get("/staff/").text
    with app.app_context():
        work_off(worker)
        assert phone.count == 1
        assert the_notice("day-1").state == "sent"
        assert the_notice("day-3").state == "missed"
        verbs = db.session.scalars(select(AuditRow.verb).order_by(AuditRow.number)).all()
        assert [verb for verb in verbs if "send" in verb or verb == "restored"] == [
            "restored",
            "released-sending",
        ]
    assert say(app, "audit-check")[0] == 0


def visit_id(app: Flask) -> int:
    with app.app_context():
        return db.session.scalars(select(Notice.visit_id)).first() or 0


def test_restore_is_released_by_the_operator_too(
    app: Flask, worker: Worker, service: PushService, backup: Callable[[], Path]
) -> None:
    with app.app_context():
        clinics = [a_clinic(name=f"Clinic {number}") for number in (1, 2)]
        phones = [a_phone(a_patient(clinic), service) for clinic in clinics]
        for patient in db.session.scalars(select(Patient)).all():
            a_notice(a_visit(patient))
    assert restore(app, backup())[0] == 0
    with app.app_context():
        work_off(worker)
    assert [phone.count for phone in phones] == [0, 0]
    status, words = say(app, "release-sending", "2")
    assert (status, words) == (0, "Clinic 2, Clinic 2, sends notices.\n")
    with app.app_context():
        work_off(worker)
    assert [phone.count for phone in phones] == [0, 1]
    assert say(app, "release-sending")[0] == 0
    with app.app_context():
        work_off(worker)
    assert [phone.count for phone in phones] == [1, 1]
    assert say(app, "release-sending", "99")[0] == 1


def test_restore_lets_phones_register_again_that_subscribed_after_the_backup(
    app: Flask, service: PushService, backup: Callable[[], Path]
) -> None:
    with app.app_context():
        clinic = a_clinic()
        kept, new = a_patient(clinic), a_patient(clinic, name="Ana Ruiz")
        a_phone(kept, service)
        beat("worker", NOW)
        say_goodbye("worker", NOW)
        a_phone(new, service)
        kept_id, new_id = kept.id, new.id
        early = db.session.scalars(select(SignIn.id).where(SignIn.subject_id == new_id)).one()
        device = db.session.scalars(select(Device).where(Device.owner_id == new.id)).one()
        db.session.delete(device)
        db.session.commit()
    file = backup()
    with app.app_context():
        a_device(db.session.get_one(Patient, new_id), service.subscribe())
    assert restore(app, file)[0] == 0
    with app.app_context():
        states = {
            sign_in.subject_id: device_state(sign_in)
            for sign_in in db.session.scalars(select(SignIn))
        }
        assert db.session.scalars(select(SignIn.id).where(SignIn.subject_id == new_id)).all() == [
            early
        ]
    assert states[kept_id].key != ""
    assert (states[kept_id].wanted, states[kept_id].if_held) == (True, False)
    assert states[new_id] == DeviceState("", wanted=True, if_held=True)


def test_restore_waits_until_no_worker_lives(
    app: Flask, clock: TestClock, backup: Callable[[], Path]
) -> None:
    file = backup()
    with app.app_context():
        a_clinic()
        beat("worker", clock())
    assert restore(app, file) == (
        1,
        "Error: A worker was alive within the last minute. Stop it first.\n",
    )
    with app.app_context():
        assert count(Clinic) == 1
        say_goodbye("worker", clock())
    assert restore(app, file)[0] == 0
    with app.app_context():
        assert count(Clinic) == 0


def test_restore_keeps_what_was_there_beside_the_backup(
    app: Flask, clock: TestClock, backup: Callable[[], Path]
) -> None:
    empty = backup()
    with app.app_context():
        a_clinic()
    status, words = restore(app, empty)
    assert status == 0, words
    kept = Path(words.split("is kept in ")[1].splitlines()[0].rstrip("."))
    with app.app_context():
        assert count(Clinic) == 0
    clock.move(by=MINUTE)
    assert restore(app, kept)[0] == 0
    with app.app_context():
        assert count(Clinic) == 1


def test_restore_of_a_damaged_or_foreign_file_changes_nothing(
    app: Flask, backup: Callable[[], Path], tmp_path: Path
) -> None:
    whole = backup()
    with app.app_context():
        a_clinic()
    letter, damaged = tmp_path / "letter", tmp_path / "damaged"
    letter.write_text("This is a letter, not a database.")
    content = bytearray(whole.read_bytes())
    half = len(content) // 2
    content[half:] = b"\xff" * (len(content) - half)
    damaged.write_bytes(content)
    for file in (letter, damaged):
        status, words = restore(app, file)
        assert status == 1, words
        assert len(words.strip().splitlines()) == 2
        assert "Traceback" not in words
        with app.app_context():
            assert count(Clinic) == 1
            assert db.session.scalars(select(Clinic.paused_at)).one() is None


def test_backup_is_private_never_overwrites_and_leaves_no_half_file(
    app: Flask, backup: Callable[[], Path]
) -> None:
    file = backup()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    status, words = say(app, "backup", str(file))
    assert (status, words) == (1, f"Error: There is a file called {file} already.\n")
    nowhere = file.parent / "nowhere" / "file"
    assert say(app, "backup", str(nowhere))[0] == 1
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_backup_is_the_state_of_one_instant_while_people_write(
    app: Flask, clock: TestClock, backup: Callable[[], Path]
) -> None:
    """Every notice is written with its attempt: no backup holds the one without the other."""
    with app.app_context():
        visit_id = a_visit(a_patient(a_clinic())).id
    stop = Event()

    def write() -> int:
        written = 0
        with app.app_context():
            while not stop.is_set():
                notice = notice_row(db.session.get_one(Visit, visit_id), "made", str(written))
                db.session.add(notice)
                db.session.flush()
                db.session.add(Attempt(notice_id=notice.id, channel="push", fence=1, at=NOW))
                db.session.commit()
                written += 1
        return written

    files = []
    with ThreadPoolExecutor(1) as thread:
        writing = thread.submit(write)
        for number in range(3):
            made = backup()
            files.append(made.rename(made.with_name(f"number-{number}")))
        stop.set()
        assert writing.result() > 0
    for file in files:
        clock.move(by=MINUTE)
        status, words = restore(app, file)
        assert status == 0, words
        with app.app_context():
            assert count(Notice) == count(Attempt)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_restore_into_a_file_that_cannot_be_read_needs_a_word_and_keeps_the_file(
    app: Flask, backup: Callable[[], Path]
) -> None:
    with app.app_context():
        a_clinic()
    file = backup()
    with app.app_context():
        live = Path(db.engine.url.database or "")
        db.session.remove()
        db.engine.dispose()
    live.write_bytes(b"The disk wrote this. " * 500)
    status, words = restore(app, file)
    assert status == 1
    assert "--nothing-to-keep" in words
    status, words = restore(app, file, "--nothing-to-keep")
    assert status == 0, words
    aside = live.with_name(f"{live.name}.unreadable")
    assert aside.read_bytes().startswith(b"The disk wrote this.")
    aside.unlink()
    with app.app_context():
        assert count(Clinic) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_restore_waits_ten_seconds_for_a_reader_and_then_changes_nothing(
    app: Flask, backup: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recovery.store.copies.WAITS", 0.3)
    file = backup()
    with app.app_context():
        a_clinic()
        live = Path(db.engine.url.database or "")
    with closing(sqlite3.connect(live, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM clinic").fetchall()
        status, words = restore(app, file)
    assert status == 1
    assert "somebody else is using the database" in words
    with app.app_context():
        assert count(Clinic) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_backup_says_plainly_that_postgresqls_tools_are_missing(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    words = "Error: That did not work: pg_dump is not installed here; it comes with PostgreSQL.\n"
    assert say(app, "backup", str(tmp_path / "file")) == (1, words)


def test_pause_by_the_operator_stops_sending_until_the_release(
    app: Flask, worker: Worker, service: PushService, desk: Desk, clock: TestClock
) -> None:
    with app.app_context():
        patient = a_patient(db.session.get_one(Clinic, desk.clinic_id))
        phone = a_phone(patient, service)
        a_notice(a_visit(patient))
    assert say(app, "pause-sending")[0] == 0
    with app.app_context():
        work_off(worker)
    assert phone.count == 0
    assert "The person who runs this system paused them." in desk.client.get("/staff/paused").text
    assert say(app, "release-sending")[0] == 0
    with app.app_context():
        work_off(worker)
    assert phone.count == 1
    assert "Nothing is held back." in desk.client.get("/staff/paused").text
