"""How long a clinic keeps what it knows of a patient."""

from datetime import datetime, timedelta
from typing import Final

#: Days. Shorter would end before the last check-in of a visit (day 14) and its alerts were read;
#: longer than a lifetime is a slip.
SHORTEST: Final = 30
LONGEST: Final = 36_500
#: A rule works from a day after it was set: what it erases does not come back, and a slip
#: (30 for 3000) is seen before it does harm.
SECOND_THOUGHTS: Final = timedelta(days=1)


def over_before(keep_days: int | None, set_at: datetime | None, now: datetime) -> datetime | None:
    """Return the moment such that a patient last here before it is over by the clinic's rule.

    None = nothing is: the clinic has set no rule, or only just now. Days are elapsed time.
    """
    if keep_days is None or set_at is None or now < set_at + SECOND_THOUGHTS:
        return None
    return now - timedelta(days=keep_days)
