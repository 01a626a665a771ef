"""How a series repeats, and what people must look at before they book it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery.domain.series import Doubt, Pattern, doubts, local_starts, on_the_wall, shifted
from tests.visits import instants, zones

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
WEDNESDAY, FRIDAY = 2, 4


def wall(shown: str) -> datetime:
    """What the clinic's clock shows, without a zone."""
    return datetime.fromisoformat(shown)


def test_six_visits_over_three_weeks_fall_on_the_chosen_weekdays_at_the_same_hour() -> None:
    first = wall("2026-03-04 10:00")
    starts = local_starts(Pattern(first, 6, frozenset({WEDNESDAY, FRIDAY})))
    assert [start.day for start in starts] == [4, 6, 11, 13, 18, 20]
    assert {start.hour for start in starts} == {10}


def test_the_first_visit_is_the_chosen_day_whatever_the_weekdays_say() -> None:
    starts = local_starts(Pattern(wall("2026-03-03 09:00"), 3, frozenset({FRIDAY})))
    assert [start.day for start in starts] == [3, 6, 13]


def test_visits_may_be_so_many_days_apart_instead() -> None:
    starts = local_starts(Pattern(wall("2026-03-30 09:00"), 3, every=3))
    assert [start.date().isoformat() for start in starts] == [
        "2026-03-30",
        "2026-04-02",
        "2026-04-05",
    ]


def test_a_move_keeps_the_hour_on_the_wall_across_the_clock_change() -> None:
    friday = datetime(2026, 3, 6, 15, tzinfo=UTC)
    moved = shifted(friday, timedelta(days=3, hours=1), NEW_YORK)
    assert on_the_wall(moved, NEW_YORK) == wall("2026-03-09 11:00")
    assert moved == datetime(2026, 3, 9, 15, tzinfo=UTC)


@given(instants, st.integers(-400, 400), zones)
def test_a_move_there_and_back_by_whole_days_ends_where_it_began(
    start: datetime, days: int, zone: ZoneInfo
) -> None:
    by = timedelta(days=days)
    there = shifted(start, by, zone)
    if on_the_wall(there, zone) == on_the_wall(start, zone) + by:
        back = shifted(there, -by, zone)
        assert on_the_wall(back, zone) == on_the_wall(start, zone)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("2026-03-04 10:00", ()),
        ("2026-03-02 08:00", (Doubt.PAST,)),
        ("2026-03-07 10:00", (Doubt.FORWARD_AFTER,)),
        ("2026-03-08 10:00", (Doubt.FORWARD_BEFORE,)),
        ("2026-10-31 10:00", (Doubt.BACK_AFTER,)),
        ("2026-11-01 10:00", (Doubt.BACK_BEFORE,)),
        ("2026-03-08 02:30", (Doubt.SKIPPED, Doubt.FORWARD_BEFORE)),
        ("2026-11-01 01:30", (Doubt.TWICE, Doubt.BACK_BEFORE)),
    ],
)
def test_what_a_date_must_be_looked_at_for(shown: str, expected: tuple[Doubt, ...]) -> None:
    assert doubts(wall(shown), NEW_YORK, [], NOW) == expected


def test_a_second_visit_on_one_day_and_one_within_a_day_are_told_apart() -> None:
    other = datetime(2026, 3, 4, 15, tzinfo=UTC)
    assert doubts(wall("2026-03-04 16:00"), NEW_YORK, [other], NOW) == (Doubt.SAME_DAY,)
    assert doubts(wall("2026-03-05 09:00"), NEW_YORK, [other], NOW) == (Doubt.CLOSE,)
    assert doubts(wall("2026-03-05 10:00"), NEW_YORK, [other], NOW) == ()
