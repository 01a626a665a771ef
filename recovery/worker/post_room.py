"""A process of its own that seals and posts a worker's letters, forked by the worker.

One interpreter does one thing at a time: sealing and posting would wait for the work around the
database, and the other way round. It ends with its worker, however that ends: then the socket is
closed. It is not asked to stop by signals, which whoever stops a service sends to all processes of
it: the worker drains first.
"""

import gc
import logging
import signal
import time
from contextlib import suppress
from datetime import datetime, timedelta
from logging.handlers import QueueHandler
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, Final

from recovery.worker.lanes import Lanes
from recovery.worker.senders import carriers_for
from recovery.worker.slips import Batch, Cancel, Opening, Report, Slip

#: Seconds between two reports while letters are out.
REPORTS_EVERY: Final = 0.02


class PostRoom:
    """Posts what comes through `link`, and reports what became of it."""

    def __init__(self, link: "Connection[Report, Slip]", opening: Opening) -> None:
        self._link, self._time = link, opening.time
        self._taken = 0
        self._heard: dict[str, str] = {}
        self._logged: SimpleQueue[Any] = SimpleQueue()
        ours = logging.getLogger("recovery")
        ours.handlers, ours.level = [QueueHandler(self._logged)], logging.INFO
        carriers = carriers_for(opening.settings, self._heard.__setitem__)
        self._lanes = Lanes(carriers, self._now)
        self._hosts: set[str] = set()

    def run(self) -> None:
        """Work until the worker is gone (EOFError, OSError)."""
        while True:
            self._link.send(self._report())
            if self._link.poll(REPORTS_EVERY if self._lanes.out else None):
                self._obey(self._link.recv())

    def _obey(self, slip: Slip) -> None:
        match slip:
            case Batch():
                self._time = slip.time
                self._taken += len(slip.letters)
                self._hosts |= {letter.host for letter in slip.letters}
                self._lanes.post(slip.letters, slip.checked_at)
            case Cancel():
                self._lanes.cancel()

    def _now(self) -> datetime:
        """The worker's time: it knows what its clock is worth, so we only count on from it."""
        return self._time.now + timedelta(seconds=time.monotonic() - self._time.at)

    def _report(self) -> Report:
        at = time.monotonic()
        results = self._lanes.collect()
        closed = {host: self._lanes.closed(host) for host in self._hosts}
        return Report(
            at=at,
            taken=self._taken,
            room=self._lanes.room,
            results=[(result.letter.attempt_id, result.outcome, result.at) for result in results],
            closed={host: at + wait.total_seconds() for host, wait in closed.items() if wait},
            heard={host: self._heard.pop(host) for host in list(self._heard)},
            logged=[self._logged.get() for _ in range(self._logged.qsize())],
        )


def work(link: "Connection[Any, Any]", others: "Connection[Any, Any]", opening: Opening) -> None:
    """Be a post room until the other end of `link` is closed; `others` is that end."""
    for sent in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sent, signal.SIG_IGN)
    others.close()
    gc.freeze()  # All that the worker had is left alone: to let go of it would cost its own copy.
    with suppress(EOFError, OSError):
        PostRoom(link, opening).run()
