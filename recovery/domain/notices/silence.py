"""Who is asked to look in when a person cannot be reached, and when that person was heard again."""

from collections.abc import Iterator
from datetime import datetime

from recovery.domain.protocol.after import HELPERS, Audience
from recovery.domain.protocol.timing import Anchor
from recovery.domain.visit import Unreached, VisitFacts

#: Notices of these events are about somebody's silence: nobody is asked about them in turn.
ABOUT_SILENCE = frozenset({Anchor.UNREACHED, Anchor.DRIVER_UNREACHED, Anchor.HEARD})


def anchor_for(role: Audience) -> Anchor | None:
    """The event that somebody else is asked about when this person stays silent; None = nobody."""
    if role is Audience.PATIENT:
        return Anchor.UNREACHED
    return Anchor.DRIVER_UNREACHED if role is Audience.DRIVER else None


def heard_at(silent: Unreached, visit: VisitFacts) -> datetime | None:
    """Return when somebody was heard again after others were asked about them; None = not yet.

    A proof of the notice itself, any answer of the patient, or the word of a driver or companion
    who looked in. A driver is heard by whatever they last said of the ride.
    """
    return min((moment for moment in _signs(silent, visit) if moment >= silent.at), default=None)


def silent_now(visit: VisitFacts, anchor: Anchor) -> Iterator[Unreached]:
    """Yield whom others were asked about and who was not heard since, for one kind of event."""
    for silent in visit.unreached:
        if anchor_for(silent.role) is anchor and heard_at(silent, visit) is None:
            yield silent


def _signs(silent: Unreached, visit: VisitFacts) -> Iterator[datetime]:
    if silent.proved_at is not None:
        yield silent.proved_at
    said: list[datetime | None] = []
    if silent.role is Audience.PATIENT:
        yield from (report.at for report in visit.reports)
        said = [ride.looked_in_at for ride in visit.rides if ride.counts]
    elif silent.role in HELPERS:
        for ride in visit.rides:
            if ride.id == silent.recipient_id:
                said = [
                    ride.coming_at, ride.set_out_at, ride.here_at, ride.looked_in_at, ride.home_at
                ]  # fmt: skip
    yield from (moment for moment in said if moment is not None)
