"""What runs while a patient is at the clinic, and what is due there."""

from datetime import datetime, timedelta

from recovery.domain.visit import IN_THE_CHAIR, VisitFacts, VisitState

#: A pressure that was taken this long before it was due is the one that was due.
EARLY = timedelta(minutes=10)


def running_since(visit: VisitFacts) -> datetime | None:
    """Return since when the infusion runs (UTC); None when it does not."""
    return visit.started_at if visit.state is VisitState.INFUSING else None


def recheck_due(visit: VisitFacts, pressure_at: datetime | None) -> datetime | None:
    """Return when the second blood pressure is due, counted from the start by the protocol (40
    minutes as shipped); None when it was taken, or the patient is not in the chair.

    `pressure_at`: when a pressure was last taken (UTC).
    """
    if visit.started_at is None or visit.state not in IN_THE_CHAIR:
        return None
    due = visit.started_at + visit.protocol.stay.recheck
    taken = pressure_at is not None and pressure_at >= due - EARLY
    return None if taken else due
