"""When something is due, said relative to what happens to the visit."""

from datetime import time, timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from recovery.domain.protocol.base import Part, Rule, Slug

NO_TIME = timedelta()


class Anchor(StrEnum):
    """The events that a time can be counted from."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    VISIT = "visit"
    ASKED = "asked"
    ACCEPTED = "accepted"
    DRIVER_LOST = "driver-lost"
    STANDS_IN = "stands-in"
    ARRIVED = "arrived"
    STARTED = "started"
    ENDED = "ended"
    PICKUP = "pickup"
    READY = "ready"
    DISCHARGE = "discharge"
    HANDOVER = "handover"
    HOME = "home"
    EARLIEST = "earliest"
    OVER = "over"
    CHECK_IN = "check-in"
    EMERGENCY = "emergency"
    UNREACHED = "unreached"
    DRIVER_UNREACHED = "driver-unreached"
    HEARD = "heard"


class Moment(Part):
    """A time: `offset` after an anchor, or a wall-clock `at`, `days` after the anchor's local day.

    `daily` repeats the wall-clock time each local day after the anchor, as long as the
    notice stays true. Wall-clock times are the clinic's zone; offsets are elapsed time.
    """

    after: Anchor
    offset: timedelta = NO_TIME
    days: int | None = None
    at: time | None = None
    daily: bool = False
    check_in: Slug | None = None

    @model_validator(mode="after")
    def _one_way_of_saying_it(self) -> Self:
        if self.at is not None and self.at.tzinfo is not None:
            raise ValueError("A clock time is the clinic's own; it carries no zone.")
        if (self.days is not None or self.daily) and self.at is None:
            raise ValueError("“days” and “daily” need a clock time in “at”.")
        if self.at is not None and (self.days is None) == (not self.daily):
            raise ValueError("A clock time needs either “days” or “daily”.")
        if self.at is not None and self.offset:
            raise ValueError("Say either an offset or a clock time, not both.")
        if (self.after is Anchor.CHECK_IN) != (self.check_in is not None):
            raise ValueError("“check_in” goes with “after: check-in”.")
        return self


class QuietHours(Rule):
    """When nobody is woken for anything but safety, in the clinic's zone.

    A notice with a deadline that falls here moves to `evening_at` on the evening before.
    """

    start: time
    end: time
    evening_at: time

    @model_validator(mode="after")
    def _over_the_night(self) -> Self:
        if not self.end < self.evening_at < self.start:
            raise ValueError("Quiet hours run over midnight, with “evening_at” before they start.")
        return self


class OnCall(Rule):
    """How often the person on call is told of one alert that nobody has taken.

    again: from one page to the next. pages: in all; 1 = never again.
    """

    again: timedelta = Field(ge=timedelta(minutes=1), le=timedelta(hours=12))
    pages: int = Field(ge=1, le=20)


#: Of a protocol that says nothing about it.
USUAL_ON_CALL = OnCall(
    source="House decision: every ten minutes for an hour; more would wake nobody who still sleeps",
    again=timedelta(minutes=10),
    pages=6,
)


class Ladder(Rule):
    """How long one rung has to prove that it was seen before the next is told."""

    safety: timedelta
    routine: timedelta
