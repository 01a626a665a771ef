"""Booking a visit for a patient."""

import re

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from recovery import clock
from recovery.domain.rights import Right
from recovery.services.booking import book_visit
from recovery.services.facts import protocol_of
from recovery.services.patients import own_patient
from recovery.services.protocols import usable_versions
from recovery.services.refusals import Conflict, Refused
from recovery.services.unfinished import forget_unfinished
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.ids import LARGEST_ID
from recovery.web.staff_entry import Entry
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_words import protocol_name

pages = staff_pages("staff_booking")

ID = re.compile(r"[0-9]{1,10}", re.ASCII)


@pages.get("/patients/<int:patient_id>/visits/new")
@open_to(Face.STAFF, Right.BOOK)
def new(patient_id: int) -> Response:
    """Ask for the time, on the clinic's clock, and the protocol."""
    return _form(patient_id, Entry(request.form, g.zone), 200)


@pages.post("/patients/<int:patient_id>/visits/new")
@open_to(Face.STAFF, Right.BOOK)
def book(patient_id: int) -> Response:
    """Book the visit and go on to its page."""
    entry = Entry(request.form, g.zone)
    try:
        start = entry.must_moment("start")
        visit = book_visit(staff(), patient_id, chosen_version(entry), start, clock.now())
    except Refused as refused:
        forget_unfinished()
        entry.refused(refused)
        return _form(patient_id, entry, 409 if isinstance(refused, Conflict) else 422)
    return make_response(redirect(url_for("staff_visit.show", visit_id=visit.id), 303))


def chosen_version(entry: Entry) -> int:
    """Return the id of the protocol version that was chosen; 0 for what is no id. Refused when
    none was chosen."""
    chosen = entry.text("protocol")
    if not chosen:
        raise Refused("Please choose a protocol.", "protocol")
    return min(int(chosen), LARGEST_ID) if ID.fullmatch(chosen) else 0


def version_options() -> list[tuple[int | str, str]]:
    """Return what may be booked, for a list to choose from.

    With several, none stands there already: a hurried tap must not choose a patient's rules.
    """
    versions = usable_versions(staff().clinic_id)
    options: list[tuple[int | str, str]] = [("", _("Please choose"))] if len(versions) > 1 else []
    for version in versions:
        protocol = protocol_of(version)
        options.append((version.id, protocol_name(protocol, version.version)))
    return options


def _form(patient_id: int, entry: Entry, status: int) -> Response:
    page = render_template(
        "staff/visit_new.html",
        patient=own_patient(staff(), patient_id),
        protocols=version_options(),
        form=entry.form,
        errors=entry.errors,
    )
    return make_response(page, status)
