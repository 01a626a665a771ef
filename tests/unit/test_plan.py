"""Which notices are owed, to whom and when."""

from dataclasses import replace
from datetime import datetime

import pytest

from recovery.domain.notices import plan
from recovery.domain.protocol.after import Audience
from recovery.domain.ride import RideFacts, RideState, Role
from recovery.domain.visit import RedFlagRaised, Report, VisitState
from tests.builders_protocol import changed, ketamine
from tests.visits import DAYS, HOURS, MINUTES, accepted, at, booked, discharged, says_well


def kinds(*visits, to=Audience.PATIENT):
    return [part.kind for owed in plan(visits) for part in owed.parts if owed.recipient.role is to]


def find(kind, *visits, to=None):
    found = [
        owed
        for owed in plan(visits)
        if kind in [part.kind for part in owed.parts] and to in (None, owed.recipient.role)
    ]
    assert found, f"{kind} is not owed"
    return found[0]


def test_a_deadline_in_quiet_hours_is_told_the_evening_before():
    food = find("food", booked())
    assert food.due_at == at(22, 20)
    assert food.parts[-1].says["at"] == at(23, 5, 30).isoformat()


@pytest.mark.parametrize("minutes", [0, 1, 15, 29])
def test_the_last_questions_soon_after_the_morning_notice_can_be_sent(minutes):
    left = at(23, 8, minutes)
    home = discharged(
        start=left - 3 * HOURS,
        arrived_at=left - 3 * HOURS,
        started_at=left - 2 * HOURS,
        ended_at=left - 75 * MINUTES,
        ready_at=left - 10 * MINUTES,
        left_at=left,
    )
    last = find("last-questions", home)
    assert (last.due_at, last.not_after) == (left + DAYS, left + DAYS + 12 * HOURS)
    if minutes:
        morning = find("morning", home)
        assert (morning.due_at, morning.not_after) == (at(24, 8), left + DAYS)


def test_two_notices_within_half_an_hour_become_one():
    assert [part.kind for part in find("food", booked()).parts] == ["heavy-meal", "food"]


def test_a_late_booking_turns_overdue_steps_into_one_notice_at_once():
    late = booked(known_since=at(23, 9), booked_at=at(23, 9), rides=())
    owed = find("read", late)
    assert owed.due_at == at(23, 9)
    assert {"read", "food", "alcohol-cannabis"} <= {part.kind for part in owed.parts}
    assert owed.parts[0].says["start"] == "now"


def test_a_step_that_is_done_is_not_reminded_of():
    assert "read" not in kinds(booked(steps_done=frozenset({"read"})))


def test_a_time_to_keep_is_told_though_the_step_was_read():
    assert "food" in kinds(booked(steps_done=frozenset({"food"})))


def test_no_driver_is_said_to_the_patient_and_becomes_a_task_the_day_before():
    alone = booked(rides=())
    assert "driver-missing" in kinds(alone)
    assert find("staff-no-driver", alone, to=Audience.STAFF).due_at == at(22, 11, 30)


def test_a_driver_who_only_opened_the_link_does_not_count():
    asked = booked(rides=(accepted(state=RideState.ASKED, accepted_at=None),))
    assert "driver-missing" in kinds(asked)
    assert kinds(asked, to=Audience.DRIVER) == []


def test_a_backup_who_has_not_accepted_is_told_nothing():
    backup = RideFacts(8, Role.BACKUP, RideState.ASKED, asked_at=at(19, 9))
    owed = plan([booked(rides=(accepted(), backup))])
    assert {o.recipient.id for o in owed if o.recipient.role is Audience.DRIVER} == {7}


def test_when_the_driver_withdraws_the_accepted_backup_is_told_instead():
    lost = accepted(state=RideState.WITHDRAWN, withdrawn_at=at(21, 9))
    backup = RideFacts(8, Role.BACKUP, RideState.ACCEPTED, accepted_at=at(19, 12))
    owed = plan([booked(rides=(lost, backup))])
    assert {o.recipient.id for o in owed if o.recipient.role is Audience.DRIVER} == {8}


