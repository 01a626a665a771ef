"""Wall-clock times on the nights when clocks change."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery.domain.times import instant_at, must_be_aware, rounded_up
from tests.visits import CHICAGO, zones

SIX = time(6)


def test_a_time_that_the_clocks_skip_is_the_first_instant_after_the_gap():
    assert instant_at(date(2026, 3, 8), time(2, 30), CHICAGO) == datetime(2026, 3, 8, 8, tzinfo=UTC)


def test_a_time_that_comes_twice_is_the_first_for_a_notice():
    first = instant_at(date(2026, 11, 1), time(1, 30), CHICAGO)
    assert first == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_a_time_that_comes_twice_is_the_later_for_the_end_of_a_wait():
    later = instant_at(date(2026, 11, 1), time(1, 30), CHICAGO, later=True)
    assert later == datetime(2026, 11, 1, 7, 30, tzinfo=UTC)


def test_a_half_hour_change_is_a_gap_of_half_an_hour():
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    assert instant_at(date(2026, 10, 4), time(2, 15), lord_howe) == datetime(
        2026, 10, 3, 15, 30, tzinfo=UTC
    )


def test_a_day_that_a_zone_skipped_moves_to_the_next_day():
    apia = ZoneInfo("Pacific/Apia")
    moved = instant_at(date(2011, 12, 30), time(8), apia)
    assert moved.astimezone(apia).isoformat() == "2011-12-31T08:00:00+14:00"


def test_a_naive_time_is_refused():
    with pytest.raises(ValueError, match="without a zone"):
        must_be_aware(datetime.fromisoformat("2026-11-23T12:00"))


@given(
    zones,
    st.dates(date(2026, 1, 1), date(2036, 12, 31)),
    st.times().map(lambda t: t.replace(microsecond=0)),
)
def test_in_any_zone_the_clock_then_shows_the_time_or_has_just_jumped_over_it(zone, day, clock):
    instant = instant_at(day, clock, zone)
    shown = instant.astimezone(zone).replace(tzinfo=None)
    wanted = datetime.combine(day, clock)
    assert shown >= wanted
    just_before = datetime.fromtimestamp(instant.timestamp() - 1, UTC).astimezone(zone)
    assert shown == wanted or just_before.replace(tzinfo=None) < wanted


@given(zones, st.dates(date(2026, 1, 1), date(2036, 12, 31)))
def test_the_later_reading_is_never_before_the_first(zone, day):
    assert instant_at(day, SIX, zone, later=True) >= instant_at(day, SIX, zone)


@given(st.integers(1_767_225_600, 2_114_380_800))
def test_not_before_is_spoken_in_whole_minutes_and_never_too_early(seconds):
    moment = datetime.fromtimestamp(seconds, UTC)
    spoken = rounded_up(moment)
    assert spoken.second == 0
    assert 0 <= (spoken - moment).total_seconds() < 60
