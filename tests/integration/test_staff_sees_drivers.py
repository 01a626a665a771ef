"""Staff see who takes a patient home, the number to ring, what was said, and what works there."""

from datetime import timedelta

import pytest
from flask import Flask

from recovery.domain.ride import RideState, Role
from recovery.domain.visit import VisitState
from recovery.store.clinics import StaffRole
from recovery.store.database import db
from recovery.store.rides import Promise, Ride
from recovery.store.sign_ins import Face
from recovery.store.visits import Visit
from tests.builders import NOW, a_clinic, a_patient, a_ride, a_staff, a_visit_at_the_door, signed_in
from tests.notices import MINUTE, a_phone
from tests.push_service import PushService
from tests.visitor import Visitor


@pytest.fixture
def ride(app: Flask, client: Visitor) -> int:
    """A driver of a patient who is ready, with a backup who has not answered; staff look."""
    with app.app_context():
        visit = a_visit_at_the_door(a_patient(a_clinic()))
        driver = a_ride(visit)
        asked = {"role": Role.BACKUP.value, "phone": "+12125550178", "name": "Kim Park"}
        a_ride(visit, RideState.ASKED, **asked)
        signed_in(client, Face.STAFF, a_staff(visit.clinic, StaffRole.PROVIDER))
        return driver.id


def page(app: Flask, client: Visitor, ride: int, **changes: object) -> str:
    with app.app_context():
        row = db.session.get_one(Ride, ride)
        for name, value in changes.items():
            setattr(row, name, value)
        db.session.commit()
        visit = row.visit_id
    return client.get(f"/staff/visits/{visit}").text


def test_the_handover_names_the_driver_and_the_number(
    app: Flask, client: Visitor, ride: int
) -> None:
    shown = page(app, client, ride)
    handover = shown[shown.index("The code on the driver") - 900 :]
    assert "Sam Rivera" in handover
    assert 'href="tel:+12125550177"' in handover
    assert "accepted" in handover


def test_how_near_the_driver_is_stands_beside_the_name(
    app: Flask, client: Visitor, ride: int
) -> None:
    assert "on the way since 8:50" in page(app, client, ride, set_out_at=NOW - 10 * MINUTE)
    assert "here since 8:58" in page(app, client, ride, here_at=NOW - 2 * MINUTE)


def test_a_driver_whose_phone_takes_no_notices_is_to_be_called(
    app: Flask, client: Visitor, ride: int, service: PushService
) -> None:
    assert "no notices on their phone: call" in page(app, client, ride)
    with app.app_context():
        a_phone(db.session.get_one(Ride, ride).contact, service)
    assert "no notices on their phone: call" not in page(app, client, ride)


def test_a_yes_from_before_the_time_changed_is_marked(
    app: Flask, client: Visitor, ride: int
) -> None:
    with app.app_context():
        visit = db.session.get_one(Visit, db.session.get_one(Ride, ride).visit_id)
        visit.state, visit.moved_at = VisitState.BOOKED.value, NOW
        visit.start_at = NOW + timedelta(days=1)
        visit.arrived_at = visit.started_at = visit.ended_at = visit.ready_at = None
        db.session.commit()
    assert "said yes before the time changed" in page(app, client, ride)


def test_what_the_driver_said_yes_to_is_read_word_for_word(
    app: Flask, client: Visitor, ride: int
) -> None:
    with app.app_context():
        row = db.session.get_one(Ride, ride)
        kept = {"at": NOW, "language": "es", "lines": ["Contesta su teléfono."]}
        times = {"start_at": NOW, "pickup_at": NOW}
        version = row.visit.protocol_version_id
        db.session.add(Promise(ride_id=ride, protocol_version_id=version, **kept, **times))
        db.session.commit()
    shown = page(app, client, ride)
    assert "What Sam Rivera said, and when" in shown
    assert '<ul lang="es"><li>Contesta su teléfono.</li></ul>' in shown
