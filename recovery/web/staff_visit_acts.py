"""What staff do with a visit besides the infusion: come, move, cancel, leave, undo."""

from typing import Final

from flask import Response, request

from recovery.domain.ride import Role
from recovery.domain.rights import Right
from recovery.domain.visit import VisitState
from recovery.services.arrival import arrive
from recovery.services.booking import cancel_visit, move_visit, record_no_show
from recovery.services.called_driver import take_word_of_driver
from recovery.services.departure import leave_undischarged, transfer
from recovery.services.infusion import Times, correct_times
from recovery.services.refusals import Refused
from recovery.services.rides import Named
from recovery.services.series_moves import cancel_following
from recovery.services.undo import undo
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.staff_entry import Entry
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_series_moves import new_dates
from recovery.web.staff_visit import act

pages = staff_pages("staff_visit_acts")
#: This visit and all that follow in its series.
FOLLOWING: Final = "following"


@pages.post("/visits/<int:visit_id>/arrive")
@open_to(Face.STAFF, Right.RECEIVE)
def come(visit_id: int) -> Response:
    """The patient is here."""
    return act(visit_id, lambda entry, now: arrive(staff(), visit_id, now))


@pages.post("/visits/<int:visit_id>/move")
@open_to(Face.STAFF, Right.BOOK)
def move(visit_id: int) -> Response:
    """Move the visit to another time; with all that follow, show their new dates first."""
    if request.form.get("scope") == FOLLOWING:
        return act(
            visit_id, lambda entry, now: new_dates(visit_id, entry.must_moment("start"), entry)
        )
    return act(
        visit_id,
        lambda entry, now: move_visit(staff(), visit_id, entry.must_moment("start"), now),
    )


@pages.post("/visits/<int:visit_id>/cancel")
@open_to(Face.STAFF, Right.BOOK)
def cancel(visit_id: int) -> Response:
    """Cancel the visit, or with it all that follow in its series."""
    cancel = cancel_following if request.form.get("cancel_scope") == FOLLOWING else cancel_visit
    return act(
        visit_id,
        lambda entry, now: cancel(staff(), visit_id, entry.text("cancel_why"), now),
    )


@pages.post("/visits/<int:visit_id>/driver")
@open_to(Face.STAFF, Right.BOOK)
def driver_said_yes(visit_id: int) -> Response:
    """A driver said yes to staff on the phone."""
    return act(
        visit_id,
        lambda entry, now: take_word_of_driver(staff(), visit_id, _called(entry), now),
    )


@pages.post("/visits/<int:visit_id>/no-show")
@open_to(Face.STAFF, Right.BOOK)
def no_show(visit_id: int) -> Response:
    """Nobody came."""
    return act(visit_id, lambda entry, now: record_no_show(staff(), visit_id, now))


@pages.post("/visits/<int:visit_id>/left")
@open_to(Face.STAFF, Right.TREAT)
def left(visit_id: int) -> Response:
    """The patient left before the discharge."""
    return act(
        visit_id,
        lambda entry, now: leave_undischarged(
            staff(), visit_id, entry.moment_or("gone_at", now), entry.text("gone_why"), now
        ),
    )


@pages.post("/visits/<int:visit_id>/transferred")
@open_to(Face.STAFF, Right.TREAT)
def transferred(visit_id: int) -> Response:
    """The patient was brought to another place of care."""
    return act(
        visit_id,
        lambda entry, now: transfer(
            staff(), visit_id, entry.moment_or("gone_at", now), entry.text("gone_why"), now
        ),
    )


@pages.post("/visits/<int:visit_id>/undo")
@open_to(Face.STAFF, Right.TREAT)
def take_back(visit_id: int) -> Response:
    """Take a wrong tap back."""
    return act(
        visit_id,
        lambda entry, now: undo(staff(), visit_id, _shown(entry), entry.text("undo_why"), now),
    )


@pages.post("/visits/<int:visit_id>/correct")
@open_to(Face.STAFF, Right.TREAT)
def correct(visit_id: int) -> Response:
    """Put wrong times right."""
    return act(
        visit_id,
        lambda entry, now: correct_times(
            staff(), visit_id, _times(entry), entry.text("correct_why"), now
        ),
    )


def _times(entry: Entry) -> Times:
    times = Times(
        started_at=entry.moment("started_at", needed=False),
        ended_at=entry.moment("ended_at", needed=False),
        left_at=entry.moment("left_at", needed=False),
    )
    entry.check()
    return times


def _shown(entry: Entry) -> VisitState:
    try:
        return VisitState(entry.text("wrong"))
    except ValueError:
        raise Refused("Please look at the page again and decide anew.") from None


def _called(entry: Entry) -> Named:
    return Named(
        name=entry.text("name"),
        phone=entry.text("phone"),
        role=Role.DRIVER,
        consents=entry.ticked("consents"),
    )
