"""An act and the notices that it makes owed are one transaction: no fault leaves one of both."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from recovery.services.booking import cancel_visit
from recovery.services.infusion import end_infusion, make_ready
from recovery.services.planning import replan
from recovery.store.alerts import Alert
from recovery.store.audit import AuditRow
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.visits import Visit
from tests.builders import NOW, a_clinic, a_patient, a_ride, a_staff, a_visit_at_the_door
from tests.notices import HOUR

pytestmark = pytest.mark.usefixtures("session")

Act = Callable[[Staff, int], Any]
ACTS: dict[str, tuple[dict[str, Any], Act]] = {
    "visit ended": (
        {"state": "infusing", "ended_at": None, "ready_at": None},
        lambda staff, visit: end_infusion(staff, visit, NOW, NOW),
    ),
    "ready for pick-up": (
        {"state": "recovering", "ready_at": None},
        lambda staff, visit: make_ready(staff, visit, NOW),
    ),
    "cancelled": (
        {"state": "booked", "start_at": NOW + 20 * HOUR}
        | dict.fromkeys(("arrived_at", "started_at", "ended_at", "ready_at")),
        lambda staff, visit: cancel_visit(staff, visit, "Ill.", NOW),
    ),
}


class PowerCut(Exception):
    """Nothing more comes from the database."""


@contextmanager
def cut(when: str, number: int = 1) -> Iterator[None]:
    """Let the database fail at its `number`-th `before_cursor_execute` or `commit`."""
    turns = count(1)

    def fail(*_: Any) -> None:
        if next(turns) == number:
            raise PowerCut

    event.listen(db.engine, when, fail)
    try:
        yield
    finally:
        event.remove(db.engine, when, fail)


def all_there_is() -> dict[str, list[tuple[Any, ...]]]:
    """Every column of every row that such an act may touch."""
    db.session.rollback()
    return {
        table.__name__: [tuple(row) for row in db.session.execute(select(*table.__table__.columns))]
        for table in (Visit, Notice, Alert, AuditRow)
    }


@pytest.mark.parametrize("name", ACTS)
def test_killed_between_visit_ended_and_its_notices_is_impossible(app: Flask, name: str) -> None:
    changes, act = ACTS[name]
    visit = a_visit_at_the_door(a_patient(a_clinic()), **changes)
    a_ride(visit)
    replan(visit.patient_id, NOW - HOUR)
    db.session.commit()
    nurse, visit_id = a_staff(visit.clinic), visit.id
    before = all_there_is()
    for number in count(1):
        try:
            with cut("before_cursor_execute", number):
                act(nurse, visit_id)
        except PowerCut:
            assert all_there_is() == before, f"cut at statement {number}"
        else:
            break
    done = all_there_is()
    assert number > 10
    assert done["Visit"] != before["Visit"]
    assert done["Notice"] != before["Notice"]


@pytest.mark.parametrize("name", ACTS)
def test_killed_at_the_commit_and_neither_the_visit_nor_its_notices_changed(
    app: Flask, name: str
) -> None:
    changes, act = ACTS[name]
    visit = a_visit_at_the_door(a_patient(a_clinic()), **changes)
    nurse, visit_id = a_staff(visit.clinic), visit.id
    before = all_there_is()
    with cut("commit"), pytest.raises(PowerCut):
        act(nurse, visit_id)
    assert all_there_is() == before
    act(nurse, visit_id)
    assert all_there_is()["Notice"] != before["Notice"]
