"""A driver's yes on the phone: staff write it down where the protocol takes their word."""

import pytest
from sqlalchemy import select

from recovery.domain.ride import RideState, Role
from recovery.services.facts import facts_of
from recovery.store.audit import AuditRow
from recovery.store.database import db
from recovery.store.rides import Ride
from recovery.store.visits import Visit
from tests.builders import a_patient, a_protocol_version, a_ride, a_visit
from tests.builders_protocol import changed, ketamine
from tests.front_desk import Desk

SAM = {"name": "Sam Rivera", "phone": "(212) 555-0177", "consents": "yes"}


@pytest.fixture
def visit_id(desk: Desk) -> int:
    """A visit under a protocol by which staff may call, whose patient named nobody yet."""
    by_call = changed(ketamine(), {"driver.confirmed_by": ["own-link", "staff-call"]})
    with desk.inside() as clinic:
        return a_visit(
            a_patient(clinic), a_protocol_version(clinic, body=by_call.model_dump_json())
        ).id


def driver_of(desk: Desk, visit_id: int) -> RideState | None:
    with desk.inside():
        driver = facts_of([db.session.get_one(Visit, visit_id)])[0].driver
        return driver.state if driver else None


def test_a_yes_that_staff_took_on_the_phone_counts_and_the_record_names_them(
    desk: Desk, visit_id: int
) -> None:
    assert "They said yes" in desk.page(visit_id)
    desk.done(visit_id, "driver", **SAM)
    assert driver_of(desk, visit_id) is RideState.ACCEPTED
    assert "They said yes" not in desk.page(visit_id)
    assert "Driver accepted: Sam Rivera" in desk.client.get("/staff/").text
    assert (
        "Driver said yes to staff on the phone"
        in desk.client.get(f"/staff/visits/{visit_id}/timeline").text
    )
    with desk.inside():
        row = db.session.scalars(select(AuditRow).where(AuditRow.verb == "accepted-by-call")).one()
        assert (row.actor, row.actor_id) == ("staff", desk.staff_id)


def test_whom_the_patient_named_is_called_by_the_number_they_gave(
    desk: Desk, visit_id: int
) -> None:
    with desk.inside():
        ride_id = a_ride(db.session.get_one(Visit, visit_id), RideState.NAMED).id
    assert 'value="+12125550177"' in desk.page(visit_id)
    desk.done(visit_id, "driver", **SAM)
    with desk.inside():
        (ride,) = db.session.scalars(select(Ride)).all()
        assert (ride.id, ride.state, ride.role) == (ride_id, RideState.ACCEPTED, Role.DRIVER)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"consents": ""}, "Please say yes to what we may tell this person."),
        ({"phone": ""}, "Please enter their phone number."),
        ({"name": " "}, "Please enter a name, with 80 letters at most."),
    ],
)
def test_what_cannot_be_taken_is_said_and_nothing_typed_is_lost(
    desk: Desk, visit_id: int, wrong: dict[str, str], words: str
) -> None:
    answer = desk.act(visit_id, "driver", **(SAM | wrong))
    assert answer.status_code == 422
    assert words in answer.text
    assert "Sam Rivera" in answer.text or "name" in wrong
    assert driver_of(desk, visit_id) is None


def test_a_patient_is_not_their_own_driver_on_the_phone_either(desk: Desk, visit_id: int) -> None:
    with desk.inside():
        own = db.session.get_one(Visit, visit_id).patient.phone
    assert desk.act(visit_id, "driver", **(SAM | {"phone": own})).status_code == 422
    assert driver_of(desk, visit_id) is None


def test_under_the_shipped_protocol_only_the_drivers_own_link_counts(desk: Desk) -> None:
    visit_id = desk.visit(driver=False)
    assert "They said yes" not in desk.page(visit_id)
    answer = desk.act(visit_id, "driver", **SAM)
    assert answer.status_code == 422
    assert "by their own link" in answer.text
    assert driver_of(desk, visit_id) is None


def test_a_second_yes_changes_nothing(desk: Desk, visit_id: int) -> None:
    desk.done(visit_id, "driver", **SAM)
    other = SAM | {"name": "Kim Park", "phone": "(212) 555-0178"}
    assert desk.act(visit_id, "driver", **other).status_code == 422
    with desk.inside():
        assert len(db.session.scalars(select(Ride)).all()) == 1
