"""Whether our clock can be right: asked at every beat, so that a jump is known in seconds."""

import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from recovery.services.clock_alarms import (
    ahead_of_us_is_an_earlier_worker,
    ahead_of_us_is_the_database,
    sound_clock_alarm,
)
from recovery.worker.steady import AGREES, TOLERATED, SteadyClock

logger = logging.getLogger(__name__)

#: Seconds after which what is still so is told again, should somebody have resolved the alert.
TOLD_EVERY: Final = 60.0


class ClockWatch:
    """Compares one worker's clock with everything that knows the time.

    `database_knows`: a clock that a test moves is no business of PostgreSQL's.
    """

    def __init__(self, clock: SteadyClock, *, database_knows: bool = True) -> None:
        self.clock, self._database_knows = clock, database_knows
        self._untold: dict[str, timedelta] = {}
        self._told: dict[str, float] = {}
        self._first = True

    def look(self) -> timedelta:
        """Sound an alarm for each witness against our clock; commits. Returns the largest
        difference, zero if nobody contradicts us."""
        found = dict(self._witnesses())
        self._first = False
        for witness, off in found.items():
            if time.monotonic() - self._told.get(witness, -TOLD_EVERY) >= TOLD_EVERY:
                self._untold[witness] = off
        for witness, off in list(self._untold.items()):
            seconds = round(off.total_seconds())
            logger.error(
                "The clock is wrong or was changed: %s, %+d s",
                witness,
                seconds,
                extra={"witness": witness, "seconds": seconds},
            )
            sound_clock_alarm(off, witness, self.clock.wall())
            self._told[witness] = time.monotonic()
            del self._untold[witness]
        return max(found.values(), key=abs, default=timedelta())

    def _witnesses(self) -> Iterator[tuple[str, timedelta]]:
        if (jump := self.clock.jump_to_tell()) is not None:
            yield "jump", jump
        if (off := self.clock.off_by_services()) is not None:
            yield "push", off
        now = self.clock.wall()
        database = ahead_of_us_is_the_database(now) if self._database_knows else None
        if database is not None and abs(database) > TOLERATED:
            yield "database", database
        earlier = ahead_of_us_is_an_earlier_worker(now) if self._first else None
        if earlier is not None and earlier > AGREES:
            yield "earlier", earlier
