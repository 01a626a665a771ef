"""Spans of time are read as a person types them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery.domain.protocol.spans import read_span, said_span


@given(st.timedeltas(timedelta(days=-400), timedelta(days=400)))
def test_what_is_said_is_read_as_the_same(span: timedelta) -> None:
    whole = timedelta(seconds=int(span.total_seconds()))
    assert read_span(said_span(whole)) == whole


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(hours=24), "24 h"),
        (timedelta(hours=48), "48 h"),
        (timedelta(minutes=90), "90 min"),
        (timedelta(days=7), "7 d"),
        (timedelta(days=-7), "-7 d"),
        (timedelta(), "0 min"),
        (timedelta(days=1, minutes=5), "1 d 5 min"),
    ],
)
def test_spans_are_said_in_few_units(span: timedelta, said: str) -> None:
    assert said_span(span) == said


@pytest.mark.parametrize("words", ["", "24", "soon", "h", "1 year", "-", "1e9 h", "24 h or so"])
def test_anything_else_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="Write it like"):
        read_span(words)
