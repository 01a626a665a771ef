"""A ride: one driver for one visit. Only an accepted driver counts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from recovery.domain.lifecycle import LifeCycle


class RideState(StrEnum):
    """Where one driver stands with one visit."""

    NAMED = "named"
    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    TOOK = "took"
    HOME = "home"


NOBODY: frozenset[RideState] = frozenset()

RIDE = LifeCycle(
    "ride",
    moves={
        RideState.NAMED: frozenset({RideState.ASKED, RideState.REVOKED}),
        RideState.ASKED: frozenset({RideState.ACCEPTED, RideState.DECLINED, RideState.REVOKED}),
        RideState.ACCEPTED: frozenset({RideState.WITHDRAWN, RideState.REVOKED, RideState.TOOK}),
        RideState.TOOK: frozenset({RideState.HOME, RideState.WITHDRAWN}),
        RideState.DECLINED: frozenset({RideState.ASKED, RideState.ACCEPTED, RideState.REVOKED}),
        RideState.WITHDRAWN: frozenset({RideState.ASKED, RideState.REVOKED}),
        RideState.REVOKED: NOBODY,
        RideState.HOME: NOBODY,
    },
    backwards={RideState.TOOK: frozenset({RideState.ACCEPTED})},
)

#: A driver in one of these states has agreed and may be told about the visit.
COUNTS = frozenset({RideState.ACCEPTED, RideState.TOOK, RideState.HOME})


class Role(StrEnum):
    """What a named person is for one visit."""

    DRIVER = "driver"
    BACKUP = "backup"
    COMPANION = "companion"


@dataclass(frozen=True, slots=True)
class RideFacts:
    """What the rules need to know of one ride; times are aware UTC.

    `coming_at`, `set_out_at`, `here_at`: what the driver last said of the way to the clinic.
    `revoked_at`: the patient took the consent back. `home_said_by`: the ride of whoever said that
    this driver's patient is home (a backup who was asked may say it).
    """

    id: int
    role: Role
    state: RideState
    asked_at: datetime | None = None
    accepted_at: datetime | None = None
    withdrawn_at: datetime | None = None
    took_at: datetime | None = None
    home_at: datetime | None = None
    coming_at: datetime | None = None
    set_out_at: datetime | None = None
    here_at: datetime | None = None
    looked_in_at: datetime | None = None
    home_said_by: int | None = None
    revoked_at: datetime | None = None
    halted: bool = False

    @property
    def consented(self) -> bool:
        """Whether the patient's consent to tell this person stands."""
        return self.revoked_at is None

    @property
    def counts(self) -> bool:
        """Whether this person accepted and the patient's consent to tell them stands."""
        return self.state in COUNTS and self.consented
