"""What may still be eaten and drunk follows from the visit's deadlines."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recovery.domain.allowed import limit_at, limits_of
from recovery.domain.visit import VisitFacts
from tests.builders_protocol import changed, ketamine
from tests.visits import DAYS, HOURS, any_visit, at, booked


def test_after_the_last_food_water_is_fine_until_the_last_drink() -> None:
    limit = limit_at(booked(), at(23, 6))
    assert limit is not None
    assert limit.step.id == "food"
    assert (limit.at, limit.until) == (at(23, 5, 30), at(23, 9, 30))
    assert limit.still is not None
    assert "Water" in limit.still.in_language("en")


def test_before_the_first_deadline_nothing_is_forbidden() -> None:
    assert limit_at(booked(), at(20, 12)) is None


def test_after_the_last_deadline_its_rule_holds_until_the_visit() -> None:
    limit = limit_at(booked(), at(23, 11))
    assert limit is not None
    assert limit.step.id == "last-drink"
    assert limit.until == booked().start


def test_a_clinic_that_stops_drinks_first_lets_people_eat_meanwhile() -> None:
    visit = booked(
        protocol=changed(ketamine(), {"preparation.steps.last-drink.when.offset": "-PT7H"})
    )
    assert [limit.step.id for limit in limits_of(visit)][-2:] == ["last-drink", "food"]


@given(any_visit())
def test_stretches_follow_one_another_up_to_the_visit(visit: VisitFacts) -> None:
    limits = limits_of(visit)
    for earlier, later in pairwise(limits):
        assert earlier.at <= later.at
        assert earlier.until == later.at or earlier.at == later.at
    assert limits[-1].until == visit.start


@given(any_visit(), st.integers(0, 72))
def test_what_holds_now_began_before_and_has_not_ended(visit: VisitFacts, hours: int) -> None:
    now = visit.start - hours * HOURS
    limit = limit_at(visit, now)
    if limit is not None and hours:
        assert limit.at <= now < limit.until


def test_only_a_limit_says_what_it_leaves() -> None:
    with pytest.raises(ValidationError, match="still"):
        changed(ketamine(), {"preparation.steps.water.still": {"en": "Tea", "es": "Té"}})


def test_not_being_sure_always_reaches_staff() -> None:
    way = "preparation.steps.health.questions.apnoea.choices.not-sure"
    with pytest.raises(ValidationError, match="needs a flag"):
        changed(ketamine(), {f"{way}.flag": None, f"{way}.reason": None})


def test_moving_a_visit_moves_its_deadlines() -> None:
    earlier, later = limits_of(booked()), limits_of(booked(start=booked().start + DAYS))
    assert [limit.at + timedelta(days=1) for limit in earlier] == [limit.at for limit in later]
