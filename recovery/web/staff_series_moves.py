"""Moving a visit with all that follow: the new dates are looked at first, then all move or none."""

from datetime import datetime
from functools import partial
from typing import Any

from flask import Response, g, make_response, render_template
from flask_babel import ngettext

from recovery import clock
from recovery.domain.rights import Right
from recovery.domain.visit import VisitState
from recovery.services.series import DatesChanged, NotAllFree, mark_of
from recovery.services.series_moves import move_following, moved_along
from recovery.services.unfinished import forget_unfinished
from recovery.services.visit_moves import must_be, own_visit
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.staff_entry import Entry
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_series_words import date_lines, typed, zone_words
from recovery.web.staff_visit import act

pages = staff_pages("staff_series_moves")


@pages.post("/visits/<int:visit_id>/move-following")
@open_to(Face.STAFF, Right.BOOK)
def move(visit_id: int) -> Response:
    """Move a visit and all that follow, as the page before showed it."""
    return act(visit_id, partial(_move, visit_id))


def _move(visit_id: int, entry: Entry, now: datetime) -> Response | None:
    start = entry.must_moment("start")
    try:
        move_following(staff(), visit_id, start, entry.text("shown"), now)
    except (DatesChanged, NotAllFree) as refused:
        forget_unfinished()
        entry.refused(refused)
        return new_dates(visit_id, start, entry, 409)
    return None


def new_dates(visit_id: int, start: datetime, entry: Entry, status: int = 200) -> Response:
    """Show where a visit and all that follow would go; changes nothing.

    `start` (UTC) is this visit's new one. Raises `AlreadyDone` when it is no longer booked.
    """
    visit = own_visit(staff(), visit_id)
    must_be(visit, VisitState.BOOKED)
    moving = moved_along(visit, start, clock.now())
    lines: list[dict[str, Any]] = date_lines([planned for _visit, planned in moving], g.zone)
    for (one, _planned), line in zip(moving, lines, strict=True):
        line["before"] = one.start_at
    page = render_template(
        "staff/series_move.html",
        visit=visit,
        lines=lines,
        start=typed(start, g.zone),
        shown=mark_of([planned.start for _visit, planned in moving]),
        blocked=any(planned.is_refused for _visit, planned in moving),
        zone=zone_words(g.zone),
        press=ngettext("Move %(num)s visit", "Move all %(num)s visits", len(moving)),
        errors=entry.errors,
    )
    return make_response(page, status)
