"""A notice: a message owed to somebody, from owed to acknowledged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from recovery.domain.lifecycle import LifeCycle
from recovery.domain.protocol.after import Audience

#: With less of its window left a notice is not sent: push services count whole seconds.
LEAST_LEFT: Final = timedelta(seconds=1)


class NoticeState(StrEnum):
    """Where a notice stands. A push service's 201 makes it `sent`; only the phone, `shown`."""

    OWED = "owed"
    SENDING = "sending"
    SENT = "sent"
    SHOWN = "shown"
    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


_N = NoticeState
_NONE: frozenset[NoticeState] = frozenset()
_SEEN = frozenset({_N.SHOWN, _N.OPENED, _N.ACKNOWLEDGED})

NOTICE = LifeCycle(
    "notice",
    moves={
        # Owed again after an attempt with an unknown outcome, it may yet turn out to be seen.
        _N.OWED: frozenset({_N.SENDING, _N.MISSED, _N.WITHDRAWN, _N.FAILED}) | _SEEN,
        _N.SENDING: frozenset({_N.OWED, _N.SENT, _N.MISSED, _N.WITHDRAWN, _N.FAILED}) | _SEEN,
        _N.SENT: frozenset({_N.FAILED}) | _SEEN,
        _N.SHOWN: frozenset({_N.OPENED, _N.ACKNOWLEDGED, _N.FAILED}),
        _N.OPENED: frozenset({_N.ACKNOWLEDGED}),
        _N.ACKNOWLEDGED: _NONE,
        _N.MISSED: _SEEN,
        _N.WITHDRAWN: _SEEN,
        _N.FAILED: _SEEN,
    },
    backwards={},
)

#: May still be changed or taken back: nobody can have seen it.
PENDING = frozenset({_N.OWED})
#: May be on somebody's screen, or was.
TOLD = frozenset({_N.SENDING, _N.SENT}) | _SEEN
#: Can no longer be sent, though it was owed.
LOST = frozenset({_N.MISSED, _N.FAILED})


@dataclass(frozen=True, slots=True, order=True)
class Recipient:
    """Whom a notice is for: a patient id, ride id or clinic id, by role."""

    role: Audience
    id: int


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a notice tells. `says` holds the facts in its text (ISO times, names of
    rules), so that a changed fact is a changed part."""

    visit_id: int
    kind: str
    occasion: str = ""
    says: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[int, str, str]:
        """What stays the same when the facts change."""
        return (self.visit_id, self.kind, self.occasion)


@dataclass(frozen=True, slots=True)
class Owed:
    """A notice that should exist by what is known now. Times are aware UTC.

    The principal part comes first and names the notice; others were merged into it.
    """

    recipient: Recipient
    parts: tuple[Part, ...]
    due_at: datetime
    not_after: datetime
    safety: bool
    no_driving: bool

    @property
    def principal(self) -> Part:
        """The part that names the notice."""
        return self.parts[0]
