"""What follows in a series: moved along with a visit, or cancelled with it."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from recovery.domain.series import doubts, on_the_wall, shifted
from recovery.domain.visit import NOT_HAPPENING, VisitState
from recovery.services.booking import must_be_possible
from recovery.services.refusals import NotFound
from recovery.services.series import (
    DatesChanged,
    NotAllFree,
    Planned,
    mark_of,
    of_series,
    settle_all,
    starts_of,
)
from recovery.services.visit_moves import must_be, needed
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.visits import Visit


def following(visit: Visit) -> Sequence[Visit]:
    """Return the booked visits of the same series that come after this one, the next first."""
    if visit.series is None:
        return []
    return [
        other
        for other in of_series(visit.patient_id, visit.series)
        if other.start_at > visit.start_at and other.state == VisitState.BOOKED
    ]


def place_in_series(visit: Visit) -> tuple[int, int] | None:
    """Return which visit of its series this is, and of how many; None outside a series.

    What was cancelled, and who did not come, is not counted.
    """
    if visit.series is None:
        return None
    counted = [
        other.id
        for other in of_series(visit.patient_id, visit.series)
        if VisitState(other.state) not in NOT_HAPPENING
    ]
    return (counted.index(visit.id) + 1, len(counted)) if visit.id in counted else None


def moved_along(visit: Visit, start: datetime, now: datetime) -> list[tuple[Visit, Planned]]:
    """Return this visit and all that follow as they would be, were this one moved to `start`.

    All move by the same span of the wall clock.
    """
    zone = ZoneInfo(visit.clinic.zone)
    by = on_the_wall(start, zone) - on_the_wall(visit.start_at, zone)
    moving = [visit, *following(visit)]
    ids = {one.id for one in moving}
    walls = [on_the_wall(one.start_at, zone) + by for one in moving]
    starts = [shifted(one.start_at, by, zone) for one in moving]
    others = starts_of(visit.patient_id, but=ids)
    return [
        (
            one,
            Planned(to, doubts(wall, zone, [*others, *starts[:place], *starts[place + 1 :]], now)),
        )
        for place, (one, wall, to) in enumerate(zip(moving, walls, starts, strict=True))
    ]


def move_following(
    staff: Staff, visit_id: int, start: datetime, mark: str, now: datetime
) -> Sequence[Visit]:
    """Move a booked visit to `start` (UTC) and all that follow along with it, or none.

    `mark` is that of the new dates as the page showed them (`mark_of`).
    """
    visit = _locked_series(staff, visit_id)
    must_be(visit, VisitState.BOOKED)
    moving = moved_along(visit, start, now)
    if mark_of([planned.start for _visit, planned in moving]) != mark:
        raise DatesChanged
    if any(planned.is_refused for _visit, planned in moving):
        raise NotAllFree
    for one, planned in moving:
        must_be_possible(planned.start, now)
        if one.start_at != planned.start:
            one.start_at, one.moved_at = planned.start, now
    visits = [one for one, _planned in moving]
    settle_all(staff, visits, "moved", now)
    return visits


def cancel_following(staff: Staff, visit_id: int, why: str, now: datetime) -> Sequence[Visit]:
    """Cancel a booked visit and all that follow in its series, for one reason, in one step."""
    visit = _locked_series(staff, visit_id)
    must_be(visit, VisitState.BOOKED)
    words = needed(why, "cancel_why")
    visits = [visit, *following(visit)]
    for one in visits:
        one.state, one.cancelled_at = VisitState.CANCELLED.value, now
    settle_all(staff, visits, "cancelled", now, words)
    return visits


def _locked_series(staff: Staff, visit_id: int) -> Visit:
    """Return a visit of the clinic, locked with all of its series, in the order of their ids."""
    found = select(Visit).where(Visit.id == visit_id, Visit.clinic_id == staff.clinic_id)
    visit = db.session.scalars(found).first()
    if visit is None:
        raise NotFound
    chosen = (Visit.id == visit.id) | (
        (Visit.patient_id == visit.patient_id) & (Visit.series == visit.series)
    )
    db.session.scalars(
        select(Visit)
        .where(chosen)
        .order_by(Visit.id)
        .with_for_update(of=Visit, key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    return visit
