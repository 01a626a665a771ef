"""The board: a day at a glance, what is due in the chair, and every act two taps away."""

import re
from datetime import timedelta

import pytest

from recovery.domain.visit import VisitState
from recovery.services.alerts import raise_alert
from recovery.store.alerts import AlertLevel
from recovery.store.database import db
from recovery.store.rides import Ride
from recovery.store.visits import Visit, Vital
from tests.builders import NOW, a_patient, a_ride, a_visit, a_visit_at_the_door
from tests.front_desk import Desk

ACTS = {
    VisitState.BOOKED: {"arrive", "move", "cancel"},
    VisitState.ARRIVED: {"gate", "exempt"},
    VisitState.INFUSING: {"vitals", "end", "given", "left", "transferred", "undo"},
    VisitState.RECOVERING: {"score", "checks", "vitals", "left", "transferred", "undo"},
    VisitState.READY: {"score", "checks", "code", "handover", "discharge", "undo"},
    VisitState.DISCHARGED: {"wait/extend", "wait/minimum", "wait/close", "correct", "undo"},
}
AGO = {"arrived_at": NOW - timedelta(minutes=70), "started_at": NOW - timedelta(minutes=39)}


def words(desk: Desk) -> str:
    """The board as it is read: no marks, single spaces."""
    page = desk.client.get("/staff/").text.partition("<main")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def pulse(desk: Desk, etag: str = "") -> tuple[int, str, str]:
    answer = desk.client.get("/staff/pulse", headers={"If-None-Match": etag} if etag else {})
    shown = answer.json["board"] if answer.status_code == 200 else ""
    return answer.status_code, answer.headers["ETag"], shown


def infusing(desk: Desk) -> int:
    with desk.inside() as clinic:
        return a_visit(a_patient(clinic), state=VisitState.INFUSING.value, **AGO).id


def test_the_board_says_since_when_the_infusion_runs_and_when_vital_signs_are_due(
    desk: Desk,
) -> None:
    visit_id = infusing(desk)
    assert "since 8:21" in words(desk)
    assert "39 min" in words(desk)
    assert "Vital signs due at 9:01" in words(desk)
    desk.clock.move(by=timedelta(minutes=1))
    assert "Vital signs due since 9:01" in words(desk)
    desk.done(visit_id, "vitals", systolic="120", diastolic="80")
    assert "Vital signs due" not in words(desk)


def test_the_second_pressure_is_still_asked_for_when_the_infusion_has_ended(desk: Desk) -> None:
    visit_id = infusing(desk)
    desk.done(visit_id, "end")
    desk.clock.move(by=timedelta(minutes=5))
    assert "Second blood pressure, due at 9:01" in desk.page(visit_id).replace("\u202f", " ")
    desk.done(visit_id, "vitals", systolic="120", diastolic="80")
    assert "Second blood pressure" not in desk.page(visit_id)


def test_a_pressure_beyond_the_protocols_limit_is_called_out_on_the_board_until_a_better_one(
    desk: Desk,
) -> None:
    visit_id = infusing(desk)
    assert "Hold from 160." in desk.page(visit_id)
    _status, etag, _board = pulse(desk)
    desk.done(visit_id, "vitals", systolic="200", diastolic="120")
    assert words(desk).count("Blood pressure 160/100 or higher.") == 1
    assert pulse(desk, etag)[0] == 200
    assert "Blood pressure 200/120 mmHg" in desk.page(visit_id)
    desk.wait(5)
    desk.done(visit_id, "vitals", systolic="128", diastolic="80")
    assert "160/100" not in words(desk)


def test_the_gate_says_from_where_on_a_number_holds_the_start(desk: Desk) -> None:
    with desk.inside() as clinic:
        visit_id = a_visit(a_patient(clinic), state=VisitState.ARRIVED.value, arrived_at=NOW).id
    page = desk.page(visit_id)
    assert "Review from 140. Hold from 160." in page
    assert "Hold from 38." in page


