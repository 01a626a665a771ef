"""What a driver sees and does after saying yes, up to “home safe”, or taking it back."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.domain.ride import RideState, Role
from recovery.domain.visit import VisitState
from recovery.services.facts import course_of
from recovery.store.alerts import Alert
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face
from recovery.store.visits import Visit
from tests.builders import NOW, a_clinic, a_patient, a_ride, a_visit_at_the_door, signed_in
from tests.clock import TestClock
from tests.visitor import Visitor


class Scene:
    """A visit at the door and its driver's browser."""

    def __init__(self, app: Flask, client: Visitor, role: Role = Role.DRIVER) -> None:
        self.app, self.client = app, client
        with app.app_context():
            self.patient = a_patient(a_clinic()).id
            visit = a_visit_at_the_door(db.session.get_one(Patient, self.patient))
            self.visit = visit.id
        self.ride = self.add(client, role)
        self.page = f"/driver/rides/{self.ride}"

    def add(self, client: Visitor, role: Role, **changes: Any) -> int:
        """Another helper of the same visit, signed in to a browser."""
        with self.app.app_context():
            ride = a_ride(db.session.get_one(Visit, self.visit), role=role.value, **changes)
            signed_in(client, Face.DRIVER, ride.contact)
            return ride.id

    def set_visit(self, **changes: Any) -> None:
        with self.app.app_context():
            visit = db.session.get_one(Visit, self.visit)
            for name, value in changes.items():
                setattr(visit, name, value)
            db.session.commit()

    def set_ride(self, **changes: Any) -> None:
        with self.app.app_context():
            ride = db.session.get_one(Ride, self.ride)
            for name, value in changes.items():
                setattr(ride, name, value)
            db.session.commit()

    def gone(self) -> None:
        """The patient left with this driver."""
        self.set_visit(state=VisitState.DISCHARGED.value, left_at=NOW)
        self.set_ride(state=RideState.TOOK.value, took_at=NOW)

    @property
    def state(self) -> str:
        with self.app.app_context():
            return db.session.get_one(Ride, self.ride).state

    def alerts(self) -> list[tuple[str, str, str | None]]:
        with self.app.app_context():
            rows = db.session.scalars(select(Alert).order_by(Alert.id))
            return [(row.kind, row.level, row.red_flag) for row in rows]


@pytest.fixture
def scene(app: Flask, client: Visitor) -> Scene:
    return Scene(app, client)


def test_the_page_says_where_the_patient_is_and_what_to_do(scene: Scene) -> None:
    ready = scene.client.get(scene.page)
    assert "Rosa is ready" in ready.text
    assert "482 913" in ready.text
    assert "12 Lake Street, New York" in ready.text
    assert "Behind the house" in ready.text
    assert 'href="https://www.google.com/maps/search/?api=1&amp;query=12%20Lake' in ready.text
    assert ready.headers["Cache-Control"] == "no-store"
    scene.set_visit(state=VisitState.RECOVERING.value)
    assert "Rosa is resting" in scene.client.get(scene.page).text
    scene.set_visit(state=VisitState.INFUSING.value)
    assert "Rosa’s visit has begun" in scene.client.get(scene.page).text
    scene.set_visit(state=VisitState.CANCELLED.value)
    assert "cancelled" in scene.client.get(scene.page).text


def test_one_ride_is_opened_at_once_and_several_are_listed(scene: Scene) -> None:
    assert scene.client.get("/driver/").location == scene.page


def test_the_mark_of_the_page_changes_when_the_patient_is_ready(scene: Scene) -> None:
    scene.set_visit(state=VisitState.RECOVERING.value)
    resting = scene.client.get(f"{scene.page}/state").get_json()["version"]
    assert f'data-version="{resting}"' in scene.client.get(scene.page).text
    scene.set_visit(state=VisitState.READY.value)
    assert scene.client.get(f"{scene.page}/state").get_json()["version"] != resting


@pytest.mark.parametrize("state", [VisitState.BOOKED, VisitState.ARRIVED, VisitState.INFUSING])
def test_the_code_is_not_shown_before_the_end_of_the_infusion(
    scene: Scene, state: VisitState
) -> None:
    scene.set_visit(state=state.value)
    assert "482 913" not in scene.client.get(scene.page).text


