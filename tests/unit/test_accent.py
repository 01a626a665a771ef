"""A clinic's colour can be read in both lights, and is never taken for the alarm's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery.domain.accent import (
    DIM_GROUNDS,
    LIGHT_GROUNDS,
    READABLE,
    Problem,
    contrast,
    ink_on,
    lightened,
    problem_of,
)
from tests.unit.test_light_and_contrast import DIM, GROUNDS, PAPER

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
STANDS_ON = (*GROUNDS, "wait")


def test_the_grounds_are_those_of_the_pages() -> None:
    assert set(LIGHT_GROUNDS) == {PAPER[name] for name in STANDS_ON}
    assert set(DIM_GROUNDS) == {DIM[name] for name in STANDS_ON}


@pytest.mark.parametrize(
    ("colour", "light", "dim"),
    [
        ("#14604f", None, Problem.TOO_DARK),
        ("#86d3bc", Problem.TOO_LIGHT, None),
        ("#777777", Problem.TOO_LIGHT, Problem.TOO_DARK),
        ("#a3241b", Problem.LIKE_ALARM, Problem.TOO_DARK),
        ("#ff9d90", Problem.TOO_LIGHT, Problem.LIKE_ALARM),
        ("#123", Problem.UNREADABLE, Problem.UNREADABLE),
        ("red", Problem.UNREADABLE, Problem.UNREADABLE),
        ("#14604f;}", Problem.UNREADABLE, Problem.UNREADABLE),
        ("#14604f\n", Problem.UNREADABLE, Problem.UNREADABLE),
    ],
)
def test_a_colour_is_judged_for_each_light(
    colour: str, light: Problem | None, dim: Problem | None
) -> None:
    assert problem_of(colour, dim=False) is light
    assert problem_of(colour, dim=True) is dim


def test_our_own_colours_pass() -> None:
    assert problem_of(PAPER["amber"], dim=False) is None
    assert problem_of(DIM["amber"], dim=True) is None


@given(COLOURS)
def test_any_colour_can_be_made_light_enough_for_dim_pages(colour: str) -> None:
    assert min(contrast(lightened(colour), ground) for ground in DIM_GROUNDS) >= READABLE


@given(COLOURS)
def test_words_on_any_colour_can_be_read(colour: str) -> None:
    assert contrast(ink_on(colour), colour) >= READABLE
