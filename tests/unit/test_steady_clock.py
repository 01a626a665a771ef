"""The worker's time when somebody sets the clock: nothing early, and the truth wins."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from recovery.worker.steady import SteadyClock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
JUMPS = [HOUR, -HOUR, DAY, -DAY, 11 * SECOND]


class Machine:
    """A machine whose wall clock can be set; `passes` lets true time pass."""

    def __init__(self) -> None:
        self.true, self.set_by = NOON, timedelta()
        self.clock = SteadyClock(self.wall, lambda: self.true.timestamp())

    def wall(self) -> datetime:
        return self.true + self.set_by

    def passes(self, span: timedelta) -> None:
        self.true += span

    def push_says(self, moment: datetime, host: str = "push") -> None:
        self.passes(2 * SECOND)
        self.clock.heard(host, format_datetime(moment, usegmt=True))


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_while_nobody_sets_it_the_wall_clock_is_right(machine: Machine) -> None:
    for _ in range(1000):
        machine.passes(timedelta(minutes=7))
        machine.set_by += timedelta(milliseconds=30)
        assert machine.clock.now() == machine.wall()
    assert machine.clock.jump_to_tell() is None
    assert machine.set_by == 30 * SECOND


@pytest.mark.parametrize("jump", JUMPS)
def test_after_a_jump_nothing_is_early_by_either_clock(machine: Machine, jump: timedelta) -> None:
    machine.set_by = jump
    for _ in range(3):
        machine.passes(HOUR)
        assert machine.clock.now() == min(machine.true, machine.wall())


@pytest.mark.parametrize("jump", JUMPS)
def test_a_jump_is_told_as_long_as_it_lasts(machine: Machine, jump: timedelta) -> None:
    machine.set_by = jump
    assert [machine.clock.jump_to_tell() for _ in range(2)] == [jump, jump]
    machine.set_by = timedelta()
    assert machine.clock.now() == machine.true
    machine.clock.jump_to_tell()
    assert machine.clock.jump_to_tell() is None


def test_a_jump_that_was_over_before_anybody_asked_is_told_all_the_same(machine: Machine) -> None:
    machine.set_by = HOUR
    machine.clock.now()
    machine.set_by = timedelta()
    machine.clock.now()
    assert machine.clock.jump_to_tell() == HOUR
    assert machine.clock.jump_to_tell() is None


@pytest.mark.parametrize("jump", [HOUR, -HOUR, DAY, -DAY])
def test_a_time_that_push_services_agreed_with_is_kept_through_any_jump(
    machine: Machine, jump: timedelta
) -> None:
    machine.push_says(machine.true)
    machine.set_by = jump
    machine.passes(HOUR)
    assert machine.clock.now() == machine.true


@pytest.mark.parametrize("wrong", [HOUR, -HOUR, DAY, -DAY])
def test_a_wrong_clock_that_is_put_right_is_followed_once_a_push_service_agrees(
    wrong: timedelta,
) -> None:
    machine = Machine()
    machine.set_by = wrong
    machine.clock = SteadyClock(machine.wall, lambda: machine.true.timestamp())
    machine.set_by = timedelta()
    assert machine.clock.now() <= machine.wall()
    machine.push_says(machine.true)
    assert machine.clock.now() == machine.true
    assert machine.clock.jump_to_tell() == -wrong


def test_a_clock_that_was_wrong_from_the_start_is_known_by_what_push_services_say() -> None:
    machine = Machine()
    machine.set_by = -HOUR
    machine.clock = SteadyClock(machine.wall, lambda: machine.true.timestamp())
    machine.push_says(machine.true)
    off = machine.clock.off_by_services()
    assert off is not None
    assert abs(off - HOUR) <= 2 * SECOND
    assert machine.clock.now() == machine.wall()
    machine.passes(HOUR)
    assert machine.clock.off_by_services() is None


def test_one_push_service_with_a_wrong_clock_proves_nothing(machine: Machine) -> None:
    machine.push_says(machine.true + DAY, "liar")
    assert machine.clock.off_by_services() is not None
    machine.push_says(machine.true, "honest")
    assert machine.clock.off_by_services() is None
    machine.push_says(machine.true + DAY, "liar")
    assert machine.clock.off_by_services() is None
    assert machine.clock.now() == machine.true


@pytest.mark.parametrize("words", ["", "yesterday", "Mon, 99 Mar 2026 12:00:00 GMT", "\x00"])
def test_a_date_that_is_none_is_not_listened_to(machine: Machine, words: str) -> None:
    machine.passes(2 * SECOND)
    machine.clock.heard("push", words)
    assert machine.clock.off_by_services() is None


def test_a_worker_that_stood_still_for_ten_minutes_has_not_seen_a_jump() -> None:
    true = NOON

    def stopped_between_two_looks() -> datetime:
        nonlocal true
        seen, true = true, stops.pop() + true if stops else true
        return seen

    stops: list[timedelta] = []
    clock = SteadyClock(stopped_between_two_looks, lambda: true.timestamp())
    stops = [timedelta(minutes=10)]
    assert clock.now() == NOON + timedelta(minutes=10)
    assert clock.jump_to_tell() is None
