"""Dates and times in files are read as the clinic's country writes them, or not at all."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery.domain.written_times import written_date, written_time

FOURTH_OF_MARCH = date(2026, 3, 4)


@pytest.mark.parametrize(
    ("words", "country"),
    [
        ("2026-03-04", "US"),
        ("2026-3-4", "MX"),
        ("3/4/2026", "US"),
        ("04/03/2026", "MX"),
        ("4.3.2026", "US"),
        ("04-03-2026", "ES"),
    ],
)
def test_a_date_is_read_as_the_country_writes_it(words: str, country: str) -> None:
    assert written_date(words, country) == FOURTH_OF_MARCH


@pytest.mark.parametrize(
    "words",
    ["", "3/4/26", "46085", "2026-02-30", "13/13/2026", "٤/٣/٢٠٢٦", "9999-12-31", "0001-01-01"],
)
def test_what_is_no_date_or_could_be_two_is_none(words: str) -> None:
    assert written_date(words, "US") is None


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("9:30", time(9, 30)),
        ("09:30:00", time(9, 30)),
        ("9.30", time(9, 30)),
        ("9h30", time(9, 30)),
        ("9:30 AM", time(9, 30)),
        ("9:30 p. m.", time(21, 30)),
        ("12:05 am", time(0, 5)),
        ("12:05 PM", time(12, 5)),
        ("9:30:00 pm", time(21, 30)),
    ],
)
def test_a_time_is_read_as_people_write_it(words: str, meant: time) -> None:
    assert written_time(words) == meant


@pytest.mark.parametrize(
    "words", ["", "9", "25:00", "9:60", "13:30 PM", "0:30 AM", "0.395", "9:30 x"]
)
def test_what_is_no_time_is_none(words: str) -> None:
    assert written_time(words) is None


@given(st.text(), st.sampled_from(["US", "MX", ""]))
def test_any_words_are_read_without_a_failure(words: str, country: str) -> None:
    written_date(words, country)
    written_time(words)
