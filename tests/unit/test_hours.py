"""From when on nobody at the clinic reads what comes in."""

import pytest

from recovery.domain.hours import somebody_watches, unwatched_from
from tests.visits import CHICAGO, MINUTES, at

WEEK = "Mon-Fri 08:00-17:00"


def test_in_the_hours_it_is_their_end() -> None:
    assert unwatched_from(WEEK, CHICAGO, at(23, 11)) == at(23, 17)


def test_outside_the_hours_it_is_now() -> None:
    for now in (at(23, 17), at(23, 22), at(28, 12)):
        assert unwatched_from(WEEK, CHICAGO, now) == now


def test_hours_without_a_gap_are_one_stretch() -> None:
    shifts = "Mon 08:00-12:00, Mon 12:00-20:00"
    assert unwatched_from(shifts, CHICAGO, at(23, 9)) == at(23, 20)


@pytest.mark.parametrize("watched", ["", "always", "Mon-Fri 25:00-26:00"])
def test_what_cannot_be_read_promises_nobody(watched: str) -> None:
    assert unwatched_from(watched, CHICAGO, at(23, 11)) == at(23, 11)


def test_from_then_on_nobody_watches() -> None:
    ends = unwatched_from(WEEK, CHICAGO, at(23, 11))
    assert not somebody_watches(WEEK, CHICAGO, ends)
    assert somebody_watches(WEEK, CHICAGO, ends - MINUTES)
