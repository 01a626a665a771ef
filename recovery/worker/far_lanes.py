"""Lanes in another process: what a worker sees of its post room."""

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Thread
from typing import Final

from recovery.config import Settings
from recovery.delivery.outcome import TryAgain
from recovery.services.letters import Letter
from recovery.services.results import Result
from recovery.worker.post_room import work
from recovery.worker.slips import Batch, Cancel, Opening, Report, Slip, Time
from recovery.worker.tray import Tray

logger = logging.getLogger(__name__)

#: A post room that has letters and reports nothing for so many seconds hangs, and is ended.
#: Less than a lease, so that its letters are tried again by whoever knows of them.
HANGS: Final = 10
#: Seconds between two starts of a post room.
STARTS_EVERY: Final = 1.0
#: What a host said of the time is old after so many seconds: we stood still since.
FRESH: Final = 1.0
#: It may have arrived all the same, as after any broken connection.
LOST: Final = TryAgain("connection broken")


class FarLanes(Tray):
    """The same as `Lanes`, with the threads in a post room of its own. It is forked, so make it
    while this process has no other threads; by then the one that reads reports has ended.

    `heard` is told what a push host says the time is. A post room that ends is started again;
    what it was about to send, or had sent, goes out anew.
    """

    def __init__(
        self,
        settings: Settings,
        now: Callable[[], datetime],
        heard: Callable[[str, str], None],
    ) -> None:
        super().__init__()
        self._settings, self._now, self._heard = settings, now, heard
        self._ending = False
        self._room = self._opened()

    def post(self, letters: Iterable[Letter], checked_at: float) -> None:
        """Send letters whose facts were checked at `checked_at` (monotonic seconds)."""
        if given := list(letters):
            self._went_out(len(given))
            self._room.give(Batch(given, checked_at, self._time()))

    def closed(self, host: str) -> timedelta | None:
        """Say how long to stay away from a host that is slow or asked for a pause."""
        left = self._room.report.closed.get(host, 0.0) - time.monotonic()
        return timedelta(seconds=left) if left > 0 else None

    @property
    def room(self) -> int:
        """How many letters more can leave in time; none while there is no post room."""
        return self._room.room

    def collect(self) -> list[Result]:
        """Take what came back since the last time. Opens a new post room if there is none."""
        if self._room.has_ended and not self._ending:
            self._open_again()
        return super().collect()

    def cancel(self) -> None:
        """Give back at once what no thread has begun to send. Nothing is sent afterwards."""
        self._ending = True
        self._room.tell(Cancel())

    def close(self) -> None:
        """Let threads and connections go."""
        self._ending = True
        self._room.end()

    def _open_again(self) -> None:
        if time.monotonic() - self._room.opened_at >= STARTS_EVERY:
            logger.error("The post room ended (%s) and is opened again", self._room.end())
            self._room = self._opened()

    def _opened(self) -> "_Room":
        return _Room(Opening(self._settings, self._time()), self._learn, self._lost)

    def _time(self) -> Time:
        return Time(self._now(), time.monotonic())

    def _learn(self, report: Report, results: list[Result]) -> None:
        self._came_back(results)
        for record in report.logged:
            logging.getLogger(record.name).handle(record)
        if time.monotonic() - report.at < FRESH:
            for host, words in report.heard.items():
                self._heard(host, words)

    def _lost(self, letters: Iterable[Letter]) -> None:
        self._came_back([Result(letter, LOST, self._now()) for letter in letters])


class _Room:
    """One post room's process, and a thread that reads its reports."""

    def __init__(
        self,
        opening: Opening,
        learn: Callable[[Report, list[Result]], None],
        lost: Callable[[Iterable[Letter]], None],
    ) -> None:
        self.opened_at = time.monotonic()
        self.report = Report(self.opened_at, 0, 0, [], {}, {}, [])
        self.has_ended = False
        self._learn, self._lost = learn, lost
        self._letters: dict[int, Letter] = {}
        self._given = 0
        forked = get_context("fork")
        self._link: Connection[Slip, Report]
        self._link, theirs = forked.Pipe()
        self._process = forked.Process(target=work, args=(theirs, self._link, opening), daemon=True)
        self._process.start()
        theirs.close()
        self._reader = Thread(target=self._read, daemon=True, name="post-room")
        self._reader.start()

    @property
    def room(self) -> int:
        """What it last said, without what it did not know of then."""
        return 0 if self.has_ended else self.report.room - (self._given - self.report.taken)

    def give(self, batch: Batch) -> None:
        """Hand letters over; they come back in every case."""
        self._letters |= {letter.attempt_id: letter for letter in batch.letters}
        self._given += len(batch.letters)
        self.tell(batch)
        if self.has_ended:
            self._give_up()

    def tell(self, slip: Slip) -> None:
        """Say something; whether it is still there is the reading thread's affair."""
        with suppress(OSError):
            self._link.send(slip)

    def end(self) -> int | None:
        """End it at once, with the thread that reads, and return its exit code."""
        self._process.kill()
        self._process.join()
        self._reader.join()
        self._link.close()
        return self._process.exitcode

    def _read(self) -> None:
        silent = 0  # Seconds; looked at one by one, lest it is blamed after we all stood still.
        with suppress(EOFError, OSError):
            while True:
                if self._link.poll(1):
                    silent = 0
                    self._take(self._link.recv())
                elif self._letters and (silent := silent + 1) == HANGS:
                    logger.error("The post room hangs")
                    self._process.kill()
        self.has_ended = True
        self._give_up()

    def _take(self, report: Report) -> None:
        self.report = report
        self._learn(
            report,
            [
                Result(self._letters.pop(number), outcome, at)
                for number, outcome, at in report.results
            ],
        )

    def _give_up(self) -> None:
        """Give back what it will never report of; safe to call from both threads."""
        lost = []
        with suppress(KeyError):
            while True:
                lost.append(self._letters.popitem()[1])
        self._lost(lost)
