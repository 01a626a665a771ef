"""A worker's post room: a process of its own, which does what the worker's own threads do."""

import logging
import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing import active_children
from pathlib import Path

import pytest

from recovery.delivery.keys import load_key
from recovery.delivery.message import PushMessage, Subscription, Words, declarative
from recovery.delivery.outcome import Sent, TryAgain
from recovery.services.letters import Letter
from recovery.services.results import Broken, Result
from recovery.worker.far_lanes import FarLanes
from recovery.worker.lanes import NOT_BEGUN, PERMIT
from tests.conftest import VAPID_KEY, settings_for
from tests.push_service import Phone, PushService
from tests.waiting import until

#: The threads of the tests' own push service: nothing of them is used in the post room.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

#: By the worker's clock, which a test may set to any time.
NOW = datetime(2031, 5, 4, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Heard = list[tuple[str, str]]


@pytest.fixture
def service() -> Iterator[PushService]:
    with PushService(clock=NOW.timestamp) as running:
        yield running


@pytest.fixture
def phone(service: PushService) -> Phone:
    return service.subscribe(load_key(VAPID_KEY).public)


@pytest.fixture
def heard() -> Heard:
    """What push services said of the time, by their hosts."""
    return []


@pytest.fixture
def lanes(tmp_path: Path, heard: Heard) -> Iterator[FarLanes]:
    settings = settings_for("sqlite:///nowhere.db", tmp_path)
    made = FarLanes(settings, lambda: NOW, lambda *said: heard.append(said))
    until(lambda: made.room > 0, 60, "the post room is open")
    yield made
    made.close()


def letter(phone: Phone, number: int = 1, **changes: object) -> Letter:
    subscription = Subscription(phone.endpoint, phone.p256dh, phone.auth)
    message = PushMessage(subscription, b"rest now", **{"ttl": 60, **changes})  # type: ignore[arg-type]
    return Letter(number, 1, number, None, None, "127.0.0.1", message, 5 * MINUTE)


def posted(lanes: FarLanes, letters: list[Letter], ago: float = 0.0) -> list[Result]:
    """What came of letters that were checked so many seconds ago."""
    lanes.post(letters, time.monotonic() - ago)
    return returned(lanes, len(letters))


def returned(lanes: FarLanes, count: int) -> list[Result]:
    lanes.wait(count, 60)
    results = lanes.collect()
    assert len(results) == count
    return results


def pid_of_the_post_room() -> int:
    [process] = active_children()
    assert process.pid is not None
    return process.pid


def test_letters_are_posted_and_each_comes_back_with_its_outcome_by_the_workers_time(
    lanes: FarLanes, phone: Phone
) -> None:
    letters = [letter(phone, number) for number in range(30)]
    results = posted(lanes, letters)
    assert {result.letter.attempt_id for result in results} == set(range(30))
    assert all(any(result.letter is sent for sent in letters) for result in results)
    assert {result.outcome for result in results} == {Sent("201")}
    assert all(NOW <= result.at < NOW + MINUTE for result in results)
    assert (phone.count, lanes.out) == (30, 0)


def test_a_letter_whose_facts_were_checked_too_long_ago_does_not_leave(
    lanes: FarLanes, phone: Phone
) -> None:
    [result] = posted(lanes, [letter(phone)], ago=PERMIT + 0.1)
    assert (result.outcome, phone.count) == (NOT_BEGUN, 0)


def test_a_host_that_asks_for_a_pause_is_stayed_away_from(
    lanes: FarLanes, phone: Phone, service: PushService
) -> None:
    service.queue_fault(status=429, headers={"Retry-After": "60"})
    [result] = posted(lanes, [letter(phone)])
    assert result.outcome == TryAgain("429", MINUTE, whole_host=True)
    closed = lanes.closed("127.0.0.1")
    assert closed is not None
    assert timedelta() < closed <= MINUTE
    assert lanes.closed("push.example") is None


def test_what_a_service_says_of_the_time_is_heard(
    lanes: FarLanes, phone: Phone, heard: Heard
) -> None:
    posted(lanes, [letter(phone)])
    until(lambda: heard, what="the Date of the answer")
    assert set(heard) == {("127.0.0.1", "Sun, 04 May 2031 09:00:00 GMT")}


def test_a_letter_that_breaks_is_told_in_the_workers_log(
    lanes: FarLanes, phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    broken = letter(phone, 7, topic="a-topic")
    object.__setattr__(broken.message, "ttl", None)
    object.__setattr__(broken.message, "urgency", None)
    with caplog.at_level(logging.ERROR):
        [result] = posted(lanes, [broken])
        until(lambda: "Notice 7 cannot be sealed or sent" in caplog.text, what="the log")
    assert result.outcome == Broken("AttributeError")


def test_the_short_text_of_a_message_goes_along(
    lanes: FarLanes, phone: Phone, service: PushService
) -> None:
    def words(body: str) -> bytes:
        return declarative(
            Words("Rest", body), Words("Open", "Open"), navigate="https://clinic.example/me",
            lang="en", tag="t", receipt="/receipts/1", not_after=NOW + MINUTE,
        )  # fmt: skip

    service.queue_fault(status=413)
    [result] = posted(lanes, [letter(phone, short=_Short(words("In short.")))])
    assert isinstance(result.outcome, Sent)
    [message] = phone.messages()
    assert message.json["notification"]["body"] == "In short."


class _Short:
    """Writes what was written before."""

    def __init__(self, plain: bytes) -> None:
        self.plain = plain

    def __call__(self) -> bytes:
        return self.plain


def test_what_was_not_begun_is_given_back_at_once(
    lanes: FarLanes, phone: Phone, service: PushService
) -> None:
    service.queue_fault(delay=1, times=100)
    lanes.post([letter(phone, number) for number in range(100)], time.monotonic())
    until(lambda: service.posts, what="the first POST")
    lanes.cancel()
    outcomes = [result.outcome for result in returned(lanes, 100)]
    assert outcomes.count(NOT_BEGUN) == 100 - len(service.posts) > 0


def test_signals_to_all_processes_of_a_service_end_only_the_worker(
    lanes: FarLanes, phone: Phone
) -> None:
    for sent in (signal.SIGTERM, signal.SIGINT):
        os.kill(pid_of_the_post_room(), sent)
    assert [result.outcome for result in posted(lanes, [letter(phone)])] == [Sent("201")]


def test_kill_9_of_the_post_room_and_its_letters_come_back_to_be_tried_again(
    lanes: FarLanes, phone: Phone, service: PushService
) -> None:
    service.queue_fault(delay=30)
    lanes.post([letter(phone)], time.monotonic())
    until(lambda: service.posts, what="the POST")
    first = pid_of_the_post_room()
    os.kill(first, signal.SIGKILL)
    [result] = returned(lanes, 1)
    assert result.outcome == TryAgain("connection broken")
    until(lambda: (lanes.collect(), lanes.room > 0)[1], 60, "another one is open")
    assert pid_of_the_post_room() != first
    assert [result.outcome for result in posted(lanes, [letter(phone)])] == [Sent("201")]


def test_letters_given_to_a_post_room_that_is_gone_come_back(lanes: FarLanes, phone: Phone) -> None:
    os.kill(pid_of_the_post_room(), signal.SIGKILL)
    until(lambda: lanes.room == 0, what="it is gone")
    [result] = posted(lanes, [letter(phone)])
    assert (result.outcome, phone.count) == (TryAgain("connection broken"), 0)


def test_a_post_room_that_stands_still_is_ended_and_another_one_opened(
    lanes: FarLanes, phone: Phone
) -> None:
    first = pid_of_the_post_room()
    os.kill(first, signal.SIGSTOP)
    [result] = posted(lanes, [letter(phone)])
    assert result.outcome == TryAgain("connection broken")
    until(lambda: (lanes.collect(), lanes.room > 0)[1], 60, "another one is open")
    assert [result.outcome for result in posted(lanes, [letter(phone)])] == [Sent("201")]
