"""Wait for something that another thread, process or browser is about to do."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

POLL = 0.015
"""Seconds between two looks: short beside what a person notices, cheap beside a busy core."""


def until(condition: Callable[[], T], within: float = 20.0, what: str = "") -> T:
    """Give the first true answer of `condition`, looking every 15 ms for `within` seconds.

    Fails as an AssertionError that says what was awaited and what was seen last, because
    a test that stops with "timeout" explains nothing.
    """
    deadline = time.monotonic() + within
    while True:
        seen = condition()
        if seen:
            return seen
        if time.monotonic() > deadline:
            awaited = what or getattr(condition, "__name__", "condition")
            raise AssertionError(f"not within {within} s: {awaited} (last seen: {seen!r})")
        time.sleep(POLL)
