"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta


class TestClock:
    """Call it for the time; `move` it to a point in time or by a span."""

    __test__ = False

    def __init__(self, now: datetime) -> None:
        self.move(to=now)

    def __call__(self) -> datetime:
        return self._now

    def move(self, *, to: datetime | None = None, by: timedelta = timedelta()) -> datetime:
        """Set the time (aware), or shift it; returns the new time in UTC."""
        start = self._now if to is None else to
        if start.utcoffset() is None:
            raise ValueError("a clock needs a time with a zone")
        self._now = start.astimezone(UTC) + by
        return self._now
