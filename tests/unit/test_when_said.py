"""A phone's clock may be wrong by years: only how long an answer waited is believed."""

from datetime import timedelta

import pytest

from recovery.domain.notices.occasions import Occasion, answered
from recovery.domain.said import when_said
from recovery.domain.visit import Report
from tests.visits import DAYS, HOURS, MINUTES, at, discharged

NOW, GIVEN = at(23, 18), at(23, 14)


def test_without_a_time_it_is_said_as_it_arrives():
    assert when_said(NOW, None, None, GIVEN) == NOW


@pytest.mark.parametrize("wrong", [timedelta(), 40 * DAYS, -40 * DAYS, 20_000 * DAYS])
def test_a_clock_that_is_wrong_by_any_span_still_tells_how_long_it_waited(wrong):
    said, sent = NOW - 2 * HOURS - wrong, NOW - wrong
    assert when_said(NOW, said, sent, GIVEN) == NOW - 2 * HOURS


@pytest.mark.parametrize("sent", [None, at(23, 19)])
def test_nothing_is_said_in_the_future(sent):
    assert when_said(NOW, NOW + 5 * HOURS, sent, GIVEN) == NOW


@pytest.mark.parametrize("said", [at(23, 13, 59), at(1, 0)])
def test_nothing_is_said_before_the_form_was_given(said):
    assert when_said(NOW, said, NOW, GIVEN) == GIVEN


def test_a_form_given_in_the_future_bounds_nothing():
    assert when_said(NOW, at(23, 13), NOW, NOW + MINUTES) == at(23, 13)


def test_what_was_said_before_a_question_was_due_is_no_answer_to_it():
    late = Report(at=at(24, 9), check_in="morning", said_at=at(24, 7))
    asked = Occasion(at(24, 8), "2026-11-24")
    assert not answered(discharged(reports=(late,)), "morning", asked)
    assert answered(discharged(reports=(late,)), "morning", Occasion(at(24, 6)))
