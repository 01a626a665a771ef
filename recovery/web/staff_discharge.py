"""The discharge: scores, checklist, handover, home; and the wait that follows."""

from datetime import timedelta

from flask import Response

from recovery.domain.rights import Right
from recovery.services.discharge import add_reading, discharge, hand_over, record_checks
from recovery.services.handover_code import check_code
from recovery.services.wait_orders import close_wait, extend_wait, shorten_wait
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.staff_entry import Entry
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_visit import act

pages = staff_pages("staff_discharge")

POINTS = "points-"


@pages.post("/visits/<int:visit_id>/score")
@open_to(Face.STAFF, Right.TREAT)
def score(visit_id: int) -> Response:
    """Keep one scoring."""
    return act(
        visit_id,
        lambda entry, now: add_reading(
            staff(),
            visit_id,
            _points(entry),
            entry.moment_or("reading_at", now),
            now,
        ),
    )


@pages.post("/visits/<int:visit_id>/checks")
@open_to(Face.STAFF, Right.TREAT)
def checks(visit_id: int) -> Response:
    """Keep the checklist and the oxygen."""
    return act(
        visit_id,
        lambda entry, now: record_checks(
            staff(),
            visit_id,
            entry.chosen("checks"),
            _oxygen(entry),
            now,
            spo2_as_before=entry.ticked("spo2_as_before"),
        ),
    )


@pages.post("/visits/<int:visit_id>/code")
@open_to(Face.STAFF, Right.TREAT)
def code(visit_id: int) -> Response:
    """Check the driver's code."""
    return act(visit_id, lambda entry, now: check_code(staff(), visit_id, entry.text("code"), now))


@pages.post("/visits/<int:visit_id>/handover")
@open_to(Face.STAFF, Right.TREAT)
def handover(visit_id: int) -> Response:
    """Log a handover by name, without a code."""
    return act(
        visit_id,
        lambda entry, now: hand_over(
            staff(), visit_id, entry.text("handed_to"), entry.text("handover_why"), now
        ),
    )


@pages.post("/visits/<int:visit_id>/discharge")
@open_to(Face.STAFF, Right.TREAT)
def go_home(visit_id: int) -> Response:
    """Let the patient go home."""
    return act(
        visit_id,
        lambda entry, now: discharge(staff(), visit_id, entry.moment_or("left_at", now), now),
    )


@pages.post("/visits/<int:visit_id>/wait/extend")
@open_to(Face.STAFF, Right.TREAT)
def extend(visit_id: int) -> Response:
    """Make the wait longer."""
    return act(
        visit_id,
        lambda entry, now: extend_wait(
            staff(), visit_id, entry.must_moment("until"), entry.text("extend_why"), now
        ),
    )


@pages.post("/visits/<int:visit_id>/wait/minimum")
@open_to(Face.STAFF, Right.TREAT)
def shorten(visit_id: int) -> Response:
    """Change the wait's minimum, not below the floor."""
    return act(
        visit_id,
        lambda entry, now: shorten_wait(
            staff(), visit_id, _hours(entry), entry.text("shorten_why"), now
        ),
    )


@pages.post("/visits/<int:visit_id>/wait/close")
@open_to(Face.STAFF, Right.DECIDE)
def close(visit_id: int) -> Response:
    """End the wait by a clinician's word."""
    return act(
        visit_id,
        lambda entry, now: close_wait(
            staff(), visit_id, entry.ticked("spoke"), entry.text("close_why"), now
        ),
    )


def _points(entry: Entry) -> dict[str, int]:
    return {
        name.removeprefix(POINTS): int(value)
        for name, value in entry.form.items()
        if name.startswith(POINTS) and value in {"0", "1", "2"}
    }


def _oxygen(entry: Entry) -> float | None:
    value = entry.number("spo2")
    entry.check()
    return value


def _hours(entry: Entry) -> timedelta:
    return timedelta(hours=entry.must_number("hours"))
