"""The migrations and the models say the same, and a migration can be taken back."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from recovery.config import ROOT
from recovery.domain.audit import START, UNKEYED, AuditKeys
from recovery.services.audit import content_of
from recovery.store.audit import AuditRow
from recovery.store.database import db
from recovery.store.said import Said
from recovery.store.visits import CheckInAnswer
from tests.builders import NOW, a_clinic, a_patient, a_visit_at_the_door, saved
from tests.conftest import settings_for
from tests.databases import Postgres, migrate


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of the test's own: these tests take its tables away."""
    url = f"sqlite:///{tmp_path / 'own.db'}"
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.url(postgres.create())
    migrate(settings_for(url, tmp_path))
    return url


@pytest.fixture
def app(fresh_app: Flask) -> Flask:
    return fresh_app


def test_the_migrations_lead_to_what_the_models_say(app: Flask) -> None:
    with app.app_context():
        check()


def test_migrations_can_be_taken_back_and_done_again(app: Flask) -> None:
    with app.app_context():
        tables = set(inspect(db.engine).get_table_names())
        downgrade(revision="base")
        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
        upgrade()
        assert set(inspect(db.engine).get_table_names()) == tables


FIRST = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "a", None


def upgrade():
    op.create_table(
        "parent", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String)
    )
    op.create_table(
        "child",
        sa.Column(
            "id", sa.Integer, sa.ForeignKey("parent.id", ondelete="CASCADE"), primary_key=True
        ),
    )
    op.execute("INSERT INTO parent (id) VALUES (1)")
    op.execute("INSERT INTO child VALUES (1)")
"""
SECOND = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "b", "a"


def upgrade():
    with op.batch_alter_table("parent") as batch:
        batch.alter_column("name", type_=sa.Text)
"""
BROKEN = """
from alembic import op

revision, down_revision = "b", "a"


def upgrade():
    op.execute("INSERT INTO parent (id) VALUES (2)")
    op.execute("INSERT INTO nowhere VALUES (1)")
"""


@pytest.fixture
def migrations(app: Flask, tmp_path: Path) -> Iterator[Path]:
    """Our machinery with migrations of a test's own, on an app whose database is empty."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for name in ("alembic.ini", "env.py"):
        shutil.copy(ROOT / "recovery" / "migrations" / name, folder / name)
    (folder / "versions" / "a.py").write_text(FIRST)
    with app.app_context():
        downgrade(revision="base")
        upgrade(directory=str(folder), revision="a")
        yield folder


def count(table: str) -> int:
    found: int = db.session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
    db.session.rollback()
    return found


def test_remaking_a_table_keeps_the_rows_that_point_at_it(migrations: Path) -> None:
    (migrations / "versions" / "b.py").write_text(SECOND)
    upgrade(directory=str(migrations))
    assert count("child") == 1


def test_a_migration_that_fails_halfway_leaves_nothing_behind(migrations: Path) -> None:
    (migrations / "versions" / "b.py").write_text(BROKEN)
    with pytest.raises(DBAPIError):
        upgrade(directory=str(migrations))
    assert count("parent") == 1


def test_foreign_keys_are_watched_again_after_a_migration(migrations: Path) -> None:
    with pytest.raises(IntegrityError):
        db.session.execute(text("INSERT INTO child VALUES (99)"))


def test_a_check_in_sent_before_keys_had_a_table_of_their_own_is_still_known(app: Flask) -> None:
    key = "3f2a9c1e-77aa-4a10-9d1c-000000000001"
    with app.app_context():
        visit = a_visit_at_the_door(a_patient(a_clinic()))
        wrong_clock = {"visit_id": visit.id, "at": NOW, "said_at": NOW + timedelta(days=1)}
        saved(CheckInAnswer(check_in="evening", answers={}, **wrong_clock))
        saved(CheckInAnswer(check_in="morning", answers={"a": "no"}, **wrong_clock))
        downgrade(revision="638d3f37bb42")
        changed = text("UPDATE check_in SET key = :key WHERE check_in = 'morning'")
        db.session.execute(changed, {"key": key})
        db.session.commit()
        upgrade()
        said = db.session.scalars(select(Said).where(Said.key == key)).one()
        assert (said.what, said.body) == (
            "check-in:morning",
            {"occasion": "", "answers": {"a": "no"}},
        )
        assert (said.patient_id, said.said_at, said.at) == (visit.patient_id, NOW, NOW)


def test_rows_of_the_trail_from_before_there_were_keys_stay_proved(app: Flask) -> None:
    with app.app_context():
        row = AuditRow(clinic_id=a_clinic().id, number=1, at=NOW, actor="system", verb="added",
                       subject="clinic", subject_id=1, facts={"role": "ä"}, previous=START,
                       key=UNKEYED)  # fmt: skip
        row.hash = AuditKeys("unused" * 8).seal(UNKEYED, START, content_of(row)) or ""
        saved(row)
        downgrade(revision="a6e0c9d41f57")
        upgrade()
    run = app.test_cli_runner().invoke
    for _twice in range(2):
        assert run(args=["migrate-db"]).exit_code == 0
    words = "Clinic 1: 2 rows, whole, the first 1 older than the key.\n"
    assert run(args=["audit-check"]).output == words
