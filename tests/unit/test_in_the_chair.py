"""What runs and what is due while a patient is at the clinic."""

from datetime import timedelta

import pytest

from recovery.domain.in_the_chair import recheck_due, running_since
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
