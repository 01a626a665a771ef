"""What a driver sees and does after saying yes, up to “home safe”, or taking it back."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from recovery.domain.ride import RideState, Role
from recovery.domain.visit import GONE, VisitState
from recovery.services.facts import course_of
from recovery.store.alerts import Alert
from recovery.store.audit import AuditRow
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face
from recovery.store.visits import Visit
from tests.builders import (
    NOW,
    a_clinic,
    a_patient,
    a_ride,
    a_staff,
    a_visit_at_the_door,
    signed_in,
)
from tests.builders_protocol import ketamine
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
    assert "Blue door beside the bakery" in ready.text
    assert ready.headers["Cache-Control"] == "no-store"
    scene.set_visit(state=VisitState.RECOVERING.value)
    assert "Rosa is resting" in scene.client.get(scene.page).text
    scene.set_visit(state=VisitState.INFUSING.value)
    assert "Rosa’s visit has begun" in scene.client.get(scene.page).text
    scene.set_visit(state=VisitState.CANCELLED.value)
    assert "cancelled" in scene.client.get(scene.page).text


@pytest.mark.parametrize(
    ("phone", "way"),
    [
        (
            "Mozilla/5.0 (Linux; Android 15; Pixel 9)",
            "www.google.com/maps/dir/?api=1&amp;destination",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)", "maps.apple.com/?daddr"),
    ],
)
def test_the_way_there_opens_in_the_phones_own_map(scene: Scene, phone: str, way: str) -> None:
    page = scene.client.get(scene.page, headers={"User-Agent": phone}).text
    assert f'href="https://{way}=12%20Lake%20Street%2C%20New%20York" rel="noreferrer' in page


@pytest.mark.parametrize("state", list(VisitState))
@pytest.mark.parametrize("role", list(Role))
def test_every_state_says_what_to_do_now_first(
    app: Flask, client: Visitor, role: Role, state: VisitState
) -> None:
    scene = Scene(app, client, role)
    so_far = ("arrived_at", "started_at", "ended_at", "ready_at")
    if state is VisitState.BOOKED:
        scene.set_visit(**dict.fromkeys(so_far))
    left = NOW if state in GONE else None
    scene.set_visit(state=state.value, left_at=left)
    page = scene.client.get(scene.page).text
    assert page.count("<h1") == 1
    assert page.index("<h1") < page.index("<main") + 700
    assert page.count('class="button primary"') <= 1
    assert 'href="tel:+12125550100"' in page
    assert 'href="tel:+12125550111"' in page


def test_one_ride_is_opened_at_once_and_several_are_listed(scene: Scene) -> None:
    assert scene.client.get("/driver/").location == scene.page


def test_the_mark_of_the_page_changes_when_the_patient_is_ready(scene: Scene) -> None:
    scene.set_visit(state=VisitState.RECOVERING.value)
    resting = scene.client.get(f"{scene.page}/state").get_json()["version"]
    assert f'data-version="{resting}"' in scene.client.get(scene.page).text
    scene.set_visit(state=VisitState.READY.value)
    assert scene.client.get(f"{scene.page}/state").get_json()["version"] != resting


def test_an_open_page_is_answered_with_a_header_alone_while_nothing_changes(
    app: Flask, scene: Scene
) -> None:
    first = scene.client.get(f"{scene.page}/state")
    assert first.headers["Cache-Control"] == "no-store"
    asked: list[str] = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    same = scene.client.get(f"{scene.page}/state", headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    assert len([words for words in asked if words.startswith("SELECT")]) <= 12
    assert not [words for words in asked if not words.startswith(("SELECT", "BEGIN"))]
    scene.set_visit(state=VisitState.RECOVERING.value)
    other = scene.client.get(
        f"{scene.page}/state", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert other.status_code == 200


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


def test_a_driver_who_sets_out_and_arrives_is_seen_by_staff(
    app: Flask, scene: Scene, clock: TestClock
) -> None:
    with app.app_context():
        staff = app.test_client()
        signed_in(staff, Face.STAFF, a_staff(db.session.get_one(Visit, scene.visit).clinic))
    assert "Driver accepted: Sam Rivera" in staff.get("/staff/").text
    for act, words, shown in [
        ("set-out", "I am on my way", "Driver on the way"),
        ("here", "I am here", "Driver is here"),
    ]:
        assert words in scene.client.get(scene.page).text
        for _twice in range(2):
            assert scene.client.submit(scene.page, to=f"{scene.page}/{act}").status_code == 303
            clock.move(by=timedelta(minutes=1))
        assert shown in staff.get("/staff/").text
    page = scene.client.get(scene.page).text
    assert 'class="button primary"' not in page
    assert "482 913" in page
    with app.app_context():
        ride = db.session.get_one(Ride, scene.ride)
        assert (ride.set_out_at, ride.here_at) == (NOW, NOW + timedelta(minutes=2))
        said = select(func.count(AuditRow.id)).where(AuditRow.verb.in_(["set-out", "here"]))
        assert db.session.scalar(said) == 2


@pytest.mark.parametrize("state", [VisitState.BOOKED, VisitState.DISCHARGED, VisitState.CANCELLED])
def test_nobody_sets_out_when_there_is_nobody_to_fetch(scene: Scene, state: VisitState) -> None:
    scene.set_visit(state=state.value, left_at=NOW if state in GONE else None)
    for act in ("set-out", "here"):
        answer = scene.client.submit(f"{scene.page}/help", to=f"{scene.page}/{act}")
        assert answer.status_code == 422


def test_the_page_says_honestly_when_it_takes_longer(scene: Scene, clock: TestClock) -> None:
    scene.set_visit(state=VisitState.RECOVERING.value, ready_at=None)
    assert "A little later than 8:15\u202fAM." in scene.client.get(scene.page).text
    scene.set_visit(ended_at=NOW)
    assert "Ready at about 10:15\u202fAM." in scene.client.get(scene.page).text


def test_a_visit_that_moved_asks_the_driver_anew(app: Flask, scene: Scene) -> None:
    so_far = ("arrived_at", "started_at", "ended_at", "ready_at")
    later = NOW + timedelta(days=8)
    moved = {"state": VisitState.BOOKED.value, "start_at": later, "moved_at": NOW}
    scene.set_visit(**dict.fromkeys(so_far), **moved)
    page = scene.client.get(scene.page).text
    assert "The time has changed" in page
    assert "Tuesday, March\u00a010" in page
    with app.app_context():
        staff = app.test_client()
        signed_in(staff, Face.STAFF, a_staff(db.session.get_one(Visit, scene.visit).clinic))
    assert (
        "Driver has not confirmed the new time: Sam Rivera"
        in staff.get("/staff/?day=2026-03-10").text
    )
    scene.client.submit(scene.page, to=f"{scene.page}/coming")
    assert "You take Rosa home" in scene.client.get(scene.page).text


def test_after_silence_looking_in_is_the_first_thing_on_the_page(
    scene: Scene, clock: TestClock
) -> None:
    scene.gone()
    clock.move(by=timedelta(hours=2, minutes=31))
    page = scene.client.get(scene.page).text
    assert "Please look in on Rosa" in page
    assert page.index("Rosa is awake and can talk") < page.index("No, get help")
    scene.client.submit(scene.page, to=f"{scene.page}/looked-in")
    assert "Please look in on Rosa" not in scene.client.get(scene.page).text


def test_a_phone_without_notices_is_told_what_happens_instead(scene: Scene) -> None:
    page = scene.client.get(scene.page).text
    assert "Notices are off on this phone" in page
    assert "the clinic reaches you at (212)\u00a0555\u20110177" in page


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
    assert "Stay near Rosa" in scene.client.get(scene.page).text


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
    page = backup.get(f"/driver/rides/{ride}").text
    assert "Rosa needs you to drive" in page
    assert "Please come now." in page
    backup.submit(f"/driver/rides/{ride}", to=f"/driver/rides/{ride}/coming")
    assert "Rosa is ready" in backup.get(f"/driver/rides/{ride}").text


def test_a_red_flag_from_the_driver_alerts_staff_and_keeps_the_wait(
    app: Flask, scene: Scene
) -> None:
    scene.gone()
    buttons = scene.client.get(f"{scene.page}/help").text
    assert 'href="tel:911"' in buttons
    assert "Cannot be woken" in buttons
    place = [flag.id for flag in ketamine().red_flags].index("cannot-be-woken") + 1
    advice = f"{scene.page}/help/{place}"
    assert "The clinic has been told." not in scene.client.get(advice).text
    for _ in range(2):
        answer = scene.client.submit(f"{scene.page}/help", {"flag": "cannot-be-woken"})
        assert (answer.status_code, answer.location) == (303, advice)
    page = scene.client.get(advice).text
    assert "The clinic has been told." in page
    assert page.index("tel:911") < page.index("tel:988") < page.index("tel:+12125550100")
    assert "Lay them on their side" in page
    assert scene.alerts() == [("cannot-be-woken", "alert", "cannot-be-woken")]
    with app.app_context():
        assert course_of(scene.patient)[0].red_flags


def test_what_is_expected_so_soon_is_a_task_and_does_not_keep_the_wait(scene: Scene) -> None:
    scene.gone()
    scene.client.submit(f"{scene.page}/help", {"flag": "confusion"})
    assert scene.alerts() == [("confusion", "task", None)]


def test_an_unknown_red_flag_is_not_found(scene: Scene) -> None:
    for flag in ("nothing", ""):
        answer = scene.client.submit(f"{scene.page}/help", {"flag": flag})
        assert answer.status_code == 404
    for place in (0, 987, 2147483647):
        assert scene.client.get(f"{scene.page}/help/{place}").status_code == 404


def test_a_companion_has_the_same_buttons_but_no_code(app: Flask, client: Visitor) -> None:
    scene = Scene(app, client, Role.COMPANION)
    page = client.get(scene.page).text
    assert "482 913" not in page
    assert "Rosa is ready to go home" in page
    scene.set_visit(state=VisitState.DISCHARGED.value, left_at=NOW)
    page = client.get(scene.page).text
    assert "must not drive before" in page
    assert "We are home" not in page
    client.submit(f"{scene.page}/help", {"flag": "seizure"})
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


def test_after_a_transfer_a_driver_is_asked_nothing_more(app: Flask, client: Visitor) -> None:
    scene = Scene(app, client)
    scene.set_visit(state=VisitState.TRANSFERRED.value, left_at=NOW)
    page = client.get(scene.page).text
    assert "was taken to another place of care" in page
    assert "looked-in" not in page
    assert "cannot" not in page
