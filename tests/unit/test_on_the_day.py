"""What is asked of whoever drives or stays, as the day goes on."""

from recovery.domain.on_the_day import (
    is_asked_if_coming,
    is_asked_to_look_in,
    is_time_to_set_out,
    said_yes_to_another_time,
)
from recovery.domain.ride import Role
from recovery.domain.visit import Report, VisitState
from tests.builders_protocol import changed, ketamine
from tests.visits import HOURS, MINUTES, accepted, at, booked, discharged


def test_a_visit_that_moved_after_the_yes_is_asked_anew():
    assert said_yes_to_another_time(accepted(), booked(moved_at=at(20, 9)))
    assert not said_yes_to_another_time(accepted(), booked(moved_at=at(18, 9)))
    assert not said_yes_to_another_time(accepted(), booked())


def test_a_yes_to_the_new_time_settles_it():
    ride = accepted(coming_at=at(20, 10))
    assert not said_yes_to_another_time(ride, booked(moved_at=at(20, 9)))
    assert said_yes_to_another_time(ride, booked(moved_at=at(21, 9)))


def test_nobody_is_asked_anew_once_the_patient_is_here():
    here = booked(state=VisitState.ARRIVED, moved_at=at(20, 9))
    assert not said_yes_to_another_time(accepted(), here)


def test_still_coming_is_asked_of_a_driver_from_the_evening_before_on():
    visit, ride = booked(), accepted()
    assert not is_asked_if_coming(ride, visit, visit.start - 12 * HOURS - MINUTES)
    assert is_asked_if_coming(ride, visit, visit.start - 12 * HOURS)
    assert not is_asked_if_coming(accepted(coming_at=at(23, 8)), visit, at(23, 9))
    assert not is_asked_if_coming(accepted(role=Role.COMPANION), visit, at(23, 9))


def test_a_yes_from_days_ago_is_asked_again_on_the_day():
    assert is_asked_if_coming(accepted(coming_at=at(20, 10)), booked(), at(23, 9))


def test_it_is_time_to_set_out_when_the_protocol_says_so():
    visit = discharged(state=VisitState.RECOVERING, left_at=None, ready_at=None)
    told = visit.pickup_expected - 30 * MINUTES
    assert not is_time_to_set_out(visit, told - MINUTES)
    assert is_time_to_set_out(visit, told)
    earlier = changed(ketamine(), {"notices.pickup-soon.when.offset": "-PT45M"})
    far = discharged(protocol=earlier, state=VisitState.RECOVERING, left_at=None, ready_at=None)
    assert is_time_to_set_out(far, told - 15 * MINUTES)


def test_nobody_sets_out_before_the_visit_has_begun():
    assert not is_time_to_set_out(booked(), at(23, 18))


def test_silence_asks_driver_and_companion_to_look_in_until_they_did():
    visit = discharged()
    silent = visit.left_at + 2 * HOURS + 30 * MINUTES
    assert not is_asked_to_look_in(accepted(), visit, silent - MINUTES)
    for role in Role:
        assert is_asked_to_look_in(accepted(role=role), visit, silent)
    assert not is_asked_to_look_in(accepted(looked_in_at=silent), visit, silent + MINUTES)
    before = accepted(looked_in_at=silent - MINUTES)
    assert is_asked_to_look_in(before, visit, silent)


def test_an_answer_of_the_patient_asks_nobody_to_look_in():
    visit = discharged()
    heard = visit.left_at + 2 * HOURS + 10 * MINUTES
    answered = discharged(reports=(Report(heard, "later-2h"),))
    assert not is_asked_to_look_in(accepted(), answered, heard + HOURS)
