"""The day's appointments from a CSV file: chosen, shown row by row, then booked or corrected."""

from typing import Any, Final

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from recovery import clock
from recovery.domain.rights import Right
from recovery.services.appointment_fates import judge
from recovery.services.appointment_file import LARGEST_FILE, MOST_ROWS, FileRow, rows_of, text_of
from recovery.services.appointment_rows import Appointment, Fate
from recovery.services.appointments import NotAllGood, book_all, days_of
from recovery.services.refusals import Refused
from recovery.services.unfinished import forget_unfinished
from recovery.store.sign_ins import Face
from recovery.web.access import changes_nothing, open_to, staff
from recovery.web.incoming import takes_a_file
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_series_words import zone_words

pages = staff_pages("staff_import")

FATES: Final[dict[Fate, tuple[str, LazyString]]] = {
    Fate.NEW_PATIENT: ("good", _l("New patient")),
    Fate.KNOWN_PATIENT: ("good", _l("Known patient")),
    Fate.THERE_ALREADY: ("plain", _l("Booked already, stays as it is")),
    Fate.TWICE_IN_FILE: ("plain", _l("Twice in this file, booked once")),
    Fate.WRONG: ("alarm", _l("Not right yet")),
}


@pages.get("/import")
@open_to(Face.STAFF, Right.BOOK)
def choose() -> Response:
    """Ask for the file, and say what it must hold."""
    return _ask({}, 200)


@pages.post("/import")
@open_to(Face.STAFF, Right.BOOK)
@changes_nothing
@takes_a_file
def show() -> Response:
    """Show what each row would do. Books nothing."""
    try:
        text, rows = _sent()
    except Refused as refused:
        return _ask({refused.field: _(refused.sentence)}, 422)
    return _preview(text, judge(staff(), rows, clock.now()), {}, 200)


@pages.post("/import/book")
@open_to(Face.STAFF, Right.BOOK)
@changes_nothing
def book() -> Response:
    """Book all rows, or none, and go on to the first day of the file."""
    text, rows = "", list[FileRow]()
    try:
        text, rows = _sent()
        found = book_all(staff(), rows, clock.now())
    except NotAllGood as refused:
        forget_unfinished()
        found = judge(staff(), rows, clock.now())
        return _preview(text, found, {"": _(refused.sentence)}, 422)
    except Refused as refused:
        forget_unfinished()
        return _ask({refused.field: _(refused.sentence)}, 422)
    day = days_of(found, g.zone)[0]
    return make_response(redirect(url_for("staff_board.board", day=day), 303))


def _sent() -> tuple[str, list[FileRow]]:
    """Return the rows of the file, or of the text that was pasted or corrected on the page."""
    file, text = request.files.get("file"), request.form.get("text", "")
    if file is not None:
        with file.stream as stream:
            content = stream.read(LARGEST_FILE + 1)
        text = text_of(content) if file.filename or not text.strip() else text
    return text, rows_of(text)


def _ask(errors: dict[str, str], status: int) -> Response:
    page = render_template(
        "staff/import.html",
        most_rows=MOST_ROWS,
        text=request.form.get("text", ""),
        errors=errors,
        zone=zone_words(g.zone),
    )
    return make_response(page, status)


def _preview(text: str, found: list[Appointment], errors: dict[str, str], status: int) -> Response:
    wrong = sum(one.fate is Fate.WRONG for one in found)
    new = sum(one.is_to_book for one in found)
    if wrong:
        said = ngettext("%(num)s row is not right yet.", "%(num)s rows are not right yet.", wrong)
        errors = {"": " ".join([*errors.values(), said])}
    page = render_template(
        "staff/import_rows.html",
        rows=[_row(one) for one in found],
        text=text,
        wrong=wrong,
        new=new,
        book=ngettext("Book %(num)s visit", "Book all %(num)s visits", new),
        zone=zone_words(g.zone),
        errors=errors,
    )
    return make_response(page, status)


def _row(one: Appointment) -> dict[str, Any]:
    return {
        "number": one.number,
        "name": one.name,
        "born": one.entry.born if one.entry else None,
        "at": one.start,
        "fate": FATES[one.fate],
        "has_left": one.has_left,
        "problems": [_(problem) for problem in one.problems],
    }
