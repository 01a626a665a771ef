"""The worker's time: the wall clock, as long as that goes on as time does.

A clock that is set while the worker runs would send an hour of notices too early, or none for an
hour. So what the wall clock says is measured against seconds that nobody can set.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from recovery.delivery.answers import moment_in

#: A step up to this long is a correction that nobody needs to know of.
TOLERATED: Final = timedelta(seconds=10)
#: Others are right about the time when they differ by less: their answer took its time to come.
AGREES: Final = timedelta(seconds=60)
#: What a push service said of the time is forgotten after this many seconds.
KEPT: Final = 600.0
#: Seconds. Two looks at the clocks that are further apart tell nothing about each other.
A_LOOK: Final = 1.0


class SteadyClock:
    """Call `now` for the time to work by; safe to use from many threads.

    After a jump there are two candidates: the wall clock, and the time kept by counting seconds.
    Push services put the time into their answers: the candidate with which one agrees is taken.
    Until then nothing is early: a jump forward is not followed, and a jump back only if no push
    service has ever agreed with the time before.
    """

    def __init__(self, wall: Callable[[], datetime], steady: Callable[[], float]) -> None:
        self._wall, self._steady = wall, steady
        self._lock = Lock()
        self._said: dict[str, tuple[float, timedelta]] = {}
        self._proved = False
        self._jumped = False
        self._untold: timedelta | None = None
        self._take(wall())

    def now(self) -> datetime:
        """Return the time to work by, aware UTC."""
        with self._lock:
            wall, kept = self._candidates()
            if not self._jumped:
                return wall
            return kept if wall > kept or self._proved else wall

    def heard(self, host: str, words: str) -> None:
        """Take note of what a push service says the time is: the Date of its answer, as it came.

        It says no more than once a second; more often is not listened to.
        """
        with self._lock:
            last, _off = self._said.get(host, (-A_LOOK, None))
            if self._steady() - last < A_LOOK or (said := moment_in(words)) is None:
                return
            wall, kept = self._candidates()
            if abs(said - kept) <= AGREES:
                self._proved = True
            elif self._jumped and abs(said - wall) <= AGREES:
                self._take(wall)
                self._proved = True
                return
            self._said[host] = (self._steady(), said - kept)

    def wall(self) -> datetime:
        """Return what the wall clock says, right or wrong."""
        return self._wall()

    def jump_to_tell(self) -> timedelta | None:
        """Return how far the clock jumped since this was last asked, or still is off by a jump."""
        with self._lock:
            wall, kept = self._candidates()
            untold, self._untold = self._untold, None
            return wall - kept if self._jumped else untold

    def off_by_services(self) -> timedelta | None:
        """Return how far we are behind the push services, if all that answered lately say so."""
        with self._lock:
            since = self._steady() - KEPT
            said = [off for heard, off in self._said.values() if heard >= since]
            nearest = min(said, key=abs, default=timedelta())
            return nearest if abs(nearest) > AGREES else None

    def _candidates(self) -> tuple[datetime, datetime]:
        wall, steady = self._at_once()
        kept = self._time + timedelta(seconds=steady - self._since)
        if abs(wall - kept) <= TOLERATED:
            self._take(wall, forget=False)
            return wall, wall
        if not self._jumped:
            self._jumped, self._untold = True, wall - kept
        return wall, kept

    def _at_once(self) -> tuple[datetime, float]:
        """Read both. A process that is stopped between the two reads has not seen a jump."""
        before = self._steady()
        while True:
            wall, after = self._wall(), self._steady()
            if after - before < A_LOOK:
                return wall, after
            before = after

    def _take(self, wall: datetime, *, forget: bool = True) -> None:
        """Count on from here. What was said about another time is of no use any more."""
        self._time, self._since, self._jumped = wall, self._steady(), False
        if forget:
            self._said.clear()
