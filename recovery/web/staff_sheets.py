"""Sends the sheet for home once more."""

from flask import Response

from recovery.domain.rights import Right
from recovery.services.sheets import send_sheet
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_visit import act

pages = staff_pages("staff_sheets")


@pages.post("/visits/<int:visit_id>/sheet")
@open_to(Face.STAFF, Right.BOOK)
def send(visit_id: int) -> Response:
    """Send one person the sheet once more."""
    return act(visit_id, lambda entry, now: send_sheet(staff(), visit_id, entry.text("to"), now))
