"""The arc of the wait and the QR code are drawn true."""

import re
from math import hypot

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from recovery.web.arc import GROUND, LEFT, RIGHT, RISE, arc_of
from recovery.web.qr import QUIET, qr_of


def test_the_sun_rises_at_the_start_and_sets_at_the_end() -> None:
    start, end = arc_of(0, []), arc_of(1, [])
    assert (start.x, start.y) == (LEFT, GROUND)
    assert (end.x, end.y) == (RIGHT, GROUND)


def test_the_sun_is_highest_half_way() -> None:
    assert arc_of(0.5, []).y == pytest.approx(GROUND - RISE)


@given(st.floats(min_value=0, max_value=0.9))
def test_equal_times_are_equal_ways_along_the_arc(begin: float) -> None:
    here, there, first = arc_of(begin, []), arc_of(begin + 0.1, []), arc_of(0.1, [])
    way = hypot(there.x - here.x, there.y - here.y)
    assert way == pytest.approx(hypot(first.x - LEFT, first.y - GROUND), abs=0.05)


@pytest.mark.parametrize(("progress", "gone"), [(-1, 0), (1.5, 100)])
def test_a_wait_not_begun_or_long_over_stays_at_the_ends(progress: float, gone: float) -> None:
    assert arc_of(progress, []).gone == gone


def test_a_mark_behind_the_sun_is_passed() -> None:
    first, second = arc_of(0.5, [(0.2, "rest"), (0.8, "check", "sunrise")]).marks
    assert first.passed
    assert not second.passed
    assert (second.label, second.icon) == ("check", "sunrise")


@given(st.text(alphabet="abcdefXYZ0123456789-_/:.", min_size=1, max_size=120))
def test_the_drawn_code_has_exactly_the_dark_modules(text: str) -> None:
    drawn = qr_of(text)
    dark = {
        (int(x) + i - QUIET, int(y) - QUIET)
        for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", drawn.path)
        for i in range(int(width))
    }
    matrix = segno.make(text, error="m", micro=False).matrix
    assert dark == {(x, y) for y, row in enumerate(matrix) for x, bit in enumerate(row) if bit}
    assert drawn.side == len(matrix) + 2 * QUIET
