"""Which blood pressures a monitoring form is given."""

from datetime import UTC, datetime, timedelta

from recovery.domain.monitoring import Measured, three_pressures

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
FORTY = timedelta(minutes=40)


def at(minutes: int, **values: float) -> Measured:
    return Measured(START + timedelta(minutes=minutes), values or {"systolic": 120.0})


def test_before_at_forty_minutes_and_before_leaving() -> None:
    all_of_them = [at(90), at(-20), at(-5), at(10), at(38), at(60)]
    three = three_pressures(all_of_them, START, FORTY, None)
    assert (three.before, three.later, three.leaving) == (at(-5), at(38), at(90))


def test_one_pressure_after_the_start_does_not_stand_for_two() -> None:
    three = three_pressures([at(41)], START, FORTY, None)
    assert (three.before, three.later, three.leaving) == (None, at(41), None)


def test_an_early_pressure_is_not_the_one_at_forty_minutes() -> None:
    three = three_pressures([at(20)], START, FORTY, None)
    assert (three.later, three.leaving) == (None, at(20))


def test_oxygen_alone_is_no_pressure_and_nothing_counts_after_leaving() -> None:
    left = START + timedelta(minutes=100)
    three = three_pressures([at(45, spo2=97.0), at(120)], START, FORTY, left)
    assert (three.before, three.later, three.leaving) == (None, None, None)


def test_before_the_start_only_the_first_is_known() -> None:
    assert three_pressures([at(-5)], None, FORTY, None).before == at(-5)
