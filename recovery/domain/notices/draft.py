"""A notice on its way to being owed: one rule, one moment, one recipient."""

from dataclasses import dataclass
from datetime import datetime

from recovery.domain.notice import Part, Recipient


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