def test_a_driver_who_withdraws_with_nobody_behind_them_is_told_at_once():
    lost = booked(rides=(accepted(state=RideState.WITHDRAWN, withdrawn_at=at(21, 9)),))
    assert find("driver-lost", lost, to=Audience.PATIENT).due_at == at(21, 9)
    assert find("staff-driver-lost", lost, to=Audience.STAFF).due_at == at(21, 9)


def test_consent_taken_back_silences_the_driver():
    assert kinds(booked(rides=(accepted(revoked_at=at(20, 9)),)), to=Audience.DRIVER) == []


def test_a_halted_patient_gets_nothing():
    assert kinds(discharged(halted=True)) == []


@pytest.mark.parametrize("state", [VisitState.CANCELLED, VisitState.NO_SHOW])
def test_a_visit_that_does_not_happen_reminds_of_nothing(state):
    gone = booked(state=state, cancelled_at=at(20, 9) if state is VisitState.CANCELLED else None)
    assert set(kinds(gone)) <= {"cancelled"}


def test_the_patient_gets_no_push_in_the_chair():
    waits = discharged(id=1)
    chair = booked(id=2, start=at(24, 11), state=VisitState.ARRIVED, arrived_at=at(24, 10, 45))
    assert all(
        owed.due_at < at(24, 10, 45)
        for owed in plan([waits, chair])
        if owed.recipient.role is Audience.PATIENT
    )


def test_nothing_after_the_discharge_is_owed_before_it():
    recovering = discharged(state=VisitState.READY, left_at=None, rides=(accepted(),))
    assert "rest" not in kinds(recovering)
    assert "ready" in kinds(recovering, to=Audience.DRIVER)


def test_after_the_discharge_the_reminders_follow_the_protocol():
    home = discharged()
    assert find("rest", home).due_at == at(23, 14, 15)
    assert find("evening", home).due_at == at(23, 20)
    assert find("morning", home).due_at == at(24, 8)
    assert find("last-questions", home).due_at == at(24, 13, 30)


def test_silence_after_a_check_in_goes_to_the_driver_and_then_to_staff():
    home = discharged()
    assert find("later-silent", home, to=Audience.DRIVER).due_at == at(23, 16)
    assert find("staff-later-silent", home, to=Audience.STAFF).due_at == at(23, 16, 30)


def test_an_answer_ends_the_silence():
    heard = discharged(reports=(Report(at(23, 15, 40), "later-2h"),))
    assert "later-silent" not in kinds(heard, to=Audience.DRIVER)
    assert "staff-later-silent" not in kinds(heard, to=Audience.STAFF)


def test_a_driver_who_has_not_said_home_safe_is_asked_and_then_staff_are():
    home = discharged()
    assert find("home-safe", home).due_at == at(23, 14, 30)
    assert find("staff-not-home", home).due_at == at(23, 15)
    done = discharged(
        rides=(accepted(state=RideState.HOME, took_at=at(23, 13, 30), home_at=at(23, 14)),)
    )
    assert "home-safe" not in kinds(done, to=Audience.DRIVER)
    assert "staff-not-home" not in kinds(done, to=Audience.STAFF)


def test_when_the_wait_is_over_no_more_reminders_are_owed():
    over = discharged(reports=(says_well(at(24, 13, 40)),))
    assert find("over", over).due_at == at(24, 13, 40)
    assert all(
        owed.due_at <= at(24, 13, 40)
        for owed in plan([over])
        if owed.no_driving and owed.recipient.role is Audience.PATIENT
    )


def test_a_poor_night_is_asked_about_again_each_morning_and_evening():
    poor = Report(at(24, 14), "last-questions", slept=False, symptoms=frozenset())
    owed = plan([discharged(reports=(poor,))])
    asked = {(part.kind, part.occasion) for o in owed for part in o.parts if o.due_at > at(24, 14)}
    evening = ("still-waiting-evening", "2026-11-24")
    morning = ("still-waiting-morning", "2026-11-25")
    assert {evening, morning} <= asked


def test_no_notice_says_not_before_a_time_that_has_passed():
    poor = Report(at(24, 14), "last-questions", slept=False, symptoms=frozenset())
    for owed in plan([discharged(reports=(poor,))]):
        for part in owed.parts:
            if "earliest" in part.says:
                assert owed.due_at <= datetime.fromisoformat(part.says["earliest"])
                assert owed.not_after <= datetime.fromisoformat(part.says["earliest"])


