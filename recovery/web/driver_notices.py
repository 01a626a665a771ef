"""A driver's notice in full: opened by a script, read by a button."""

from datetime import datetime

from flask import Response, g, make_response, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from recovery import clock
from recovery.domain.notice import NoticeState
from recovery.domain.notices.says import says
from recovery.domain.protocol import Text
from recovery.domain.visit import VisitFacts
from recovery.services.driver_notices import notice_to, say_seen_by_driver
from recovery.services.planning import SHEET, part_from
from recovery.services.sheets import looks_after, sheet_kinds
from recovery.store.notices import Notice
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face
from recovery.web.access import contact, open_to
from recovery.web.driver_pages import driver_pages, facts_behind
from recovery.web.driver_words import first_name
from recovery.web.patient_words import spoken
from recovery.web.telephone import unbroken

pages = driver_pages("driver_notices", "/driver")


@pages.get("/notices/<int:notice_id>")
@open_to(Face.DRIVER)
def notice(notice_id: int) -> str:
    """The whole text, as it is true now. Looking changes nothing: a script says “opened”."""
    row, ride = notice_to(contact(), notice_id)
    visit = facts_behind(ride)
    kinds = sheet_kinds(visit.protocol) if looks_after(visit, ride.id) else frozenset()
    return render_template(
        "driver/notice.html",
        notice=row,
        ride=ride,
        parts=_parts(row, ride),
        sheet=any(part_from(part).kind in kinds for part in row.parts),
        name=first_name(ride.visit.patient),
    )


@pages.post("/notices/<int:notice_id>/opened")
@open_to(Face.DRIVER)
def opened(notice_id: int) -> Response:
    """The page was seen by somebody: the notice is opened."""
    say_seen_by_driver(contact(), notice_id, NoticeState.OPENED, clock.now())
    return make_response("", 204)


@pages.post("/notices/<int:notice_id>/read")
@open_to(Face.DRIVER)
def read(notice_id: int) -> Response:
    """“I have read this”: the notice is acknowledged."""
    row = say_seen_by_driver(contact(), notice_id, NoticeState.ACKNOWLEDGED, clock.now())
    return make_response(redirect(url_for("driver.ride", ride_id=row.recipient_id), 303))


def _parts(row: Notice, ride: Ride) -> list[tuple[str, str]]:
    """Return title and text of each thing that the notice tells about this ride's visit."""
    visit, found = facts_behind(ride), []
    for part in map(part_from, row.parts):
        if part.kind == SHEET:
            found.append((_("What to do at home"), _("Open it to read it, now or later.")))
            continue
        rule = visit.protocol.notice(part.kind)
        if rule is not None and part.visit_id == visit.id:
            words = _filled(rule.page or rule.body, visit, ride, row.due_at)
            found.append((_filled(rule.title, visit, ride, row.due_at), words))
    return found


def _filled(text: Text, visit: VisitFacts, ride: Ride, at: datetime) -> str:
    now = clock.now()
    moments = {
        place: spoken(datetime.fromisoformat(iso), now)
        for place, iso in says([text], visit, at).items()
    }
    unknown = str(_("the time the clinic tells you"))
    known = dict.fromkeys(("at", "visit", "arrive", "earliest", "pickup", "next"), unknown)
    names = {
        "patient": first_name(ride.visit.patient),
        "driver": ride.contact.name,
        "clinic": g.clinic.name,
        "phone": unbroken(g.clinic.phone),
    }
    language = str(get_locale() or "en")
    return text.in_language(language).format_map(known | names | moments)