def test_the_code_is_not_shown_on_another_day(scene: Scene, clock: TestClock) -> None:
    clock.move(by=timedelta(days=1))
    assert "482 913" not in scene.client.get(scene.page).text


def test_somebody_elses_ride_is_not_found(app: Flask, scene: Scene) -> None:
    other = app.test_client()
    assert isinstance(other, Visitor)
    mine = scene.add(other, Role.BACKUP, phone="+12125550179")
    assert other.get(f"/driver/rides/{mine}").status_code == 200
    nothing = other.get("/driver/rides/999")
    theirs = other.get(scene.page)
    assert (theirs.status_code, theirs.text) == (404, nothing.text)
    posted = other.submit(f"/driver/rides/{mine}/cannot", to=f"{scene.page}/cannot")
    assert (posted.status_code, scene.state) == (404, "accepted")


def test_a_driver_of_the_day_says_that_they_are_coming(app: Flask, scene: Scene) -> None:
    scene.set_visit(state=VisitState.BOOKED.value, start_at=NOW + timedelta(hours=2))
    assert "Yes, I am coming" in scene.client.get(scene.page).text
    scene.client.submit(scene.page, to=f"{scene.page}/coming")
    with app.app_context():
        assert db.session.get_one(Ride, scene.ride).coming_at == NOW


def test_home_safe_is_recorded_once_and_told_to_everyone(
    app: Flask, scene: Scene, clock: TestClock
) -> None:
    scene.gone()
    for _ in range(2):
        scene.client.submit(scene.page, to=f"{scene.page}/home")
        clock.move(by=timedelta(minutes=1))
    assert scene.state == "home"
    with app.app_context():
        assert db.session.get_one(Ride, scene.ride).home_at == NOW
        owed = db.session.scalars(select(Notice.kind).where(Notice.state == "owed")).all()
        assert "home-safe" not in owed
        assert "staff-not-home" not in owed
        assert "evening-driver" in owed
    assert "You are home" in scene.client.get(scene.page).text


def test_home_safe_counts_when_nobody_recorded_the_handover(app: Flask, scene: Scene) -> None:
    scene.set_visit(state=VisitState.LEFT.value, left_at=NOW)
    assert "Is Rosa with you?" in scene.client.get(scene.page).text
    scene.client.submit(scene.page, to=f"{scene.page}/home")
    assert scene.state == "home"


def test_home_safe_is_refused_while_the_patient_is_at_the_clinic(scene: Scene) -> None:
    answer = scene.client.submit(f"{scene.page}/help", to=f"{scene.page}/home")
    assert answer.status_code == 422
    assert scene.state == "accepted"


def test_withdrawing_after_the_start_alerts_staff(app: Flask, scene: Scene) -> None:
    answer = scene.client.submit(f"{scene.page}/cannot")
    assert "Thank you for telling us" in scene.client.get(answer.location).text
    assert scene.state == "withdrawn"
    assert scene.alerts() == [("driver-withdrew", "alert", None)]
    with app.app_context():
        assert course_of(scene.patient)[0].driver is None
        told = db.session.scalars(select(Notice.kind).where(Notice.role == "staff")).all()
        assert "staff-driver-lost" in told
    assert scene.client.get(scene.page).status_code == 404


def test_withdrawing_before_the_day_is_told_by_the_plan(app: Flask, scene: Scene) -> None:
    scene.set_visit(
        state=VisitState.BOOKED.value,
        start_at=NOW + timedelta(days=3),
        **dict.fromkeys(("arrived_at", "started_at", "ended_at", "ready_at")),
    )
    scene.client.submit(f"{scene.page}/cannot")
    assert scene.alerts() == []
    with app.app_context():
        kinds = db.session.execute(select(Notice.role, Notice.kind)).all()
        assert ("patient", "driver-lost") in kinds
        assert ("staff", "staff-driver-lost") in kinds


def test_a_second_tap_on_withdraw_gets_the_same_answer(scene: Scene) -> None:
    form = {"csrf_token": scene.client.token(f"{scene.page}/cannot")}
    answers = {scene.client.post(f"{scene.page}/cannot", data=form).location for _ in range(2)}
    assert answers == {"/driver/withdrawn"}
    assert len(scene.alerts()) == 1


