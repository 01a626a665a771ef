"""The trail: every act leaves a row, the chain is whole, and whatever is touched shows."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from recovery import create_app
from recovery.domain.audit import START, UNKEYED, AuditKeys
from recovery.services.audit import Fault, Wrong, content_of, first_broken_row
from recovery.store.audit import AuditRow
from recovery.store.database import db
from tests.conftest import settings_for
from tests.front_desk import Desk


def acts(clinic_id: int) -> list[str]:
    """What was done, in order; looks left out."""
    rows = select(AuditRow.verb).where(AuditRow.clinic_id == clinic_id, AuditRow.verb != "looked")
    return list(db.session.scalars(rows.order_by(AuditRow.number)))


@pytest.fixture
def trail(desk: Desk) -> Desk:
    """A clinic where a few things happened: a look and three acts."""
    visit = desk.visit()
    desk.pass_the_gate(visit)
    desk.done(visit, "undo", wrong="arrived", undo_why="Wrong patient.")
    return desk


def test_every_act_appends_to_a_whole_chain(trail: Desk) -> None:
    with trail.inside():
        assert acts(trail.clinic_id) == ["arrived", "gate-entered", "undid"]
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
        assert first_broken_row(trail.clinic_id) == Fault(2, Wrong.TOUCHED)


def test_a_row_that_was_removed_is_found(trail: Desk) -> None:
    with trail.inside():
        db.session.execute(delete(AuditRow).where(AuditRow.number == 2))
        db.session.commit()
        assert first_broken_row(trail.clinic_id) == Fault(2, Wrong.TOUCHED)


def write_anew(clinic_id: int, keys: AuditKeys, key: str, since: int = 1) -> None:
    """Chain a clinic's rows again from one on, as somebody would who can write the database."""
    db.session.flush()
    rows = select(AuditRow).where(AuditRow.clinic_id == clinic_id, AuditRow.number >= since)
    before = select(AuditRow.hash).where(AuditRow.number == since - 1)
    previous = db.session.scalar(before.where(AuditRow.clinic_id == clinic_id)) or START
    for row in db.session.scalars(rows.order_by(AuditRow.number)).all():
        row.previous, row.key = previous, key
        row.hash = previous = keys.seal(key, previous, content_of(row)) or ""
    db.session.commit()


@pytest.mark.parametrize("since", [1, 2, 4])
def test_who_has_the_database_but_not_the_key_cannot_write_the_trail_anew(
    trail: Desk, since: int
) -> None:
    with trail.inside():
        db.session.execute(update(AuditRow).where(AuditRow.number == since).values(actor_id=77))
        write_anew(trail.clinic_id, AuditKeys("z" * 43), UNKEYED, since)
        found = first_broken_row(trail.clinic_id)
        assert found is not None
        assert found.why is Wrong.UNSEALED


def test_rows_of_somebody_elses_key_prove_nothing(trail: Desk) -> None:
    theirs = AuditKeys("z" * 43)
    with trail.inside():
        write_anew(trail.clinic_id, theirs, theirs.present)
        assert first_broken_row(trail.clinic_id) == Fault(1, Wrong.KEY)


def check(app: Flask, *options: str) -> tuple[int, str]:
    answer = app.test_cli_runner().invoke(args=["audit-check", *options])
    return answer.exit_code, answer.output


def test_the_command_says_that_the_trail_is_whole(app: Flask, trail: Desk) -> None:
    assert check(app) == (0, f"Clinic {trail.clinic_id}: 4 rows, whole.\n")


def test_the_command_fails_when_a_row_was_touched(app: Flask, trail: Desk) -> None:
    with trail.inside():
        db.session.execute(update(AuditRow).where(AuditRow.number == 3).values(actor_id=77))
        db.session.commit()
    code, words = check(app)
    assert code == 1
    assert "BROKEN at row 3" in words


def cut(trail: Desk, rows: int = 1) -> None:
    with trail.inside():
        last = db.session.scalar(select(func.max(AuditRow.number))) or 0
        db.session.execute(delete(AuditRow).where(AuditRow.number > last - rows))
        db.session.commit()
        assert first_broken_row(trail.clinic_id) is None, "the chain alone cannot tell"


