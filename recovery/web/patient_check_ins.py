"""Check-ins: a page of large buttons, sent once, also from a phone that was offline."""

from datetime import datetime
from secrets import token_hex
from typing import Any

from flask import Response, g, jsonify, make_response, redirect, render_template, request, url_for

from recovery import clock
from recovery.domain.protocol.questions import CheckIn
from recovery.services.check_ins import Sent, Taken, answer_check_in
from recovery.services.reading import own_visit
from recovery.services.refusals import NotFound, Refused, sentence
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, patient
from recovery.web.patient_pages import dim_if_waiting, patient_pages
from recovery.web.patient_words import asked, said

pages = patient_pages("patient_check_ins", kept=True)
NOT_READ = sentence("We could not read this answer. Please open the page again.")
#: Fields of the form that are no answers.
FRAME = frozenset({"csrf_token", "key", "occasion", "said_at"})


@pages.get("/visits/<int:visit_id>/check-ins/<check_in_id>")
@open_to(Face.PATIENT)
def ask(visit_id: int, check_in_id: str) -> str:
    """Ask; the key in the form makes a second tap the same answer."""
    check_in = _check_in(visit_id, check_in_id)
    occasion = request.args.get("occasion", "")[:20]
    return _page(visit_id, check_in, Sent(check_in.id, occasion, {}, token_hex(16)))


@pages.post("/visits/<int:visit_id>/check-ins/<check_in_id>")
@open_to(Face.PATIENT)
def take(visit_id: int, check_in_id: str) -> Response:
    """Record the answers; scripts get the key back as the proof that they are kept."""
    sent = _sent_json(check_in_id) if request.is_json else _sent_form(check_in_id)
    try:
        taken = answer_check_in(patient(), visit_id, sent, clock.now())
    except Refused as refused:
        if request.is_json or not refused.field:
            raise
        page = _page(visit_id, _check_in(visit_id, check_in_id), sent, refused)
        return make_response(page, 422)
    address = _onwards(taken)
    if request.is_json:
        return make_response(jsonify({"key": taken.key, "again": taken.again, "next": address}))
    return make_response(redirect(address, 303))


@pages.get("/thanks")
@open_to(Face.PATIENT)
def thanks() -> str:
    """Say that it was received: this page is only reached after the commit."""
    g.not_kept = True
    dim_if_waiting()
    return render_template("patient/thanks.html", drove="drove" in request.args)


def _onwards(taken: Taken) -> str:
    if taken.red_flags:
        return url_for("patient_help.told", flag_id=taken.red_flags[0].id)
    if taken.drove:
        return url_for("patient_check_ins.thanks", drove="")
    return url_for("patient_check_ins.thanks")


def _check_in(visit_id: int, check_in_id: str) -> CheckIn:
    visit = own_visit(patient(), visit_id)
    check_in = visit.protocol.check_in(check_in_id)
    if check_in is None or visit.started_at is None:
        raise NotFound
    return check_in


def _sent_form(check_in_id: str) -> Sent:
    return Sent(
        check_in=check_in_id,
        occasion=request.form.get("occasion", ""),
        answers={name: value for name, value in request.form.items() if name not in FRAME},
        key=request.form.get("key", ""),
    )


def _sent_json(check_in_id: str) -> Sent:
    body: Any = request.get_json()
    answers = body.get("answers") if isinstance(body, dict) else None
    if not isinstance(answers, dict) or not all(isinstance(v, str) for v in answers.values()):
        raise Refused(NOT_READ)
    return Sent(
        check_in=check_in_id,
        occasion=str(body.get("occasion", "")),
        answers=answers,
        key=str(body.get("key", "")),
        said_at=_moment(body.get("said_at")),
    )


def _moment(words: object) -> datetime | None:
    """Read the phone's time; without a zone it says nothing."""
    if words is None:
        return None
    try:
        moment = datetime.fromisoformat(str(words))
    except ValueError as unreadable:
        raise Refused(NOT_READ) from unreadable
    if moment.tzinfo is None or not 2000 < moment.year < 3000:
        raise Refused(NOT_READ)
    return moment


def _page(visit_id: int, check_in: CheckIn, sent: Sent, refused: Refused | None = None) -> str:
    g.theme = "dim"
    return render_template(
        "patient/check_in.html",
        visit_id=visit_id,
        check_in_id=check_in.id,
        title=said(check_in.title),
        occasion=sent.occasion,
        key=sent.key,
        **asked(check_in.questions, sent.answers, refused),
    )