def test_a_backup_stands_in_when_the_driver_withdraws(app: Flask, scene: Scene) -> None:
    backup = app.test_client()
    assert isinstance(backup, Visitor)
    ride = scene.add(backup, Role.BACKUP, phone="+12125550179")
    assert "You are the backup" in backup.get(f"/driver/rides/{ride}").text
    scene.client.submit(f"{scene.page}/cannot")
    assert "Rosa is ready" in backup.get(f"/driver/rides/{ride}").text


def test_a_red_flag_from_the_driver_alerts_staff_and_keeps_the_wait(
    app: Flask, scene: Scene
) -> None:
    scene.gone()
    buttons = scene.client.get(f"{scene.page}/help").text
    assert 'href="tel:911"' in buttons
    assert "Cannot be woken" in buttons
    flag = f"{scene.page}/red-flags/cannot-be-woken"
    for _ in range(2):
        answer = scene.client.submit(f"{scene.page}/help", to=flag)
        assert (answer.status_code, answer.location) == (303, flag)
    page = scene.client.get(flag).text
    assert page.index("tel:911") < page.index("tel:988") < page.index("tel:+12125550100")
    assert "Lay them on their side" in page
    assert scene.alerts() == [("cannot-be-woken", "alert", "cannot-be-woken")]
    with app.app_context():
        assert course_of(scene.patient)[0].red_flags


def test_what_is_expected_so_soon_is_a_task_and_does_not_keep_the_wait(scene: Scene) -> None:
    scene.gone()
    scene.client.submit(f"{scene.page}/help", to=f"{scene.page}/red-flags/confusion")
    assert scene.alerts() == [("confusion", "task", None)]


def test_an_unknown_red_flag_is_not_found(scene: Scene) -> None:
    answer = scene.client.submit(f"{scene.page}/help", to=f"{scene.page}/red-flags/nothing")
    assert answer.status_code == 404
    assert scene.client.get(f"{scene.page}/red-flags/nothing").status_code == 404


def test_a_companion_has_the_same_buttons_but_no_code(app: Flask, client: Visitor) -> None:
    scene = Scene(app, client, Role.COMPANION)
    page = client.get(scene.page).text
    assert "482 913" not in page
    assert "Rosa needs you after the visit" in page
    scene.set_visit(state=VisitState.DISCHARGED.value, left_at=NOW)
    page = client.get(scene.page).text
    assert "must not drive before" in page
    assert "We are home" not in page
    client.submit(f"{scene.page}/help", to=f"{scene.page}/red-flags/seizure")
    assert scene.alerts() == [("seizure", "alert", "seizure")]


def test_looking_in_is_recorded_and_answers_nothing_else(app: Flask, scene: Scene) -> None:
    scene.gone()
    scene.client.submit(scene.page, to=f"{scene.page}/looked-in")
    with app.app_context():
        assert db.session.get_one(Ride, scene.ride).looked_in_at == NOW
        assert course_of(scene.patient)[0].reports == ()


def test_a_notice_is_read_by_a_button_not_by_looking(app: Flask, scene: Scene) -> None:
    scene.gone()
    scene.client.submit(scene.page, to=f"{scene.page}/looked-in")
    with app.app_context():
        chosen = select(Notice).where(Notice.kind == "you-have-the-patient")
        notice = db.session.scalars(chosen.where(Notice.recipient_id == scene.ride)).one()
        path, key = f"/driver/notices/{notice.id}", notice.id
    page = scene.client.get(path)
    assert "Rosa is now with you" in page.text
    assert "Drive slowly" in page.text
    with app.app_context():
        assert db.session.get_one(Notice, key).opened_at is None
    form = {"csrf_token": scene.client.token(path)}
    assert scene.client.post(f"{path}/opened", data=form).status_code == 204
    assert scene.client.post(f"{path}/read", data=form).location == scene.page
    with app.app_context():
        row = db.session.get_one(Notice, key)
        assert (row.opened_at, row.acknowledged_at) == (NOW, NOW)


def test_a_notice_to_the_patient_is_not_the_drivers(app: Flask, scene: Scene) -> None:
    scene.gone()
    scene.client.submit(scene.page, to=f"{scene.page}/looked-in")
    with app.app_context():
        chosen = select(Notice.id).where(Notice.role == "patient")
        notice_id = db.session.scalars(chosen).first()
    assert scene.client.get(f"/driver/notices/{notice_id}").status_code == 404
