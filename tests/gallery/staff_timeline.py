"""What staff see of a visit's notices when they went in every way that they can."""

from datetime import datetime, timedelta
from typing import Any, Final

from recovery.domain.ladder import Rung
from recovery.domain.rights import StaffRole
from recovery.domain.visit import VisitState
from recovery.store.addresses import Channel
from recovery.store.database import db
from recovery.store.notices import Attempt
from recovery.store.visits import Visit
from tests.builders import NOW, a_staff, saved
from tests.carriers import an_address
from tests.gallery.entry import Entry, Situation, situation
from tests.gallery.scenes import booked
from tests.notices import a_notice

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
RECENT: Final = NOW - 8 * MINUTE

#: Kind → when it was due, what became of it, and its tries: (channel, rung, after, outcome).
Tries = list[tuple[Channel, Rung, timedelta, str]]
SEEN: Final[Tries] = [(Channel.PUSH, Rung.PUSH, SECOND, "sent")]
WAYS: Final[list[tuple[str, datetime, dict[str, Any], Tries]]] = [
    (
        "driver-accepted",
        NOW - 26 * HOUR,
        {"state": "shown", "shown_at": NOW - 26 * HOUR + MINUTE},
        SEEN,
    ),
    ("moved", NOW - 25 * HOUR, {"state": "withdrawn"}, []),
    (
        "driver-changed",
        NOW - 4 * HOUR,
        {"state": "opened", "shown_at": NOW - 4 * HOUR + 4 * SECOND, "opened_at": NOW - 3 * HOUR},
        SEEN,
    ),
    (
        "rest",
        NOW - 2 * HOUR,
        {
            "state": "acknowledged",
            "rung": Rung.MESSAGE.value,
            "opened_at": NOW - 90 * MINUTE,
            "acknowledged_at": NOW - 88 * MINUTE,
        },
        [
            (Channel.PUSH, Rung.PUSH, SECOND, "again"),
            (Channel.PUSH, Rung.PUSH, 9 * SECOND, "sent"),
            (Channel.PUSH, Rung.OTHER_DEVICES, 12 * MINUTE, "gone"),
            (Channel.TEXT, Rung.MESSAGE, 13 * MINUTE, "sent"),
        ],
    ),
    ("later", NOW - 80 * MINUTE, {"state": "missed", "why": "not-accepted"}, []),
    (
        "evening",
        RECENT,
        {"state": "sent", "tries": 1, "next_at": RECENT + 12 * MINUTE, "safety": True}
        | {"tried_at": RECENT + SECOND, "taken_at": RECENT + SECOND},
        SEEN,
    ),
]


def in_every_way() -> Situation:
    """Seen, read after a text, taken back, missed, and one that nobody has opened yet."""
    patient, visit, _ride = booked(VisitState.DISCHARGED)
    an_address(patient, Channel.TEXT)
    for kind, due, values, tries in WAYS:
        _went(visit, kind, due, values, tries)
    db.session.commit()
    return situation(a_staff(visit.clinic, StaffRole.PROVIDER), visit=visit.id)


def _went(visit: Visit, kind: str, due: datetime, values: dict[str, Any], tries: Tries) -> None:
    times = {"due_at": due, "created_at": due - HOUR, "not_after": due + 6 * HOUR, "next_at": None}
    notice = a_notice(visit, kind, "drawn", **(times | values))
    for channel, rung, after, outcome in tries:
        saved(
            Attempt(
                notice_id=notice.id,
                channel=channel.value,
                rung=rung.value,
                fence=1,
                at=due + after,
                ended_at=due + after + SECOND,
                outcome=outcome,
            )
        )


STAFF_TIMELINE: Final = (
    Entry("staff-timeline-drawn", in_every_way, "/staff/visits/{visit}/timeline"),
)
