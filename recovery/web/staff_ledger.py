"""How notices do at this clinic: shares seen in time, what is stuck, silent phones, as CSV."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from flask import Response, g, render_template, request, stream_with_context
from flask_babel import gettext as _

from recovery import clock
from recovery.domain.rights import Right
from recovery.domain.times import instant_at, local_day
from recovery.services.ledger import (
    IN_TIME,
    Line,
    export_between,
    export_visit,
    shares,
    stuck,
)
from recovery.services.refusals import Refused
from recovery.services.silent_phones import silent_phones
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.sign_ins import Face
from recovery.store.visits import Visit
from recovery.web.access import open_to, staff
from recovery.web.ledger_csv import csv_of
from recovery.web.staff_entry import Entry
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_timeline_words import AUDIENCES, CHANNELS, notice_title

pages = staff_pages("staff_ledger")
SPANS: Final = (1, 7, 30, 90)
LONGEST: Final = timedelta(days=400)


@pages.get("/notices")
@open_to(Face.STAFF)
def show() -> str:
    """Count the safety notices of the last days; `?days=` says how many."""
    now = clock.now()
    days = next((span for span in SPANS if str(span) == request.args.get("days")), 7)
    counted = shares(staff().clinic_id, now - timedelta(days=days), now)
    today = local_day(now, g.zone)
    return render_template(
        "staff/ledger.html",
        shares=[(CHANNELS.get(one.channel, _("All")), one) for one in counted],
        minutes=int(IN_TIME.total_seconds()) // 60,
        stuck=[_stuck(notice) for notice in stuck(staff().clinic_id, now)],
        silent=silent_phones(staff().clinic_id, now),
        days=days,
        spans=SPANS,
        since=(today - timedelta(days=days)).isoformat(),
        until=today.isoformat(),
    )


@pages.post("/notices/export")
@open_to(Face.STAFF, Right.EXPORT)
def export() -> Response:
    """Hand out the ledger from one day to another, both whole, on the clinic's calendar."""
    entry = Entry(request.form, g.zone)
    first, last = entry.must_day("since"), entry.must_day("until")
    if not first <= last <= first + LONGEST or not 2000 < first.year < 2200:
        raise Refused("Please choose a first day and a last day, a year apart at most.")
    since, until = _beginning(first), _beginning(last + timedelta(days=1))
    return _csv(export_between(staff(), since, until, clock.now()), f"notices-{first}-{last}")


@pages.post("/visits/<int:visit_id>/notices/export")
@open_to(Face.STAFF, Right.EXPORT)
def export_one(visit_id: int) -> Response:
    """Hand out the ledger of one visit."""
    return _csv(export_visit(staff(), visit_id, clock.now()), f"notices-visit-{visit_id}")


def _beginning(day: date) -> datetime:
    return instant_at(day, time(), g.zone)


def _csv(lines: Iterator[Line], name: str) -> Response:
    response = Response(stream_with_context(csv_of(lines)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _stuck(notice: Notice) -> dict[str, object]:
    visit = db.session.get_one(Visit, notice.visit_id)
    return {
        "title": notice_title(notice, visit),
        "to": AUDIENCES.get(notice.role, notice.role),
        "name": visit.patient.name,
        "visit": visit.id,
        "at": notice.due_at,
        "tries": notice.tries,
    }
