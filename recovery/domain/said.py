"""When something was said, by a phone whose clock may be wrong."""

from datetime import datetime, timedelta


def when_said(
    now: datetime,
    said_at: datetime | None,
    sent_at: datetime | None = None,
    given_at: datetime | None = None,
) -> datetime:
    """Return when an answer was given, as far as it can be known (aware, never after `now`).

    `said_at` and `sent_at` are the phone's own clock when it was said and when it was sent:
    only the time between the two is believed, so a clock that is wrong by years does no harm.
    `given_at` is when the server gave the form: nothing is said before it was asked. Without
    `said_at` it was said as it arrives.
    """
    if said_at is None:
        return now
    said = said_at if sent_at is None else now - max(sent_at - said_at, timedelta())
    if given_at is not None and given_at <= now:
        said = max(said, given_at)
    return min(said, now)
