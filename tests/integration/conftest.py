"""Staff at their tablets, a worker and its push service, a patient."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session, scoped_session

from recovery.store.clinics import StaffRole
from recovery.store.patients import Patient
from recovery.worker import Worker
from tests.builders import a_clinic, a_patient
from tests.carriers import Outside, outside
from tests.clock import TestClock
from tests.front_desk import Desk
from tests.notices import worker_with
from tests.push_service import PushService
from tests.visitor import Visitor


@pytest.fixture
def desk(app: Flask, client: Visitor, clock: TestClock) -> Desk:
    """A provider, who has the clinician's right, at a clinic of the demo."""
    with app.app_context():
        clinic_id = a_clinic().id
    return Desk(client, clock, clinic_id, StaffRole.PROVIDER)


@pytest.fixture
def nurse(app: Flask, desk: Desk, clock: TestClock) -> Desk:
    """A nurse of the same clinic at another tablet."""
    client = app.test_client()
    assert isinstance(client, Visitor)
    return Desk(client, clock, desk.clinic_id, StaffRole.NURSE)


@pytest.fixture
def stranger(app: Flask, clock: TestClock) -> Desk:
    """A provider of another clinic."""
    with app.app_context():
        clinic_id = a_clinic(name="Another Clinic").id
    client = app.test_client()
    assert isinstance(client, Visitor)
    return Desk(client, clock, clinic_id, StaffRole.PROVIDER)


@pytest.fixture
def service(clock: TestClock) -> Iterator[PushService]:
    """A push service that keeps the app's time."""
    with PushService(clock=lambda: clock().timestamp()) as running:
        yield running


@pytest.fixture
def worker(app: Flask) -> Iterator[Worker]:
    """A worker that the test moves by hand."""
    worker = worker_with(app)
    yield worker
    worker.close()


@pytest.fixture
def patient(session: scoped_session[Session]) -> Iterator[Patient]:
    """A patient, for tests inside the app's context."""
    yield a_patient(a_clinic())
    session.rollback()


@pytest.fixture
def out(app: Flask, tmp_path: Path) -> Iterator[Outside]:
    """A worker with a mail server and a text provider to send to."""
    with outside(app, tmp_path) as world:
        yield world
