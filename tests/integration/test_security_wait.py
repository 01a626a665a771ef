"""Nobody talks a wait shorter, a gate open or a driver home, whatever they send."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from recovery.domain.notices.occasions import occasions
from recovery.domain.ride import RideState, Role
from recovery.domain.wait import earliest_of, over_since, wait_at
from recovery.services.facts import course_of
from recovery.store.database import db
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face
from recovery.store.visits import Visit
from tests.builders import (
    NOW,
    a_clinic,
    a_patient,
    a_ride,
    a_visit,
    a_visit_at_the_door,
    signed_in,
)
from tests.builders_protocol import harmless
from tests.clock import TestClock
from tests.front_desk import Desk
from tests.visitor import Visitor

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _without_form_tokens(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """These rules know no database."""
    return sqlite_url


class AtHome:
    """A patient who was discharged at the tests' beginning, with a phone that sends anything."""

    def __init__(self, app: Flask, client: Visitor, clock: TestClock) -> None:
        self.app, self.client, self.clock = app, client, clock
        with app.app_context():
            patient = a_patient(a_clinic())
            visit = a_visit_at_the_door(patient, state="discharged", left_at=NOW)
            signed_in(client, Face.PATIENT, patient)
            self.visit, self.patient = visit.id, patient.id
            facts = course_of(patient.id)[0]
            earliest = earliest_of(facts)
            assert earliest is not None
            self.earliest = earliest
            last = facts.protocol.check_in("last-questions")
            assert last is not None
            self.well = {question.id: harmless(question) for question in last.questions}

    def say(self, key: str, check_in: str = "last-questions", **changes: Any) -> int:
        body = {"answers": self.well, "key": key, "occasion": ""} | changes
        path = f"/me/visits/{self.visit}/check-ins/{check_in}"
        return self.client.post(path, json=body).status_code

    def over(self) -> bool:
        with self.app.app_context():
            facts = course_of(self.patient)[0]
            wait = wait_at(facts, self.clock())
            assert wait is not None
            assert wait.over == (over_since(facts) is not None)
            return wait.over


@pytest.fixture
def home(app: Flask, client: Visitor, clock: TestClock) -> AtHome:
    return AtHome(app, client, clock)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"said_at": "2026-03-05T12:00:00Z"},
        {"said_at": "2999-12-31T23:59:59-14:00"},
        {"said_at": "2001-01-01T00:00:00Z"},
        {"occasion": "20260303T150000Z"},
        {"occasion": "2026-03-03"},
    ],
)
def test_all_well_said_before_the_earliest_end_never_ends_the_wait(
    home: AtHome, changes: dict[str, Any]
) -> None:
    for number, moment in enumerate((NOW + MINUTE, NOW + 12 * HOUR, home.earliest - MINUTE)):
        home.clock.move(to=moment)
        assert home.say(f"too-early-{number}", **changes) == 200
    home.clock.move(to=home.earliest + HOUR)
    assert not home.over()


def test_the_same_answers_at_the_earliest_end_do_end_it(home: AtHome) -> None:
    home.clock.move(to=home.earliest + MINUTE)
    assert home.say("in-good-time") == 200
    assert home.over()


def test_the_answer_to_each_notice_that_asks_is_taken_under_the_name_of_its_occasion(
    home: AtHome,
) -> None:
    home.clock.move(to=home.earliest + MINUTE)
    with home.app.app_context():
        facts = course_of(home.patient)[0]
        asked = {
            occasion.name
            for rule in facts.protocol.notices
            if rule.check_in == "last-questions"
            for occasion in occasions(rule.when, facts)
        }
    assert any(asked)
    for number, name in enumerate(asked):
        assert home.say(f"answer-{number}", occasion=name) == 200


def test_an_answer_that_waited_on_the_phone_since_before_the_end_does_not_end_it(
    home: AtHome,
) -> None:
    home.clock.move(to=home.earliest + HOUR)
    said = (home.earliest - MINUTE).isoformat()
    assert home.say("from-the-queue", said_at=said) == 200
    assert not home.over()


@pytest.mark.parametrize(
    "changes",
    [
        {"check_in": "no-such-check-in"},
        {"check_in": "evening"},
        {"answers": {}},
        {"answers": {"slept": "yes"}},
        {"answers": {"slept": ["yes"]}},
        {"answers": None},
        {"occasion": "last-questions"},
        {"occasion": "x" * 500},
        {"key": "short"},
        {"key": ""},
        {"said_at": "yesterday"},
        {"said_at": "2026-03-03T12:00:00"},
        {"said_at": 12},
    ],
)
def test_what_is_not_a_whole_answer_to_these_questions_is_refused(
    home: AtHome, changes: dict[str, Any]
) -> None:
    home.clock.move(to=home.earliest + MINUTE)
    assert home.say(**({"key": "a-good-key"} | changes)) in {404, 422}
    assert not home.over()


