"""Booking several visits in one go: how they repeat, every date looked at, then all or none."""

from datetime import datetime
from secrets import token_hex
from typing import Final

from babel.dates import get_day_names
from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from recovery import clock
from recovery.domain.rights import Right
from recovery.domain.series import LONGEST_SPACING, MOST_VISITS, Pattern, local_starts, on_the_wall
from recovery.services.patients import own_patient
from recovery.services.refusals import Conflict, Refused
from recovery.services.series import DatesChanged, book_series, mark_of, preview
from recovery.services.unfinished import forget_unfinished
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.language import reader
from recovery.web.staff_booking import chosen_version, version_options
from recovery.web.staff_entry import Entry, Unreadable
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_series_words import date_lines, zone_words

pages = staff_pages("staff_series")
#: Six visits over three weeks, as most clinics book them.
USUAL: Final = 6


@pages.get("/patients/<int:patient_id>/series")
@open_to(Face.STAFF, Right.BOOK)
def new(patient_id: int) -> Response:
    """Ask how the visits repeat; with that in the address, show every date. Changes nothing."""
    patient = own_patient(staff(), patient_id)
    entry = Entry(request.args, g.zone)
    if "start" not in request.args:
        return _form(patient, entry, 200)
    try:
        pattern = _pattern(entry)
        chosen_version(entry)
    except Refused as refused:
        entry.refused(refused)
        return _form(patient, entry, 422)
    return _dates(patient, list(local_starts(pattern)), entry, token_hex(16), 200)


@pages.post("/patients/<int:patient_id>/series")
@open_to(Face.STAFF, Right.BOOK)
def book(patient_id: int) -> Response:
    """Book all the dates, or show them again: corrected ones are looked at before they count."""
    patient, entry = own_patient(staff(), patient_id), Entry(request.form, g.zone)
    key = entry.text("key")
    walls: list[datetime] = []
    try:
        walls = _walls(entry)
        version = chosen_version(entry)
        if entry.text("do") == "check":
            return _dates(patient, walls, entry, key, 200)
        starts = [visit.start for visit in preview(patient, walls, clock.now())]
        if mark_of(starts) != entry.text("shown"):
            raise DatesChanged
        book_series(staff(), patient_id, version, walls, key, clock.now())
    except Refused as refused:
        forget_unfinished()
        entry.refused(refused)
        status = 409 if isinstance(refused, Conflict) else 422
        return _dates(own_patient(staff(), patient_id), walls, entry, key, status)
    return make_response(redirect(url_for("staff_patients.show", patient_id=patient_id), 303))


def _pattern(entry: Entry) -> Pattern:
    first = entry.must_moment("start")
    count = entry.number("count")
    if count is None or count != int(count) or not 1 < count <= MOST_VISITS:
        entry.errors["count"] = _("Please enter a number from 2 to %(most)s.", most=MOST_VISITS)
    weekdays = frozenset(int(day) for day in entry.chosen("weekday") if day in set("0123456"))
    every = entry.number("every") if entry.text("every") else None
    if every is not None and (every != int(every) or not 0 < every <= LONGEST_SPACING):
        entry.errors["every"] = _("Please enter a number from 1 to %(most)s.", most=LONGEST_SPACING)
    elif "every" not in entry.errors and bool(weekdays) == (every is not None):
        entry.errors["every"] = _("Choose weekdays, or a number of days: one of the two.")
    entry.check()
    return Pattern(on_the_wall(first, g.zone), int(count or 0), weekdays, int(every or 1))


def _walls(entry: Entry) -> list[datetime]:
    """Read the dates of the preview, in their order; an empty one is left out."""
    walls = []
    for field in (f"start-{place}" for place in range(1, MOST_VISITS + 1)):
        moment = entry.moment(field, needed=False)
        if moment is not None:
            walls.append(datetime.fromisoformat(entry.text(field)))
    entry.check()
    if not walls:
        raise Unreadable(entry.errors.setdefault("", _("Please enter a date and a time.")))
    return walls


def _form(patient: Patient, entry: Entry, status: int) -> Response:
    names = get_day_names("abbreviated", locale=reader())
    page = render_template(
        "staff/series_new.html",
        patient=patient,
        protocols=version_options(),
        days=[(str(day), names[day]) for day in range(7)],
        usual=USUAL,
        zone=zone_words(g.zone),
        form=entry.form,
        chosen=entry.chosen("weekday"),
        errors=entry.errors,
    )
    return make_response(page, status)


def _dates(
    patient: Patient, walls: list[datetime], entry: Entry, key: str, status: int
) -> Response:
    planned = preview(patient, walls, clock.now())
    lines = date_lines(planned, g.zone)
    errors = dict(entry.errors)
    for place, line in enumerate(lines, 1):
        if line["error"] and not errors.get(f"start-{place}"):
            errors[f"start-{place}"] = line["error"]
    if not planned:
        lines = _as_typed(entry.form)
    page = render_template(
        "staff/series_dates.html",
        patient=patient,
        lines=lines,
        protocols=version_options(),
        chosen=entry.text("protocol"),
        key=key,
        shown=mark_of([visit.start for visit in planned]),
        zone=zone_words(g.zone),
        book=ngettext("Book %(num)s visit", "Book all %(num)s visits", len(planned)),
        errors=errors,
    )
    return make_response(page, status)


def _as_typed(form: MultiDict[str, str]) -> list[dict[str, object]]:
    """Keep what could not be read, to be put right."""
    typed = [form.get(f"start-{place}", "") for place in range(1, MOST_VISITS + 1)]
    return [
        {"at": None, "typed": words, "error": "", "notes": []}
        for place, words in enumerate(typed, 1)
        if f"start-{place}" in form
    ]
