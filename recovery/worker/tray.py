"""Where letters that came back lie until they are written down, and how many are still out."""

from collections.abc import Collection
from threading import Condition

from recovery.services.results import Result


class Tray:
    """Filled by any thread, emptied by the worker's."""

    def __init__(self) -> None:
        self._results: list[Result] = []
        self._changed = Condition()
        self._out = 0
        #: How many results whoever waits is waiting for: to be woken for each one costs more than
        #: the one is worth.
        self._awaited = 0

    @property
    def out(self) -> int:
        """How many letters were not collected yet, on the network or back from it."""
        return self._out

    def wait(self, count: int, seconds: float) -> None:
        """Wait until `count` letters came back, or all that are out, or `seconds` are over."""
        with self._changed:
            self._awaited = min(count, self._out)
            self._changed.wait_for(lambda: len(self._results) >= self._awaited, seconds)
            self._awaited = 0

    def collect(self) -> list[Result]:
        """Take what came back since the last time."""
        with self._changed:
            results, self._results = self._results, []
            self._out -= len(results)
        return results

    def _went_out(self, count: int) -> None:
        with self._changed:
            self._out += count

    def _came_back(self, results: Collection[Result]) -> None:
        with self._changed:
            self._results += results
            if 0 < self._awaited <= len(self._results):
                self._changed.notify_all()
