"""A rehearsal shows what a protocol would send, on any day and in any zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recovery.domain.ladder import Rung
from recovery.domain.protocol.after import Audience
from recovery.domain.rehearsal import Rehearsed, made_up_visit, nights_of_change, rehearse
from recovery.domain.times import instant_at
from recovery.domain.wait import earliest_of
from recovery.web.rehearsal_drawing import HIGH, LEFT, WIDE, rows_of
from tests.builders_protocol import ketamine

NEW_YORK = ZoneInfo("America/New_York")
#: A Saturday at 10:00, the day before the clocks go forward.
BEFORE_SPRING = datetime(2026, 3, 7, 15, tzinfo=UTC)
STARTS = st.timedeltas(timedelta(), timedelta(days=3650)).map(lambda later: BEFORE_SPRING + later)
ZONES = st.sampled_from(["America/New_York", "Europe/Madrid", "Asia/Kathmandu", "Pacific/Apia"])


def in_new_york(*, driver: bool = True) -> tuple[Rehearsed, ...]:
    return rehearse(ketamine(), BEFORE_SPRING, NEW_YORK, driver=driver)


@given(STARTS, ZONES)
@example(BEFORE_SPRING + timedelta(days=236, minutes=5), "America/New_York")
def test_every_notice_ends_at_a_person_or_when_it_is_of_no_use(start: datetime, zone: str) -> None:
    for one in rehearse(ketamine(), start, ZoneInfo(zone)):
        assert one.rungs, one.owed
        times = [at for _rung, at in one.rungs]
        assert times == sorted(times)
        assert min(times) >= one.owed.due_at
        assert one.rungs[-1][0] is Rung.STAFF


@given(STARTS, ZONES)
def test_a_driver_is_never_asked_about_their_own_notice(start: datetime, zone: str) -> None:
    for one in rehearse(ketamine(), start, ZoneInfo(zone)):
        if one.to is not Audience.PATIENT:
            assert Rung.DRIVER not in {rung for rung, _at in one.rungs}


def test_eight_in_the_morning_stays_eight_on_the_night_the_clocks_go_forward() -> None:
    notices = {one.owed.principal.kind: one for one in in_new_york()}
    local = notices["morning"].owed.due_at.astimezone(NEW_YORK)
    assert (local.date(), local.time()) == (date(2026, 3, 8), time(8))


def test_without_a_driver_the_staff_are_told() -> None:
    kinds = {
        one.owed.principal.kind
        for one in rehearse(ketamine(), BEFORE_SPRING, NEW_YORK, driver=False)
    }
    assert "staff-no-driver" in kinds
    assert not any(
        one.to is Audience.DRIVER
        for one in rehearse(ketamine(), BEFORE_SPRING, NEW_YORK, driver=False)
    )


def test_the_nights_on_which_clocks_change_are_offered() -> None:
    assert nights_of_change(NEW_YORK, date(2026, 1, 1), years=1) == [
        date(2026, 3, 8),
        date(2026, 11, 1),
    ]
    assert nights_of_change(ZoneInfo("Asia/Tokyo"), date(2026, 1, 1)) == []


def test_the_drawing_has_a_short_day_when_the_clocks_go_forward() -> None:
    rehearsed = in_new_york()
    rows = {row.day: row for row in rows_of(rehearsed, ketamine(), BEFORE_SPRING, NEW_YORK)}
    assert rows[date(2026, 3, 7)].width == 24 * WIDE
    assert rows[date(2026, 3, 8)].width == 23 * WIDE


def test_each_notice_is_drawn_once_at_its_time() -> None:
    rehearsed = in_new_york()
    rows = rows_of(rehearsed, ketamine(), BEFORE_SPRING, NEW_YORK)
    assert [row.y for row in rows] == [place * HIGH for place in range(len(rows))]
    drawn = sum(len(row.marks) for row in rows)
    assert drawn == sum(len(one.rungs) for one in rehearsed)
    first = rows[0]
    begin = instant_at(first.day, time(), NEW_YORK)
    assert first.marks[0].x == pytest.approx(
        LEFT + (rehearsed[0].owed.due_at - begin) / timedelta(hours=1) * WIDE, abs=0.1
    )


def test_the_wait_is_drawn_from_leaving_to_its_earliest_end() -> None:
    rows = rows_of(in_new_york(), ketamine(), BEFORE_SPRING, NEW_YORK)
    visit = made_up_visit(ketamine(), BEFORE_SPRING, NEW_YORK)
    earliest = earliest_of(visit)
    assert earliest is not None
    assert visit.left_at is not None
    drawn = sum(width for row in rows for _x, width in row.wait)
    assert drawn == pytest.approx((earliest - visit.left_at) / timedelta(hours=1) * WIDE, abs=0.5)
