"""The worker: it looks after what is due, again and again, until it is told to stop."""

import logging
import os
import random
import secrets
import socket
import time
from typing import Final

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from recovery.services.beats import beat, say_goodbye
from recovery.services.claims import Claim, something_due
from recovery.services.climbing import sound_alarms, tell_staff
from recovery.services.outcomes import settle
from recovery.services.outlets import Outlets
from recovery.services.results import Result
from recovery.services.retention import erase_over
from recovery.services.sending import take_due
from recovery.store.database import db, reading
from recovery.worker.clock_watch import ClockWatch
from recovery.worker.far_lanes import FarLanes
from recovery.worker.lanes import Lanes

logger = logging.getLogger(__name__)

#: Notices of one claim.
BATCH: Final = 200
#: Outcomes are written together: so many, or what came within so many seconds.
SETTLED_TOGETHER: Final = 100
SETTLED_WITHIN: Final = 0.05
#: Seconds: how soon a new notice is seen, how often we say that we live, how long after a
#: fault we try again, and how long what is under way may take once we are to stop.
LOOKS_EVERY: Final = 0.25
BEATS_EVERY: Final = 5.0
AFTER_FAULT: Final = 1.0
#: Seconds between two looks at whose data are over, and how many go at one look.
ERASES_EVERY: Final = 3600.0
ERASED_TOGETHER: Final = 20
DRAINS_WITHIN: Final = 8.0


class Worker:
    """One worker; any number may share a database."""

    def __init__(
        self,
        app: Flask,
        lanes: Lanes | FarLanes,
        watch: ClockWatch,
        outlets: Outlets,
    ) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self._app, self._outlets = app, outlets
        self._watch, self._now, self._wall = watch, watch.clock.now, watch.clock.wall
        self.lanes = lanes
        self._results: list[Result] = []
        self._stopping = False
        self._next_beat = self._next_erasing = 0.0

    def run(self) -> None:
        """Work until `stop`; then finish what was begun, within ten seconds in all.

        No fault ends it: a database that is away is asked again, and anything else is logged.
        """
        logger.info("Worker %s starts", self.name)
        try:
            self._work()
            self._drain()
        finally:
            self.close()
        logger.info("Worker %s has stopped", self.name)

    def _work(self) -> None:
        while not self._stopping:
            try:
                busy = self.round()
            except SQLAlchemyError as fault:
                logger.error("The database does not answer: %s", type(fault).__name__)
                time.sleep(AFTER_FAULT)
            except Exception:
                logger.exception("A round of work failed")
                time.sleep(AFTER_FAULT)
            else:
                self.rest(busy)

    def stop(self) -> None:
        """Ask it to stop; safe from other threads and, as no lock is taken, from signals."""
        self._stopping = True

    def close(self) -> None:
        """Let threads and connections go; `run` does it at its end."""
        self.lanes.close()

    @property
    def under_way(self) -> int:
        """How many letters are on the network, or back and not yet written down."""
        return self.lanes.out + len(self._results)

    def round(self) -> bool:
        """Do once all that is to be done now. Returns whether there was anything."""
        began = time.monotonic()
        with self._app.app_context():
            self._beat()
            settled = self._settle()
            taken = self._send()
            self._erase()
        if settled or taken:
            logger.info(
                "Took %d notices, settled %d, %d under way",
                taken,
                settled,
                self.lanes.out,
                extra={
                    "taken": taken,
                    "settled": settled,
                    "out": self.lanes.out,
                    "ms": round((time.monotonic() - began) * 1000),
                },
            )
        return bool(settled or taken)

    def _beat(self) -> None:
        if time.monotonic() >= self._next_beat:
            off = self._watch.look()
            beat(self.name, self._wall(), off)
            self._next_beat = time.monotonic() + BEATS_EVERY

    def _settle(self) -> int:
        """Write down what came back. Kept until it is written: the database may be away."""
        self._results += self.lanes.collect()
        if not self._results:
            return 0
        results = self._results
        alarms = settle(results, random.random(), self._now())  # noqa: S311 - spreads retries
        self._results = []
        for alarm in (alarm for alarm in alarms if not alarm.stopped):
            logger.error("A carrier refuses us: %s", alarm.detail)
        sound_alarms(alarms, self._now())
        return len(results)

    def _send(self) -> int:
        room = min(BATCH, self.lanes.room)
        if room <= 0 or not self._anything_due():
            return 0
        taken = take_due(room, self._outlets, self.lanes.closed, self._now())
        self.lanes.post(taken.letters, taken.checked_at)
        for claim in taken.for_staff:
            self._tell_staff(claim)
        return taken.count

    def _erase(self) -> None:
        """Erase what clinics keep no longer, once an hour; a fault of it delays no notice."""
        if time.monotonic() < self._next_erasing:
            return
        self._next_erasing = time.monotonic() + ERASES_EVERY
        try:
            erased = erase_over(ERASED_TOGETHER, self._now())
        except Exception:
            db.session.rollback()
            logger.exception("What is over could not be erased")
            return
        if erased:
            logger.info("Erased the data of %d patients", erased)
            self._next_erasing = time.monotonic() + LOOKS_EVERY

    def _anything_due(self) -> bool:
        """Look without the write lock, so that an idle worker is in nobody's way."""
        with reading():
            due = something_due(self._now())
            db.session.rollback()
        return due

    def _tell_staff(self, claim: Claim) -> None:
        """One that fails keeps nobody from theirs; its lease runs out and it is tried again."""
        try:
            tell_staff(claim, self._outlets, self._now())
        except Exception:
            db.session.rollback()
            logger.exception("Staff could not be told of notice %s", claim.notice_id)

    def rest(self, busy: bool) -> None:
        """Wait a moment: for what is on the network, or for something new to fall due."""
        if self.lanes.out:
            self.lanes.wait(SETTLED_TOGETHER, SETTLED_WITHIN)
        elif not busy:
            time.sleep(LOOKS_EVERY)

    def _drain(self) -> None:
        """Give back what was not begun, wait a little for the rest, and say goodbye."""
        ends = time.monotonic() + DRAINS_WITHIN
        self.lanes.cancel()
        while True:
            try:
                with self._app.app_context():
                    self._settle()
                    if not self.lanes.out or time.monotonic() > ends:
                        say_goodbye(self.name, self._wall())
                        break
            except SQLAlchemyError:
                logger.exception("What came back could not be written")
                if time.monotonic() > ends:
                    break
            self.lanes.wait(1, SETTLED_WITHIN)
