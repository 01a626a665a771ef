"""A visit's page, and how each of its forms is answered."""

from collections.abc import Callable
from datetime import datetime

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from recovery import clock, config
from recovery.services.refusals import Conflict, Refused, TooManyTries
from recovery.services.timeline import timeline as timeline_of
from recovery.services.unfinished import forget_unfinished
from recovery.services.visit_moves import AlreadyDone, own_visit
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.monitoring_words import form_card
from recovery.web.staff_entry import Entry
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_timeline_picture import timeline_picture
from recovery.web.staff_timeline_words import VERBS, notice_cards, timeline_events
from recovery.web.staff_visit_view import visit_view
from recovery.web.times import clock_time

pages = staff_pages("staff_visit")

Do = Callable[[Entry, datetime], object]


@pages.get("/visits/<int:visit_id>")
@open_to(Face.STAFF)
def show(visit_id: int) -> Response:
    """Show where a visit stands and what is next."""
    return page(visit_id, Entry(MultiDict(), g.zone), 200)


@pages.get("/visits/<int:visit_id>/timeline")
@open_to(Face.STAFF)
def timeline(visit_id: int) -> str:
    """Show what happened, and every notice from owed to acknowledged."""
    visit = own_visit(staff(), visit_id)
    now = clock.now()
    found = timeline_of(visit, config.current().outlets, now)
    return render_template(
        "staff/timeline.html",
        visit=visit,
        events=timeline_events(found),
        notices=notice_cards(found, visit, now),
        picture=timeline_picture(found, visit, now),
    )


def act(visit_id: int, do: Do) -> Response:
    """Do one thing with a visit, then show its page anew.

    An act that answers with a page of its own is shown that. Refused: the page again with what was
    typed and what is wrong (422). Done by somebody else in the meantime: the page as it is now,
    saying who did what (409).
    """
    entry = Entry(request.form, g.zone)
    try:
        done = do(entry, clock.now())
        if isinstance(done, Response):
            return done
    except AlreadyDone as first:
        forget_unfinished()
        entry.errors = {"": _already(first)}
        return page(visit_id, entry, 409)
    except Refused as refused:
        forget_unfinished()
        entry.refused(refused)
        return page(visit_id, entry, _status(refused))
    return make_response(redirect(url_for("staff_visit.show", visit_id=visit_id), 303))


def page(visit_id: int, entry: Entry, status: int) -> Response:
    """Show a visit with what was typed kept, or 404 when it is not the clinic's."""
    visit = own_visit(staff(), visit_id)
    view = visit_view(visit, clock.now())
    view["monitoring"] = form_card(visit, view["protocol"], entry)
    answer = render_template("staff/visit.html", form=entry, errors=entry.errors, **view)
    return make_response(answer, status)


def _status(refused: Refused) -> int:
    if isinstance(refused, TooManyTries):
        return 429
    return 409 if isinstance(refused, Conflict) else 422


def _already(done: AlreadyDone) -> str:
    if done.who is None or done.at is None:
        return str(_(done.sentence))
    words = _(
        "Nothing was changed. %(who)s was first: %(what)s, %(when)s.",
        who=done.who,
        what=VERBS.get(("visit", done.verb), done.verb),
        when=clock_time(done.at),
    )
    return str(words)
