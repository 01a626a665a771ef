"""What happens on a disk that is full: `python -m tests.faults.full_disk FOLDER DATABASE`.

FOLDER is a file system of its own of a few megabytes, DATABASE says which one lies on it: sqlite or
postgresql. Prints what was seen, as JSON."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from recovery import create_app
from recovery.domain.rights import StaffRole
from recovery.store.database import db
from recovery.store.notices import Attempt
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face
from tests.builders import NOW, a_clinic, a_patient, a_staff, a_visit, signed_in
from tests.clock import TestClock
from tests.conftest import settings_for
from tests.databases import migrate, postgres_server
from tests.faults.crew import count
from tests.notices import a_notice, a_phone, work_off, worker_with
from tests.push_service import PushService
from tests.visitor import Visitor

#: So many new patients need more room than any page that is there already has.
MOST = 300


def fill(folder: Path) -> Path:
    """Leave not one byte free."""
    filler = folder / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (65_536, 4096, 1):
            with contextlib.suppress(OSError):
                while file.write(b"x" * size):
                    pass
    return filler


def rows(table: type) -> int:
    found: int = db.session.scalar(select(func.count()).select_from(table)) or 0
    db.session.rollback()
    return found


@contextlib.contextmanager
def database_on(folder: Path, name: str) -> Iterator[str]:
    """Make a database whose tables lie in this folder. PostgreSQL's log of what it writes (WAL)
    lies elsewhere: a server whose WAL has no room stops, as it does in a power cut."""
    if name == "sqlite":
        yield f"sqlite:///{folder / 'homeward.db'}"
        return
    with postgres_server() as server, server.connect() as connection:
        owner = Path(server.server.pgdata).stat()
        tables = folder / "tables"
        tables.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(tables, owner.st_uid, owner.st_gid)
        connection.execute(f"CREATE TABLESPACE small LOCATION '{tables}'".encode())
        connection.execute(b"CREATE DATABASE homeward TABLESPACE small")
        yield server.url("homeward")
        connection.execute(b"DROP DATABASE homeward WITH (FORCE)")
        connection.execute(b"DROP TABLESPACE small")


def main(folder: Path, name: str) -> dict[str, Any]:
    with database_on(folder, name) as url:
        return see(folder, url)


def see(folder: Path, url: str) -> dict[str, Any]:
    settings = settings_for(url, folder)
    migrate(settings)
    app = create_app(settings, clock=TestClock(NOW))
    app.test_client_class = Visitor
    browser = app.test_client()
    assert isinstance(browser, Visitor)
    worker = worker_with(app)
    person = {"name": "Ana Ruiz", "born": "1990-01-31", "language": "en"}
    seen: dict[str, Any] = {}
    with PushService(clock=NOW.timestamp) as service, app.app_context():
        patient = a_patient(a_clinic())
        a_phone(patient, service)
        signed_in(browser, Face.STAFF, a_staff(patient.clinic, StaffRole.NURSE))
        a_notice(a_visit(patient))
        form = {"csrf_token": browser.token("/staff/patients/new"), **person}
        filler = fill(folder)

        def post() -> Any:
            return browser.post("/staff/patients/new", data=form)

        # A database has room in pages that it has already; at some point it needs another.
        answers = []
        while len(answers) < MOST and not (answers and answers[-1].status_code != 303):
            answers.append(post())
        answer = answers[-1]
        seen["full"] = [answer.status_code, answer.headers.get("Retry-After")]
        seen["page"] = browser.get("/staff/patients").status_code
        seen["health"] = browser.get("/healthz").status_code
        for _ in range(3):
            with contextlib.suppress(SQLAlchemyError):
                worker.round()
            db.session.rollback()
        seen["posts while full"] = len(service.posts)
        seen["attempts while full"] = rows(Attempt)
        seen["patients while full"] = rows(Patient) - (len(answers) - 1)
        filler.unlink()
        seen["again"] = post().status_code
        work_off(worker)
        seen["posts"], seen["attempts"] = len(service.posts), rows(Attempt)
        seen["patients"], seen["sent"] = rows(Patient) - (len(answers) - 1), count("sent")
        if db.engine.dialect.name == "sqlite":
            check = db.session.connection().exec_driver_sql("PRAGMA integrity_check")
            seen["whole"] = check.scalar()
        db.session.remove()
        db.engine.dispose()
    worker.close()
    return seen


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
