"""What runs and what is due while a patient is at the clinic."""

from datetime import timedelta

import pytest

from recovery.domain.in_the_chair import outside_limits, recheck_due, running_since
from recovery.domain.monitoring import Measured
from recovery.domain.visit import VisitFacts, VisitState
from tests.visits import MINUTES, at, booked, discharged

STARTED = at(23, 11, 40)


def infusing(state: VisitState = VisitState.INFUSING) -> VisitFacts:
    return booked(state=state, arrived_at=at(23, 11, 15), started_at=STARTED)


def test_vital_signs_are_due_forty_minutes_after_the_start() -> None:
    assert recheck_due(infusing(), None) == STARTED + 40 * MINUTES
    assert recheck_due(infusing(VisitState.RECOVERING), at(23, 11, 30)) == STARTED + 40 * MINUTES


@pytest.mark.parametrize(("minutes", "is_due"), [(0, True), (29, True), (30, False), (55, False)])
def test_a_pressure_taken_about_then_is_the_one_that_was_due(minutes: int, is_due: bool) -> None:
    taken = STARTED + timedelta(minutes=minutes)
    assert (recheck_due(infusing(), taken) is not None) is is_due


def test_nothing_is_due_before_the_start_or_once_the_patient_is_gone() -> None:
    assert recheck_due(booked(), None) is None
    assert recheck_due(discharged(), None) is None


def test_the_infusion_runs_from_its_start_to_its_end() -> None:
    assert running_since(infusing()) == STARTED
    assert running_since(infusing(VisitState.RECOVERING)) is None


def pressure(minutes: int, upper: float, lower: float) -> Measured:
    values = {"systolic": upper, "diastolic": lower}
    return Measured(STARTED + timedelta(minutes=minutes), values)


def met(visit: VisitFacts, *measured: Measured) -> list[tuple[str, str]]:
    return [(flag.id, flag.level.value) for flag in outside_limits(visit, measured)]


def test_a_pressure_in_the_chair_is_judged_by_the_protocols_limits_and_the_newest_counts() -> None:
    assert met(infusing(), pressure(40, 200, 85)) == [("systolic", "hold")]
    assert met(infusing(), pressure(40, 142, 120)) == [
        ("diastolic", "hold"),
        ("systolic", "review"),
    ]
    assert met(infusing(), pressure(40, 200, 120), pressure(50, 128, 80)) == []
    assert met(infusing(), pressure(50, 200, 80), pressure(40, 128, 80)) == [("systolic", "hold")]


def test_what_was_measured_before_the_start_or_of_somebody_gone_is_no_longer_called_out() -> None:
    assert met(infusing(), pressure(-5, 200, 120)) == []
    assert met(discharged(), pressure(50, 200, 120)) == []