def test_the_last_food_notice_says_until_when_one_may_drink():
    told = [p.says for o in plan([booked()]) for p in o.parts if p.kind == "food"]
    assert told == [{"at": at(23, 5, 30).isoformat(), "next": at(23, 9, 30).isoformat()}]


def test_a_new_visit_ends_the_routine_check_ins_of_the_last():
    first, second = discharged(id=1), booked(id=2, start=at(26, 9), known_since=at(10, 9))
    owed = plan([first, second])
    assert all(
        o.due_at < at(26, 9)
        for o in owed
        for p in o.parts
        if p.visit_id == 1 and p.kind.startswith("day-")
    )


def test_a_new_infusion_restarts_the_wait_and_its_reminders():
    first = discharged(id=1)
    second = discharged(
        id=2,
        start=at(24, 11, 30),
        arrived_at=at(24, 11, 15),
        started_at=at(24, 11, 40),
        ended_at=at(24, 12, 20),
        ready_at=at(24, 13, 20),
        left_at=at(24, 13, 30),
    )
    late = [o for o in plan([first, second]) if o.no_driving and o.due_at > at(24, 11, 40)]
    assert {part.visit_id for owed in late for part in owed.parts} == {2}


def test_a_gap_in_the_reminders_is_filled():
    often = changed(ketamine(), {"wait.remind_at_least_every": "PT2H"})
    waking = [
        o.due_at
        for o in plan([discharged(protocol=often)])
        if o.no_driving and o.recipient.role is Audience.PATIENT
    ]
    evening = [moment for moment in waking if at(23, 13, 30) < moment <= at(23, 21)]
    pairs = zip([at(23, 13, 30), *evening], [*evening, at(23, 21)], strict=True)
    assert all(b - a <= 2 * HOURS for a, b in pairs)


def test_an_emergency_that_the_patient_reports_is_told_to_the_driver_at_once():
    ill = discharged(red_flags=(RedFlagRaised("chest-pain", at(23, 22)),))
    assert find("emergency-driver", ill, to=Audience.DRIVER).due_at == at(23, 22)


def test_what_the_driver_reported_or_can_wait_is_not_told_back_to_them():
    reported = RedFlagRaised("chest-pain", at(23, 15), by_patient=False)
    mild = RedFlagRaised("rash", at(23, 15))
    told = kinds(discharged(red_flags=(reported, mild)), to=Audience.DRIVER)
    assert "emergency-driver" not in told


def test_a_left_patient_is_an_alert_for_staff():
    left = discharged(state=VisitState.LEFT, rides=(accepted(),))
    assert "staff-left" in kinds(left, to=Audience.STAFF)
    assert "rest" in kinds(left)


def test_a_transferred_patient_is_not_asked_how_it_is():
    moved = discharged(state=VisitState.TRANSFERRED, rides=(accepted(),))
    assert "later" not in kinds(moved)
    assert "staff-later-silent" not in kinds(moved, to=Audience.STAFF)
    assert "rest" in kinds(moved)


def test_no_discharge_an_hour_after_the_expected_time_is_an_alert():
    sitting = discharged(
        state=VisitState.RECOVERING, ready_at=None, left_at=None, rides=(accepted(),)
    )
    overdue = find("staff-overdue", sitting, to=Audience.STAFF)
    assert overdue.due_at == sitting.pickup_expected + 1 * HOURS


def test_a_moved_visit_tells_everyone_and_plans_anew():
    moved = booked(start=at(25, 9), moved_at=at(21, 10), known_since=at(21, 10))
    assert find("moved", moved, to=Audience.PATIENT).due_at == at(21, 10)
    assert find("moved", moved, to=Audience.DRIVER).due_at == at(21, 10)
    (drink,) = [p for p in find("last-drink", moved).parts if p.kind == "last-drink"]
    assert drink.says["at"] == at(25, 7).isoformat()


def test_a_course_of_visits_keeps_each_with_its_own_protocol_version():
    slow = changed(ketamine(), {"wait.minimum": "PT48H", "wait.floor": "PT48H", "version": 2})
    first = discharged(id=1)
    second = replace(discharged(id=2, protocol=slow), start=first.start + 20 * DAYS)
    owed = {part.visit_id for o in plan([first, second]) for part in o.parts}
    assert owed == {1, 2}
