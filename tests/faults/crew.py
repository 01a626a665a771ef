"""Worker and web processes, and what they find to do: notices due by the machine's clock."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from recovery.clock import system_now
from recovery.config import Settings
from recovery.services.planning import TEST
from recovery.store.database import db, reading
from recovery.store.notices import Attempt, Notice
from recovery.store.visits import Visit
from tests.builders import a_clinic, a_patient, a_protocol_version
from tests.faults.web import WebProcess
from tests.notices import HOUR, a_discharged_visit, a_phone, notice_row
from tests.push_service import PushService
from tests.workers import WorkerProcess


class Crew:
    """Starts workers and web processes, and leaves none behind."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.folder = settings, folder
        self.all: list[WorkerProcess | WebProcess] = []

    def start(self, **how: Any) -> WorkerProcess:
        """Start one more; `how` goes to `WorkerProcess`."""
        log = self.folder / f"worker-{len(self.all)}.log"
        worker = WorkerProcess(self.settings, log, **how)
        self.all.append(worker)
        return worker

    def serve(self) -> WebProcess:
        """Start one more web process."""
        web = WebProcess(self.settings, self.folder / f"web-{len(self.all)}.log")
        self.all.append(web)
        return web

    def dismiss(self) -> None:
        """Kill whoever is left."""
        for one in self.all:
            if one.process.poll() is None:
                one.kill()


def owe(service: PushService, people: int, each: int) -> None:
    """Owe each of `people` one planned notice and test notices, `each` in all, due now."""
    now = system_now()
    clinic = a_clinic()
    version = a_protocol_version(clinic)
    for person in range(people):
        patient = a_patient(clinic)
        a_phone(patient, service, now)
        visit = a_discharged_visit(patient, now, version=version)
        db.session.add_all(a_test(visit, f"{person}/{number}", now) for number in range(1, each))
    later = update(Notice).where(Notice.next_at.is_not(None), Notice.due_at > now)
    db.session.execute(later.values(next_at=None))
    db.session.commit()


def a_test(visit: Visit, occasion: str, now: datetime, **changes: Any) -> Notice:
    """A test notice: as long as it is useful it stays true, whatever is planned."""
    useful = {"due_at": now, "next_at": now, "not_after": now + HOUR, "created_at": now}
    return notice_row(visit, TEST, occasion, **(useful | changes))


def count(state: str) -> int:
    """How many notices stand there now."""
    with reading():
        found = db.session.scalar(select(func.count()).where(Notice.state == state))
        db.session.rollback()
    return found or 0


def unknown() -> Counter[str]:
    """How many attempts of each topic ended with nobody to write the outcome down."""
    with reading():
        rows = db.session.execute(
            select(Notice.topic, func.count())
            .join(Attempt, Attempt.notice_id == Notice.id)
            .where(Attempt.outcome == "")
            .group_by(Notice.topic)
        ).all()
        db.session.rollback()
    return Counter(dict(rows))


def posts(service: PushService) -> Counter[str]:
    """How often each topic was posted."""
    return Counter(post.headers["topic"] for post in list(service.posts))
