"""A notice on its way to being owed: one rule, one moment, one recipient."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from recovery.domain.notice import LEAST_LEFT, Part, Recipient

#: What is useful for less than this cannot be sent while enough of it is left, and is not owed.
LEAST_WINDOW: Final = 2 * LEAST_LEFT


@dataclass(frozen=True, slots=True)
class Draft:
    """`waits` says that the notice may be delayed a little to be merged with a later one."""

    recipient: Recipient
    parts: tuple[Part, ...]
    due_at: datetime
    not_after: datetime
    safety: bool
    no_driving: bool
    waits: bool
