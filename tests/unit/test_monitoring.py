"""Which blood pressures a monitoring form is given, and what it still lacks."""

from datetime import UTC, datetime, timedelta

from recovery.domain.monitoring import Measured, Noted, three_pressures, unnoted
from recovery.domain.protocol.monitoring import NO_FORM, Effect, MonitoringForm

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


def test_a_form_lacks_what_nobody_wrote_and_an_effect_without_an_end() -> None:
    form = MonitoringForm(
        source="Somewhere", doses=(28,), effects=(Effect.SEDATION,), serious_events=True
    )
    assert unnoted(form, {}) == ("dose", "sedation", "serious-event")
    lasting = {"dose": Noted(mg=28), "sedation": Noted(seen=True, since=START)}
    assert unnoted(form, lasting) == ("sedation", "serious-event")
    over = Noted(seen=True, since=START, over=START + FORTY)
    whole = lasting | {"sedation": over, "serious-event": Noted(seen=True, words="Fell")}
    assert unnoted(form, whole) == ()


def test_a_protocol_that_asks_for_no_form_lacks_nothing() -> None:
    assert unnoted(NO_FORM, {}) == ()


def test_seconds_that_nobody_types_make_no_correction() -> None:
    noted = Noted(seen=True, since=START + timedelta(seconds=35))
    assert Noted(seen=True, since=START).says_the_same(noted)
    assert not Noted(seen=True, since=START + timedelta(minutes=1)).says_the_same(noted)
