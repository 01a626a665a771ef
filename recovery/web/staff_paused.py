"""Sending paused: what waits, what was lost, and the tap that releases it."""

from typing import Any

from flask import Response, make_response, redirect, render_template, url_for

from recovery import clock
from recovery.domain.rights import Right
from recovery.services.pausing import Waiting, held_back, release_own_sending
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_timeline_words import AUDIENCES, notice_title

pages = staff_pages("staff_paused")


@pages.get("/paused")
@open_to(Face.STAFF)
def show() -> str:
    """Say since when nothing is sent, why, and which notices wait."""
    clinic = staff().clinic
    count, waiting = held_back(clinic, clock.now())
    return render_template(
        "staff/paused.html",
        clinic=clinic,
        count=count,
        waiting=[_row(each) for each in waiting],
        may_release=staff().may(Right.CLINIC),
    )


@pages.post("/paused/release")
@open_to(Face.STAFF, Right.CLINIC)
def release() -> Response:
    """Let notices go out again, as far as they are still true."""
    release_own_sending(staff(), clock.now())
    return make_response(redirect(url_for("staff_paused.show"), 303))


def _row(waiting: Waiting) -> dict[str, Any]:
    notice, visit = waiting.notice, waiting.visit
    return {
        "at": notice.due_at,
        "title": notice_title(notice, visit),
        "to": AUDIENCES.get(notice.role, notice.role),
        "patient": visit.patient,
        "visit_id": visit.id,
        "still_useful": waiting.still_useful,
    }
