"""The protocol is edited during a visit: the visit keeps the version it was booked under."""

from datetime import timedelta

import pytest
from flask import Flask

from recovery.domain.wait import earliest_of
from recovery.services.facts import course_of, facts_of
from recovery.services.protocols import add_protocol, usable_versions
from recovery.store.database import db
from recovery.store.visits import Visit
from recovery.worker import Worker
from tests.builders import NOW, a_patient
from tests.builders_protocol import changed, ketamine
from tests.clock import TestClock
from tests.front_desk import Desk
from tests.notices import HOUR, a_phone, the_notice, work_off
from tests.push_service import PushService

OTHER_WORDS = {"en": "Something else", "es": "Otra cosa"}


@pytest.fixture
def visit(desk: Desk) -> int:
    """A visit in the midst of its infusion."""
    visit = desk.visit()
    desk.infuse(visit)
    return visit


def edit(desk: Desk) -> int:
    """The clinic's next version: twice the wait, and other words for the first notice after it."""
    stricter = {"wait.minimum": "PT48H", "wait.floor": "PT48H", "notices.rest.body": OTHER_WORDS}
    with desk.inside() as clinic:
        version: int = add_protocol(clinic.id, changed(ketamine(), stricter), desk.clock()).id
        assert [usable.id for usable in usable_versions(clinic.id)] == [version]
        return version


def go_home(desk: Desk, visit: int) -> None:
    """From the running infusion to the discharge."""
    desk.get_ready_to_go(visit)
    desk.done(visit, "ready")
    desk.done(visit, "code", code="482 913")
    desk.done(visit, "discharge")


def test_protocol_edited_during_a_visit_and_its_wait_is_that_of_its_own_version(
    desk: Desk, visit: int
) -> None:
    version = desk.row(visit).protocol_version_id
    assert edit(desk) != version
    go_home(desk, visit)
    row = desk.row(visit)
    assert row.protocol_version_id == version
    with desk.inside():
        [facts] = facts_of([db.session.get_one(Visit, visit)])
        left = facts.left_at
        assert left is not None
        assert earliest_of(facts) == left + 24 * HOUR
        assert {found.protocol.wait.minimum for found in course_of(row.patient_id)} == {24 * HOUR}


def test_protocol_edited_during_a_visit_and_its_notices_keep_their_words_and_times(
    app: Flask, desk: Desk, visit: int, worker: Worker, service: PushService, clock: TestClock
) -> None:
    with desk.inside():
        phone = a_phone(db.session.get_one(Visit, visit).patient, service, clock())
    edit(desk)
    go_home(desk, visit)
    with desk.inside():
        clock.move(to=the_notice("rest").due_at)
        work_off(worker)
        told = phone.messages()[-1].json["notification"]
    assert told["title"] == "Are you home? Time to rest"
    assert told["body"].startswith("Lie down with somebody near.")


def test_protocol_edited_and_the_next_visit_is_booked_under_the_new_one(
    desk: Desk, visit: int
) -> None:
    edited = edit(desk)
    with desk.inside() as clinic:
        patient = a_patient(clinic, name="Ana Ruiz").id
    start = {"start": desk.local(timedelta(days=7)), "protocol": str(edited)}
    booked = desk.client.submit(f"/staff/patients/{patient}/visits/new", start)
    assert booked.status_code == 303
    row = desk.row(int(booked.location.rsplit("/", 1)[1]))
    assert row.protocol_version_id == edited
    assert row.booked_at >= NOW
