"""Claims: one worker a notice, and a cost that follows what is due, not what is stored."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session, scoped_session

from recovery.services.claims import LEASE, claim_due, something_due
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.visits import Visit
from tests.builders import NOW, a_clinic, a_patient, a_visit
from tests.clock import TestClock

SECOND = timedelta(seconds=1)


@pytest.fixture
def visit(session: scoped_session[Session]) -> Iterator[Visit]:
    yield a_visit(a_patient(a_clinic()))
    session.rollback()


def notices(visit: Visit, count: int, state: str = "owed", due: bool = True) -> None:
    rows = [
        {
            "clinic_id": visit.clinic_id,
            "visit_id": visit.id,
            "kind": state,
            "occasion": str(number),
            "role": "patient",
            "recipient_id": visit.patient_id,
            "revision": 1,
            "parts": [],
            "safety": False,
            "no_driving": False,
            "state": state,
            "due_at": NOW,
            "not_after": NOW + LEASE,
            "next_at": NOW if due else None,
            "topic": "t",
            "created_at": NOW,
        }
        for number in range(count)
    ]
    db.session.execute(insert(Notice), rows)
    db.session.commit()


def test_a_claim_takes_what_is_due_until_its_lease_is_over(visit: Visit) -> None:
    notices(visit, 3)
    assert [claim.fence for claim in claim_due(10, NOW)] == [1, 1, 1]
    db.session.commit()
    assert claim_due(10, NOW + LEASE) == []
    assert [claim.fence for claim in claim_due(10, NOW + LEASE + SECOND)] == [2, 2, 2]
    db.session.commit()


def test_nothing_is_claimed_before_it_is_due(visit: Visit) -> None:
    notices(visit, 1)
    assert not something_due(NOW - SECOND)
    assert claim_due(10, NOW - SECOND) == []
    assert something_due(NOW)


def test_workers_that_claim_at_once_never_get_the_same_notice(
    app: Flask, visit: Visit, clock: TestClock
) -> None:
    notices(visit, 200)

    def claim(_turn: int) -> list[int]:
        with app.app_context():
            claimed = [claim.notice_id for claim in claim_due(10, clock())]
            db.session.commit()
        return claimed

    with ThreadPoolExecutor(8) as threads:
        taken = [notice for claimed in threads.map(claim, range(40)) for notice in claimed]
    assert len(taken) == len(set(taken)) == 200


def test_a_claim_reads_the_index_of_what_is_due_however_much_is_stored(visit: Visit) -> None:
    notices(visit, 20_000, state="acknowledged", due=False)
    notices(visit, 20)
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("ANALYZE notice"))
    steps = plan_of(lambda: claim_due(100, NOW))
    assert "ix_notice_next_at" in steps
    assert "Seq Scan on notice" not in steps
    assert "SCAN notice\n" not in steps


def plan_of(act: Callable[[], object]) -> str:
    """How the database carries out the one statement that `act` sends, with its bound values."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        seen.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    act()
    event.remove(db.engine, "before_cursor_execute", note)
    db.session.rollback()
    [(statement, values)] = [found for found in seen if "UPDATE notice" in found[0]]
    how = "EXPLAIN QUERY PLAN" if db.engine.dialect.name == "sqlite" else "EXPLAIN"
    plan = db.session.connection().exec_driver_sql(f"{how} {statement}", values)
    return "\n".join(str(step[-1]) for step in plan) + "\n"