def test_the_board_says_until_when_a_patient_stays(desk: Desk) -> None:
    with desk.inside() as clinic:
        a_visit(
            a_patient(clinic),
            state=VisitState.RECOVERING.value,
            ended_at=NOW - timedelta(minutes=5),
            **AGO,
        )
    assert "Stays until" in words(desk)
    desk.clock.move(by=timedelta(hours=2))
    assert "Minimum stay over since" in words(desk)


def test_minutes_that_pass_send_nothing_and_what_becomes_due_does(desk: Desk) -> None:
    infusing(desk)
    desk.clock.move(by=-timedelta(minutes=10))
    _status, etag, first = pulse(desk)
    desk.clock.move(by=timedelta(minutes=5))
    assert pulse(desk, etag)[0] == 304
    desk.clock.move(by=timedelta(minutes=10))
    status, _etag, later = pulse(desk, etag)
    assert (status, later != first) == (200, True)


def test_a_step_of_the_driver_to_the_clinic_changes_the_board(desk: Desk) -> None:
    with desk.inside() as clinic:
        visit = a_visit_at_the_door(a_patient(clinic))
        ride_id = a_ride(visit).id
    _status, etag, before = pulse(desk)
    with desk.inside():
        ride = db.session.get_one(Ride, ride_id)
        ride.set_out_at = NOW
        db.session.commit()
    status, _etag, after = pulse(desk, etag)
    assert (status, after != before) == (200, True)
    assert "Driver on the way" in words(desk)


@pytest.mark.parametrize("state", ACTS)
def test_every_act_is_two_taps_from_the_board(desk: Desk, state: VisitState) -> None:
    with desk.inside() as clinic:
        gone = {"left_at": NOW} if state is VisitState.DISCHARGED else {}
        visit = a_visit_at_the_door(a_patient(clinic), state=state.value, **gone)
        a_ride(visit)
        db.session.add(Vital(visit_id=visit.id, measure="spo2", value=98, at=NOW))
        db.session.commit()
        visit_id = visit.id
    page = f"/staff/visits/{visit_id}"
    assert f'href="{page}"' in desk.client.get("/staff/").text
    shown = desk.client.get(page).text
    found = set(re.findall(rf'action="{page}/([\w/-]+)"', shown))
    assert ACTS[state] <= found, found
    assert {"welcome", "halt"} <= set(re.findall(r'action="/staff/patients/\d+/(\w+)"', shown))
    assert f'href="{page}/timeline"' in shown


def test_an_alert_is_taken_with_one_tap_on_the_board_and_stands_above_the_visits(
    desk: Desk,
) -> None:
    visit_id = desk.visit()
    with desk.inside():
        alert = raise_alert(
            db.session.get_one(Visit, visit_id), "drove", NOW, level=AlertLevel.ALERT
        )
        db.session.commit()
        alert_id = alert.id
    page = desk.client.get("/staff/").text
    assert page.index(f'data-alert="{alert_id}"') < page.index(f"/staff/visits/{visit_id}/arrive")
    assert f'action="/staff/alerts/{alert_id}/take"' in page


def test_any_day_is_shown_and_what_is_no_day_is_not_found(desk: Desk) -> None:
    desk.visit(start_at=NOW + timedelta(days=40))
    assert "Rosa Delgado" in desk.client.get("/staff/?day=2026-04-11").text
    assert "No visits on this day." in desk.client.get("/staff/?day=2026-04-12").text
    assert desk.client.get("/staff/?day=2026-02-30").status_code == 404


def test_a_stale_tap_on_the_board_says_who_was_first(desk: Desk, nurse: Desk) -> None:
    visit_id = desk.visit()
    token = desk.client.token("/staff/")
    nurse.done(visit_id, "arrive")
    late = desk.client.post(f"/staff/visits/{visit_id}/arrive", data={"csrf_token": token})
    assert late.status_code == 409
    assert "Nurse Weiss was first: The patient arrived" in late.text
