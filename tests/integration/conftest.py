"""Staff at their tablets, for tests of their pages."""

import pytest
from flask import Flask

from recovery.store.clinics import StaffRole
from tests.builders import a_clinic
from tests.clock import TestClock
from tests.front_desk import Desk
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
