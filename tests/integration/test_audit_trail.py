"""The trail: every act leaves a row, the chain is whole, and whatever is touched shows."""

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from recovery.services.audit import first_broken_row
from recovery.store.audit import AuditRow
from recovery.store.database import db
from tests.front_desk import Desk


@pytest.fixture
def trail(desk: Desk) -> Desk:
    """A clinic where a few things happened."""
    visit = desk.visit()
    desk.pass_the_gate(visit)
    desk.done(visit, "undo", wrong="arrived", undo_why="Wrong patient.")
    return desk


def test_every_act_appends_to_a_whole_chain(trail: Desk) -> None:
    with trail.inside():
        verbs = db.session.scalars(select(AuditRow.verb).order_by(AuditRow.number)).all()
        assert list(verbs) == ["arrived", "gate-entered", "undid"]
        assert first_broken_row(trail.clinic_id) is None


def test_the_trail_holds_ids_and_no_personal_words(trail: Desk) -> None:
    with trail.inside():
        kept = json.dumps([row.facts for row in db.session.scalars(select(AuditRow))])
    assert "Wrong patient." not in kept
    assert "Rosa" not in kept


def test_a_row_that_was_changed_is_found(trail: Desk) -> None:
    with trail.inside():
        db.session.execute(update(AuditRow).where(AuditRow.number == 2).values(verb="left"))
        db.session.commit()
        assert first_broken_row(trail.clinic_id) == 2


def test_a_row_that_was_removed_is_found(trail: Desk) -> None:
    with trail.inside():
        db.session.execute(delete(AuditRow).where(AuditRow.number == 2))
        db.session.commit()
        assert first_broken_row(trail.clinic_id) == 2


def check(app: Flask, *options: str) -> tuple[int, str]:
    answer = app.test_cli_runner().invoke(args=["audit-check", *options])
    return answer.exit_code, answer.output


def test_the_command_says_that_the_trail_is_whole(app: Flask, trail: Desk) -> None:
    assert check(app) == (0, f"Clinic {trail.clinic_id}: 3 rows, whole.\n")


def test_the_command_fails_when_a_row_was_touched(app: Flask, trail: Desk) -> None:
    with trail.inside():
        db.session.execute(update(AuditRow).where(AuditRow.number == 3).values(actor_id=77))
        db.session.commit()
    code, words = check(app)
    assert code == 1
    assert "BROKEN at row 3" in words


def test_a_trail_that_was_cut_off_is_found_by_its_kept_head(
    app: Flask, trail: Desk, tmp_path: Path
) -> None:
    heads = str(tmp_path / "heads.json")
    assert check(app, "--heads", heads)[0] == 0
    with trail.inside():
        last = db.session.scalar(select(func.max(AuditRow.number)))
        db.session.execute(delete(AuditRow).where(AuditRow.number == last))
        db.session.commit()
        assert first_broken_row(trail.clinic_id) is None, "the chain alone cannot tell"
    code, words = check(app, "--heads", heads)
    assert code == 1
    assert "BROKEN at row 3" in words
