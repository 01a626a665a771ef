"""What a notice costs each process that has to do with it.

By processor time, which other work on the machine changes little. Its sum says how many notices
the processors could send at most, if nothing ever waited for anything.
"""

import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import active_children
from pathlib import Path
from typing import Final

from tests.bench.figures import processor_of
from tests.databases import Postgres
from tests.workers import children_of

PROCESSORS: Final = os.cpu_count() or 1
POST_ROOM, PUSH_SERVICE, POSTGRES = "the post room", "the push service", "PostgreSQL"


@dataclass(frozen=True)
class Measured:
    """Notices a second, and milliseconds of a processor that each process needs for one."""

    a_second: float
    costs: dict[str, float]

    @property
    def whole(self) -> float:
        """Milliseconds of a processor for a notice, in all processes."""
        return sum(self.costs.values())

    @property
    def bound(self) -> float:
        """Notices a second that the processors of this machine could do."""
        return 1000 * PROCESSORS / self.whole

    @property
    def words(self) -> str:
        """The costs, the largest first."""
        largest = sorted(self.costs.items(), key=lambda cost: -cost[1])
        return ", ".join(f"{name} {cost:.2f}" for name, cost in largest if cost >= 0.005)


def middle(rounds: Sequence[Measured]) -> Measured:
    """The middle one of each figure."""
    costs = {name: statistics.median(one.costs[name] for one in rounds) for name in rounds[0].costs}
    return Measured(statistics.median(one.a_second for one in rounds), costs)


class Watch:
    """Runs from when it is made. `here` is what this process does; `postgres` works with it."""

    def __init__(self, here: str, postgres: Postgres | None = None) -> None:
        self._here, self._postgres = here, postgres
        self._used, self._began = self._read(), time.perf_counter()

    def stop(self, count: int) -> Measured:
        """Say what so many notices took."""
        took = time.perf_counter() - self._began
        used = {name: now - self._used[name] for name, now in self._read().items()}
        return Measured(count / took, {name: 1000 * spent / count for name, spent in used.items()})

    def _read(self) -> dict[str, float]:
        others = {
            POST_ROOM: [one.pid for one in active_children() if one.pid],
            PUSH_SERVICE: children_of(os.getpid(), "tests.push_service"),
            POSTGRES: children_of(_main_process(self._postgres)) if self._postgres else [],
        }
        used = {name: sum(map(processor_of, pids)) for name, pids in others.items()}
        return {self._here: time.process_time()} | used


def _main_process(server: Postgres) -> int:
    return int((Path(server.server.pgdata) / "postmaster.pid").read_text().split()[0])