def test_a_key_used_again_for_better_answers_changes_nothing(home: AtHome) -> None:
    home.clock.move(to=home.earliest + MINUTE)
    assert home.say("the-one-key", answers=home.well | {"dizzy": "yes"}) == 200
    assert home.say("the-one-key") == 409
    assert not home.over()


def drivers(app: Flask) -> tuple[int, int]:
    """The driver who took the patient, and a backup who had said yes too."""
    with app.app_context():
        visit = a_visit_at_the_door(a_patient(a_clinic()), state="discharged", left_at=NOW)
        took = a_ride(visit, RideState.TOOK, took_at=NOW)
        backup = a_ride(visit, role=Role.BACKUP.value, name="Kim", phone="+12125550188")
        return took.id, backup.id


def press(app: Flask, ride_id: int, what: str) -> int:
    client = app.test_client()
    with app.app_context():
        signed_in(client, Face.DRIVER, db.session.get_one(Ride, ride_id).contact)
    return client.post(f"/driver/rides/{ride_id}/{what}").status_code


def test_a_backup_cannot_say_home_for_the_driver_who_took_the_patient(app: Flask) -> None:
    took, backup = drivers(app)
    assert press(app, backup, "home") == 422
    assert press(app, took, "home") == 303
    with app.app_context():
        assert db.session.get_one(Ride, backup).state == RideState.ACCEPTED.value


def test_a_driver_cannot_be_home_before_the_patient_has_left(app: Flask) -> None:
    with app.app_context():
        ride = a_ride(a_visit_at_the_door(a_patient(a_clinic()))).id
    assert press(app, ride, "home") == 422
    assert press(app, ride, "looked-in") == 422


def test_the_code_of_another_visit_hands_nobody_over(desk: Desk) -> None:
    mine = desk.visit()
    with desk.inside():
        row = db.session.get_one(Visit, mine)
        a_ride(a_visit(row.patient, row.protocol_version, start_at=NOW + DAY), code="777777")
    desk.infuse(mine)
    desk.wait(40)
    desk.done(mine, "end")
    assert desk.act(mine, "code", code="777777").status_code == 422
    assert desk.row(mine).handed_over_at is None


def test_no_infusion_starts_without_its_gate_and_nobody_goes_without_the_list(desk: Desk) -> None:
    visit = desk.visit()
    for act in ("start", "end", "ready", "discharge"):
        assert desk.act(visit, act).status_code == 409
    desk.done(visit, "arrive")
    assert desk.act(visit, "start").status_code == 422
    desk.done(visit, "gate", **desk.good_gate())
    assert desk.decide(visit).status_code == 303
    assert desk.start(visit, started_at=desk.local(HOUR)).status_code == 422
    assert desk.start(visit).status_code == 303
    assert desk.act(visit, "end", ended_at=desk.local(-HOUR)).status_code == 422
    desk.wait(40)
    desk.done(visit, "end")
    for data in ({}, {"left_at": desk.local(DAY)}, {"left_at": "9999-12-31T00:00"}):
        assert desk.act(visit, "discharge", **data).status_code == 422
    assert desk.row(visit).left_at is None


def test_what_was_decided_at_one_arrival_is_not_decided_at_the_next(desk: Desk) -> None:
    visit = desk.visit()
    desk.pass_the_gate(visit, systolic="165")
    assert desk.decide(visit).status_code == 303
    desk.done(visit, "undo", wrong="arrived", undo_why="Not today.")
    tomorrow = desk.local(DAY)
    desk.done(visit, "move", start=tomorrow)
    desk.wait(24 * 60)
    desk.done(visit, "arrive")
    desk.done(visit, "vitals", systolic="165", diastolic="80", pulse="70", spo2="98")
    refused = desk.start(visit)
    assert refused.status_code == 422
    row = desk.row(visit)
    assert (row.decided_flags, row.driver_reached_at) == ([], None)
    assert 'value="unknown:' in refused.text


def test_what_was_checked_before_an_end_that_was_undone_is_checked_again(desk: Desk) -> None:
    visit = desk.visit()
    desk.infuse(visit)
    desk.get_ready_to_go(visit)
    desk.done(visit, "code", code="482913")
    desk.done(visit, "undo", wrong="recovering", undo_why="Still running.")
    desk.wait(10)
    desk.get_ready_to_go(visit)
    refused = desk.act(visit, "discharge")
    assert refused.status_code == 422
    assert desk.row(visit).handed_over_at is None
    desk.done(visit, "code", code="482913")
    desk.done(visit, "discharge")


def test_nobody_goes_before_their_last_scoring(desk: Desk) -> None:
    visit = desk.visit()
    desk.infuse(visit)
    desk.get_ready_to_go(visit)
    desk.done(visit, "code", code="482913")
    sooner = desk.local(-timedelta(minutes=1))
    desk.wait(10)
    assert desk.act(visit, "discharge", left_at=sooner).status_code == 422
    desk.done(visit, "discharge", left_at=desk.local(-timedelta(minutes=5)))
