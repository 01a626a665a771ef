"""What tests are given: settings, a clock, both databases, the app and a visitor."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from sqlalchemy.orm import Session, scoped_session

from recovery import clock as app_clock
from recovery import config as app_settings
from recovery import create_app
from recovery.config import Settings
from recovery.delivery.keys import new_vapid_key
from recovery.store.database import db
from tests.clock import TestClock
from tests.databases import Postgres, migrate, postgres_server
from tests.visitor import Visitor

# A Monday, 09:00 in New York.
START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
VAPID_KEY = new_vapid_key()

# Databases of tests live in memory where the machine offers it: a disk's fsync took half the time.
MEMORY = Path("/dev/shm")
if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK):
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

for name in [name for name in os.environ if name.startswith("RECOVERY_")]:
    del os.environ[name]
hypothesis.settings.register_profile(
    "homeward", deadline=None, derandomize="CI" in os.environ, print_blob=True
)
hypothesis.settings.load_profile("homeward")


def settings_for(database_url: str, instance: Path, **chosen: Any) -> Settings:
    """Settings of a test app: nothing from the environment, pushes to this machine only."""
    return Settings(
        **{
            "instance": instance,
            "database_url": database_url,
            "secret_key": "s" * 43,
            "vapid_private_key": VAPID_KEY,
            "audit_key": "a" * 43,
            "allow_loopback_push": True,
            "demo": "none",
            **chosen,
        }
    )


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that tests copy."""
    folder = tmp_path_factory.mktemp("sqlite")
    migrate(settings_for(f"sqlite:///{folder / 'template.db'}", folder))
    return folder / "template.db"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL server for all tests."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_database(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated PostgreSQL database that tests use one after another."""
    name = postgres.create()
    migrate(settings_for(postgres.url(name), tmp_path_factory.mktemp("postgresql")))
    return name


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the SQLite database of the test that runs now is kept."""
    return tmp_path_factory.mktemp("sqlite-now") / "homeward.db"


@pytest.fixture
def sqlite_url(sqlite_template: Path, sqlite_file: Path) -> str:
    """A fresh SQLite database, always at the same address."""
    for old in sqlite_file.parent.glob(f"{sqlite_file.name}*"):
        old.unlink()  # Who still has it open, because a browser asked late, writes to no new one.
    shutil.copyfile(sqlite_template, sqlite_file)
    return f"sqlite:///{sqlite_file}"


@pytest.fixture
def postgresql_url(postgres: Postgres, postgresql_database: str) -> str:
    """A PostgreSQL database with nothing in it, always at the same address."""
    postgres.empty(postgresql_database)
    return postgres.url(postgresql_database)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database of each kind: whatever uses it runs on both."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a test app; a test that needs others calls `settings_for`."""
    return settings_for(database_url, tmp_path)


@pytest.fixture
def clock() -> TestClock:
    """The time of the app, which only the test moves."""
    return TestClock(START)


@pytest.fixture(scope="session")
def kept_apps() -> dict[str, Flask]:
    """One app for each database address: most of a test's time was making it anew."""
    return {}


@pytest.fixture
def app(settings: Settings, clock: TestClock, kept_apps: dict[str, Flask]) -> Iterator[Flask]:
    """The whole app on a fresh database; it lets go of the database afterwards.

    A test that changes the app itself takes `fresh_app`.
    """
    if settings.database_url not in kept_apps:
        kept_apps[settings.database_url] = create_app(settings, clock=clock)
    app = kept_apps[settings.database_url]
    app_settings.attach(app, settings)
    app_clock.attach(app, clock)
    yield from _lent(app)


@pytest.fixture
def fresh_app(settings: Settings, clock: TestClock) -> Iterator[Flask]:
    """An app of the test's own, to change at will."""
    yield from _lent(create_app(settings, clock=clock))


def _lent(app: Flask) -> Iterator[Flask]:
    app.test_client_class = Visitor
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Iterator[scoped_session[Session]]:
    """A database session inside the app's context, for tests of store and services."""
    with app.app_context():
        yield db.session


@pytest.fixture
def client(app: Flask) -> Visitor:
    """A browser of somebody who has not signed in."""
    client = app.test_client()
    assert isinstance(client, Visitor)
    return client
