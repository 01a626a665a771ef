"""Lanes take as many letters as can leave while what was checked of them still holds."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from recovery.delivery.carriers import Message
from recovery.delivery.message import PushMessage, Subscription
from recovery.delivery.outcome import Outcome, Sent
from recovery.services.letters import Letter
from recovery.services.results import Result
from recovery.worker.lanes import LEAST_OUT, MOST_OUT, NOT_BEGUN, PERMIT, Lanes
from tests.waiting import until

MESSAGE = PushMessage(Subscription("https://push.example/x", "", ""), b"rest now", 60)


class Quick:
    """A carrier that takes everything at once."""

    def send(self, message: Message, now: datetime) -> Outcome:
        return Sent()

    def close(self) -> None:
        pass


@pytest.fixture
def lanes() -> Iterator[Lanes]:
    made = Lanes(Quick(), lambda: datetime.now(UTC))
    yield made
    made.close()


def letters(count: int) -> list[Letter]:
    return [
        Letter(n, 1, n, None, None, "push.example", MESSAGE, timedelta(minutes=5))
        for n in range(count)
    ]


def posted(lanes: Lanes, count: int, checked_at: float) -> list[Result]:
    lanes.post(letters(count), checked_at)
    lanes.wait(count, 10)
    assert lanes.out == count
    return lanes.collect()


def test_there_is_more_room_as_long_as_all_leave_in_time(lanes: Lanes) -> None:
    assert lanes.room == LEAST_OUT
    for _ in range(10):
        before = lanes.room
        assert all(result.outcome == Sent() for result in posted(lanes, 100, time.monotonic()))
        more = min(before + 50, MOST_OUT)
        until(lambda more=more: lanes.room == more)  # type: ignore[misc]
    assert lanes.room == MOST_OUT


def test_there_is_half_the_room_once_letters_came_too_late_to_leave(lanes: Lanes) -> None:
    for _ in range(10):
        posted(lanes, 100, time.monotonic())
    late = time.monotonic() - PERMIT - 0.1
    assert {result.outcome for result in posted(lanes, 10, late)} == {NOT_BEGUN}
    until(lambda: lanes.room == MOST_OUT // 2)
    for _ in range(10):
        posted(lanes, 1, late)
    until(lambda: lanes.room == LEAST_OUT)


def test_what_is_under_way_takes_room() -> None:
    taken = Event()

    class Slow(Quick):
        def send(self, message: Message, now: datetime) -> Outcome:
            taken.wait(10)
            return Sent()

    lanes = Lanes(Slow(), lambda: datetime.now(UTC))
    lanes.post(letters(20), time.monotonic())
    assert lanes.room == LEAST_OUT - 20
    taken.set()
    until(lambda: lanes.room == LEAST_OUT)
    lanes.close()
