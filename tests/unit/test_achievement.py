"""What counts as achieved, and how parts of wholes and times are told."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from recovery.domain.achievement import (
    Count,
    Every,
    Times,
    asks_whether_drove,
    cancelled_without_driver,
    check_ins_answered,
    confirmed_in_time,
    periods,
    within,
)
from recovery.domain.ride import RideFacts, RideState, Role
from recovery.domain.visit import VisitFacts, VisitState
from tests.builders_protocol import changed, ketamine
from tests.visits import DAYS, HOURS, MINUTES, accepted, at, booked, discharged, says_well

START = booked().start
DEADLINE = START - ketamine().driver.accept_by
LATER = START + 20 * DAYS


def with_ride(**changes: object) -> VisitFacts:
    return booked(rides=(accepted(**changes),))


def test_a_yes_that_stands_at_the_deadline_counts() -> None:
    assert confirmed_in_time(with_ride(accepted_at=DEADLINE), LATER) is True
    assert confirmed_in_time(with_ride(accepted_at=DEADLINE + MINUTES), LATER) is False
    assert confirmed_in_time(booked(rides=()), LATER) is False
    backup = with_ride(accepted_at=DEADLINE, role=Role.BACKUP)
    assert confirmed_in_time(backup, LATER) is True
    companion = with_ride(accepted_at=DEADLINE, role=Role.COMPANION)
    assert confirmed_in_time(companion, LATER) is False


def test_a_yes_taken_back_before_the_deadline_does_not_count_and_after_it_does() -> None:
    early = {"accepted_at": DEADLINE - DAYS, "state": RideState.WITHDRAWN}
    assert confirmed_in_time(with_ride(**early, withdrawn_at=DEADLINE), LATER) is False
    assert confirmed_in_time(with_ride(**early, withdrawn_at=DEADLINE + HOURS), LATER) is True
    gone = RideFacts(7, Role.DRIVER, RideState.ACCEPTED, accepted_at=DEADLINE - DAYS,
                     revoked_at=DEADLINE - HOURS)  # fmt: skip
    assert confirmed_in_time(booked(rides=(gone,)), LATER) is False


def test_who_could_not_confirm_in_time_is_not_counted() -> None:
    assert confirmed_in_time(booked(), DEADLINE - MINUTES) is None, "still to come"
    late = booked(known_since=DEADLINE, booked_at=DEADLINE, rides=())
    assert confirmed_in_time(late, LATER) is None, "booked too late to ask anybody"
    cancelled = {"state": VisitState.CANCELLED, "rides": ()}
    assert confirmed_in_time(booked(cancelled_at=DEADLINE - HOURS, **cancelled), LATER) is None
    assert confirmed_in_time(booked(cancelled_at=DEADLINE + HOURS, **cancelled), LATER) is False
    free = changed(ketamine(), {"driver.required": False})
    assert confirmed_in_time(booked(protocol=free), LATER) is None


def test_a_visit_cancelled_while_nobody_had_said_yes_is_one_for_lack_of_a_driver() -> None:
    gone = {"state": VisitState.CANCELLED, "cancelled_at": START - DAYS}
    assert cancelled_without_driver(booked(rides=(), **gone), LATER) is True
    assert cancelled_without_driver(booked(**gone), LATER) is False
    assert cancelled_without_driver(booked(rides=(), exempt=True, **gone), LATER) is False
    assert cancelled_without_driver(booked(rides=()), LATER) is False
    assert cancelled_without_driver(booked(rides=()), START - DAYS) is None


def test_check_ins_count_once_they_were_asked_and_the_wait_was_on() -> None:
    visit = discharged()
    assert check_ins_answered(visit, visit.left_at) == Count()
    next_day = at(24, 22)
    silent = check_ins_answered(visit, next_day)
    assert silent.part == 0
    assert silent.whole > 1
    well = replace(visit, reports=(says_well(at(24, 14)),))
    ended = check_ins_answered(well, next_day)
    assert ended.part >= 1
    assert ended.whole <= silent.whole


def test_a_check_in_that_asks_about_driving_is_known_by_what_its_answers_mean() -> None:
    asking = {item.id: asks_whether_drove(item) for item in ketamine().check_ins}
    assert any(asking.values())
    assert not all(asking.values())


def test_weeks_begin_on_monday_and_months_on_the_first_whatever_day_it_is() -> None:
    weeks = periods(Every.WEEK, date(2026, 11, 25), 3)
    assert [one.first for one in weeks] == [
        date(2026, 11, 9),
        date(2026, 11, 16),
        date(2026, 11, 23),
    ]
    assert weeks[-1].until == date(2026, 11, 30)
    months = periods(Every.MONTH, date(2026, 1, 31), 3)
    assert [one.first for one in months] == [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1)]
    for found in (weeks, months):
        assert all(one.until == after.first for one, after in pairwise(found))


@pytest.mark.parametrize(("count", "half", "most"), [(0, None, None), (1, 1, 1), (4, 2, 4)])
def test_few_times_have_a_median_and_a_longest_but_no_ninetieth(
    count: int, half: int | None, most: int | None
) -> None:
    times = Times(tuple(number * MINUTES for number in range(1, count + 1)))
    in_minutes = [
        None if span is None else span / MINUTES for span in (times.median, times.longest)
    ]
    assert (in_minutes, times.ninetieth) == ([half, most], None)


def test_nine_of_ten_lie_within_the_ninetieth() -> None:
    took = [number * MINUTES for number in (5, 1, 9, 3, 7, 2, 10, 4, 8, 60)]
    assert Times(tuple(took)).ninetieth == 10 * MINUTES
    assert within(took, 0.5) == 5 * MINUTES
    assert sum(span <= 10 * MINUTES for span in took) == 9


def test_nothing_of_nothing_is_no_share() -> None:
    assert Count().share is None
    assert Count(1, 3).plus(None) == Count(1, 3)
    assert Count(1, 3).plus(True) == Count(2, 4)
    assert Count(3, 4).share == pytest.approx(0.75)
