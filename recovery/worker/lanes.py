"""Lanes: each push host, the mail server and the text provider have threads of their own, so that
a slow one delays nobody else's."""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Final

from recovery.delivery.carriers import Message
from recovery.delivery.connect import TooLate, leaving_by
from recovery.delivery.outcome import Outcome, Sender, TryAgain
from recovery.services.letters import Letter
from recovery.services.results import Broken, Result
from recovery.store.addresses import Channel
from recovery.worker.tray import Tray

logger = logging.getLogger(__name__)

#: Threads, and so open connections, to one push host: it answers after 50 to 100 ms, so that this
#: is some 800 letters a second. A mail server and a text provider get fewer.
THREADS: Final = 64
FEW_THREADS: Final = 8
#: Letters that may be under way at once: the most, and what we begin with and fall back to.
MOST_OUT: Final = 400
LEAST_OUT: Final = 50
#: Seconds for which what was checked in the database holds; after that a letter must not leave.
PERMIT: Final = 1.0
#: A host that keeps one POST waiting longer than this many seconds gets no more for now.
SLOW: Final = 1.0
STAY_AWAY: Final = timedelta(seconds=5)
NOT_BEGUN: Final = TryAgain("not begun", timedelta(seconds=1))

Checked = tuple[Letter, float]


class Lanes(Tray):
    """Posts letters in the background and keeps what became of them until it is collected."""

    def __init__(self, sender: Sender[Message], now: Callable[[], datetime]) -> None:
        super().__init__()
        self._sender, self._now = sender, now
        self._lanes: dict[str, _Lane] = {}
        self._most_out = LEAST_OUT

    def post(self, letters: Iterable[Letter], checked_at: float) -> None:
        """Send letters whose facts were checked at `checked_at` (monotonic seconds)."""
        for letter in letters:
            self._went_out(1)
            if letter.host not in self._lanes:
                self._lanes[letter.host] = _Lane(self._post, _threads_for(letter.host))
            self._lanes[letter.host].put((letter, checked_at))

    def closed(self, host: str) -> timedelta | None:
        """Say how long to stay away from a host that is slow or asked for a pause."""
        return self._lanes[host].closed() if host in self._lanes else None

    @property
    def room(self) -> int:
        """How many letters more can leave in time. Those with slow hosts hold up nothing."""
        lanes = list(self._lanes.values())
        return self._most_out - sum(lane.backlog for lane in lanes if lane.closed() is None)

    def collect(self) -> list[Result]:
        """Take what came back since the last time, and learn from it."""
        results = super().collect()
        self._learn(results)
        return results

    def _learn(self, results: list[Result]) -> None:
        """Take more as long as all leave in time, and half as many once some do not."""
        if any(result.outcome is NOT_BEGUN for result in results):
            self._most_out = max(self._most_out // 2, LEAST_OUT)
        else:
            self._most_out = min(self._most_out + len(results) // 2, MOST_OUT)

    def cancel(self) -> None:
        """Give back at once what no thread has begun to send."""
        for lane in list(self._lanes.values()):
            for letter, _ in lane.take_back():
                self._came_back([Result(letter, NOT_BEGUN, self._now())])

    def close(self) -> None:
        """Let threads and connections go."""
        for lane in list(self._lanes.values()):
            lane.close()
        self._sender.close()

    def _post(self, lane: "_Lane", letter: Letter, checked_at: float) -> None:
        outcome: Outcome | Broken = NOT_BEGUN
        if time.monotonic() - checked_at <= PERMIT:
            try:
                with leaving_by(checked_at + PERMIT):
                    outcome = self._sender.send(letter.message, self._now())
            except TooLate:
                logger.info("Notice %s: the way to its carrier opened too late", letter.notice_id)
            except Exception as fault:
                logger.exception("Notice %s cannot be sealed or sent", letter.notice_id)
                outcome = Broken(type(fault).__name__)
        if isinstance(outcome, TryAgain) and outcome.whole_host and outcome.after is not None:
            lane.pause(outcome.after)
        self._came_back([Result(letter, outcome, self._now())])


def _threads_for(host: str) -> int:
    return FEW_THREADS if host in {Channel.EMAIL.value, Channel.TEXT.value} else THREADS


class _Lane:
    """The threads of one host. They are daemons: a POST that hangs never keeps us from ending."""

    def __init__(self, post: Callable[["_Lane", Letter, float], None], most: int) -> None:
        self._post, self._most = post, most
        self._queue: SimpleQueue[Checked | None] = SimpleQueue()
        self._begun: dict[int, float] = {}
        self._threads = 0
        self._paused_until = 0.0
        self._lock = Lock()

    @property
    def backlog(self) -> int:
        return self._queue.qsize() + len(self._begun)

    def put(self, checked: Checked) -> None:
        self._queue.put(checked)
        with self._lock:
            if self._threads < min(self._most, self.backlog):
                self._threads += 1
                Thread(target=self._work, daemon=True, name="carrier").start()

    def closed(self) -> timedelta | None:
        now = time.monotonic()
        if now < self._paused_until:
            return timedelta(seconds=self._paused_until - now)
        oldest = min(list(self._begun.values()), default=now)
        return STAY_AWAY if now - oldest > SLOW else None

    def pause(self, length: timedelta) -> None:
        self._paused_until = time.monotonic() + length.total_seconds()

    def take_back(self) -> list[Checked]:
        taken = []
        while not self._queue.empty():
            checked = self._queue.get()
            if checked is not None:
                taken.append(checked)
        return taken

    def close(self) -> None:
        for _ in range(self._threads):
            self._queue.put(None)

    def _work(self) -> None:
        while (checked := self._queue.get()) is not None:
            letter, checked_at = checked
            self._begun[letter.attempt_id] = time.monotonic()
            try:
                self._post(self, letter, checked_at)
            finally:
                del self._begun[letter.attempt_id]
