"""Notices in the app: allowing them, proving that they arrive, reading one in full."""

from functools import partial

from flask import Response, g, jsonify, make_response, render_template, url_for
from flask_babel import gettext as _

from recovery import clock
from recovery.domain.notice import NoticeState, Part
from recovery.domain.visit import VisitFacts
from recovery.services.devices import device_state
from recovery.services.patient_notices import own_notice, say_seen, whole_words
from recovery.services.planning import SHEET, part_from
from recovery.services.reading import own_visit
from recovery.services.sheets import sheet_kinds
from recovery.services.trial import send_test_notice
from recovery.store.notices import Notice
from recovery.store.sign_ins import Face
from recovery.web.access import me, open_to, patient
from recovery.web.patient_pages import dim_if_waiting, dim_while_waiting, patient_pages
from recovery.web.patient_sendings import arrived, echo
from recovery.web.patient_words import NOT_ARRIVED, SEEN_WORDS, language, said

pages = patient_pages("patient_notices", kept=True)


@pages.get("/notices/allow")
@open_to(Face.PATIENT)
def allow() -> str:
    """Explain first; the phone asks only after a tap on the button."""
    g.not_kept = True
    dim_if_waiting()
    return render_template("patient/allow.html", device=device_state(me().sign_in))


@pages.post("/notices/test")
@open_to(Face.PATIENT)
def test() -> Response:
    """Send a test notice; its state shows whether the phone proved it."""
    notice = send_test_notice(patient(), clock.now())
    return make_response(_state_of(notice), 202)


@pages.get("/notices/<int:notice_id>/state")
@open_to(Face.PATIENT)
def state(notice_id: int) -> Response:
    """Say how far a notice came, for the page that waits for it."""
    return _state_of(own_notice(patient(), notice_id))


@pages.get("/notices/<int:notice_id>")
@open_to(Face.PATIENT)
def notice(notice_id: int) -> str:
    """Show the whole text of a notice; opening it is told by a script, reading by a button."""
    row = own_notice(patient(), notice_id)
    dim_while_waiting(own_visit(patient(), row.visit_id), clock.now())
    words = whole_words(row, language())
    return render_template("patient/notice.html", notice=row, words=words, links=_links(row))


@pages.post("/notices/<int:notice_id>/opened")
@open_to(Face.PATIENT)
def opened(notice_id: int) -> Response:
    """The page was seen by somebody: the notice is opened."""
    say_seen(patient(), notice_id, NoticeState.OPENED, clock.now())
    return make_response("", 204)


@pages.post("/notices/<int:notice_id>/read")
@open_to(Face.PATIENT)
def read(notice_id: int) -> Response:
    """“I have read this”: the notice is acknowledged, once by its nature."""
    read = arrived()
    say_seen(patient(), notice_id, NoticeState.ACKNOWLEDGED, clock.now())
    return echo(read, url_for("patient_home.home"))


def _state_of(row: Notice) -> Response:
    arrived = row.shown_at is not None or row.opened_at is not None
    return jsonify(
        {
            "id": row.id,
            "state": row.state,
            "arrived": arrived,
            "words": str(SEEN_WORDS.get(row.state, NOT_ARRIVED)),
            "at": url_for("patient_notices.state", notice_id=row.id),
        }
    )


def _links(row: Notice) -> list[tuple[str, str, bool]]:
    """Return where a notice leads: words, address, and whether that is what to do first."""
    asked, sheets = [], []
    for part in map(part_from, row.parts):
        visit = own_visit(patient(), part.visit_id)
        if part.kind in sheet_kinds(visit.protocol):
            sheet = url_for("patient_paper.going_home", visit_id=visit.id)
            sheets.append((_("What to do at home"), sheet, part.kind == SHEET))
        elif (to := _asked(part, visit)) is not None:
            asked.append(to)
    several = len(asked) > 1
    opened = [(_("Open: %(title)s", title=t) if several else _("Open"), to) for t, to in asked]
    return [*((words, to, True) for words, to in opened), *dict.fromkeys(sheets)]


def _asked(part: Part, visit: VisitFacts) -> tuple[str, str] | None:
    """Return title and address of the check-in or step that one part of a notice asks for."""
    rule, step = visit.protocol.notice(part.kind), visit.protocol.preparation.step(part.kind)
    asked = visit.protocol.check_in(rule.check_in) if rule and rule.check_in else None
    if asked is not None:
        ask = partial(url_for, "patient_check_ins.ask", occasion=part.occasion or None)
        return said(asked.title), ask(visit_id=visit.id, check_in_id=asked.id)
    if step is not None:
        address = url_for("patient_steps.step", visit_id=visit.id, step_id=step.id)
        return said(step.title), address
    return None