def test_a_trail_that_was_cut_off_is_found_by_its_kept_head(
    app: Flask, trail: Desk, tmp_path: Path
) -> None:
    heads = str(tmp_path / "heads.json")
    assert check(app, "--heads", heads)[0] == 0
    cut(trail)
    code, words = check(app, "--heads", heads)
    assert code == 1
    assert "BROKEN at row 4" in words


def test_heads_of_before_times_were_kept_still_find_what_was_cut_off(
    app: Flask, trail: Desk, tmp_path: Path
) -> None:
    heads = tmp_path / "heads.json"
    check(app, "--heads", str(heads))
    old = {clinic: head[:2] for clinic, head in json.loads(heads.read_text()).items()}
    heads.write_text(json.dumps(old))
    assert check(app, "--heads", str(heads))[0] == 0
    heads.write_text(json.dumps(old))
    cut(trail)
    assert check(app, "--heads", str(heads))[0] == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_after_a_restore_the_lost_rows_are_counted_and_the_check_passes(
    app: Flask, trail: Desk, tmp_path: Path
) -> None:
    run, heads = app.test_cli_runner().invoke, str(tmp_path / "heads.json")
    assert run(args=["backup", str(tmp_path / "old.backup")]).exit_code == 0
    assert run(args=["pause-sending"]).exit_code == 0
    assert run(args=["release-sending"]).exit_code == 0
    assert check(app, "--heads", heads)[0] == 0
    trail.clock.move(by=timedelta(minutes=5))
    restored = run(args=["restore", "--yes", str(tmp_path / "old.backup")])
    assert restored.exit_code == 0, restored.output
    assert "audit trail of 4 rows, whole" in restored.output
    code, words = check(app, "--heads", heads)
    assert (code, "rows lost with a restore" in words) == (0, True)
    assert check(app, "--heads", heads) == (0, f"Clinic {trail.clinic_id}: 5 rows, whole.\n")
    cut(trail)
    assert check(app, "--heads", heads)[0] == 1


Again = Callable[..., Flask]


@pytest.fixture
def again(database_url: str, tmp_path: Path) -> Again:
    """Start the app anew on the same database with other keys."""

    def start(**keys: object) -> Flask:
        return create_app(settings_for(database_url, tmp_path, **keys))

    return start


def test_a_new_key_seals_what_comes_and_the_old_one_proves_what_was(
    trail: Desk, again: Again
) -> None:
    turned = again(audit_key="b" * 43, audit_keys_previous="a" * 43)
    with turned.app_context():
        turned.test_cli_runner().invoke(args=["pause-sending"])
        assert first_broken_row(trail.clinic_id) is None
        keys = db.session.scalars(select(AuditRow.key).order_by(AuditRow.number)).all()
        assert len(set(keys)) == 2
        db.session.remove()
    forgot = again(audit_key="b" * 43)
    code, words = check(forgot)
    assert code == 1
    assert "BROKEN at row 1: its key is not among" in words
    for app in (turned, forgot):
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def test_what_is_older_than_the_key_stays_proved_and_is_sealed_by_the_upgrade(
    app: Flask, trail: Desk
) -> None:
    with trail.inside():
        write_anew(trail.clinic_id, AuditKeys("unused" * 8), UNKEYED)
        assert first_broken_row(trail.clinic_id) == Fault(4, Wrong.UNSEALED)
    for _twice in range(2):
        assert app.test_cli_runner().invoke(args=["migrate-db"]).exit_code == 0
        words = f"Clinic {trail.clinic_id}: 5 rows, whole, the first 4 older than the key.\n"
        assert check(app) == (0, words)
    with trail.inside():
        db.session.execute(update(AuditRow).where(AuditRow.number == 2).values(actor_id=77))
        write_anew(trail.clinic_id, AuditKeys("unused" * 8), UNKEYED)
        assert first_broken_row(trail.clinic_id) is not None, "the sealed row covers them"
