"""How a figure is printed: what was measured, what it shall be, and what limits it if it is not."""

import operator
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Target:
    """What a figure shall be at least, or at most."""

    words: str
    bound: float
    met: Callable[[float, float], bool]

    def judge(self, value: float, limits: str) -> str:
        """Say whether the value is as it shall be, and if not, what limits it."""
        is_met = self.met(value, self.bound)
        said = f"target: {self.words} {self.bound:g}, {'met' if is_met else 'MISSED'}"
        return said if is_met or not limits else f"{said}; {limits}"


def at_least(bound: float) -> Target:
    return Target("at least", bound, operator.ge)


def at_most(bound: float) -> Target:
    return Target("at most", bound, operator.le)


def say(
    what: str,
    value: float,
    unit: str,
    remark: str = "",
    *,
    target: Target | None = None,
    limits: str = "",
) -> None:
    """Print one line."""
    number = f"{value:.0f}" if value >= 100 else f"{value:.2f}"
    judged = target.judge(value, limits) if target else ""
    told = "; ".join(part for part in (remark, judged) if part)
    print(f"{number:>10} {unit:<12} {what}{f' ({told})' if told else ''}", flush=True)


@dataclass(frozen=True)
class Machine:
    """Ticks of all processors since the machine started: those that were used, and all."""

    used: int
    all: int

    @classmethod
    def now(cls) -> "Machine":
        """Read the counters."""
        ticks = [int(count) for count in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
        return cls(sum(ticks) - ticks[3] - ticks[4], sum(ticks))

    def busy_since(self, before: "Machine") -> float:
        """The share of all processors that was used since, from 0 to 1."""
        return (self.used - before.used) / max(self.all - before.all, 1)


def processor_of(pid: int) -> float:
    """Seconds of a processor that all threads of a process have used, in steps of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def processor_of_one_thread(pid: int) -> float:
    """The same of a process without threads, exactly."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
