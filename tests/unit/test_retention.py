"""A clinic's rule on how long it keeps data: elapsed days, and a day to think again."""

from datetime import UTC, datetime, timedelta

from recovery.domain.retention import over_before

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
A_DAY = timedelta(days=1)


def test_without_a_rule_nothing_is_over() -> None:
    assert over_before(None, None, NOW) is None


def test_a_rule_works_a_day_after_it_was_set() -> None:
    assert over_before(90, NOW - A_DAY + timedelta(seconds=1), NOW) is None
    assert over_before(90, NOW - A_DAY, NOW) == NOW - 90 * A_DAY
