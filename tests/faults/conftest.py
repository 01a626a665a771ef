"""The people and services of the integration tests, and real processes that keep real time."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from recovery import create_app
from recovery.config import Settings
from recovery.store.database import db
from tests.faults.crew import Crew
from tests.integration.conftest import desk, nurse, patient, service, stranger, worker
from tests.push_service import PushService

__all__ = ["desk", "nurse", "patient", "service", "stranger", "worker"]


@pytest.fixture
def crew(settings: Settings, tmp_path: Path) -> Iterator[Crew]:
    """Worker processes on the test's database; none outlives the test."""
    crew = Crew(settings, tmp_path)
    yield crew
    crew.dismiss()


@pytest.fixture
def real_app(settings: Settings) -> Iterator[Flask]:
    """The app by the machine's clock, as processes of their own read it; inside its context."""
    app = create_app(settings)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def real_service() -> Iterator[PushService]:
    """A push service by the machine's clock."""
    with PushService() as running:
        yield running
