"""Check-ins: a page of large buttons, sent once, also from a phone that was offline."""

from secrets import token_hex

from flask import Response, g, make_response, render_template, request, url_for

from recovery import clock
from recovery.domain.protocol.questions import CheckIn
from recovery.services.check_ins import Sent, Taken, answer_check_in
from recovery.services.reading import own_visit
from recovery.services.refusals import NotFound, Refused
from recovery.services.said_once import OtherWords
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, patient
from recovery.web.patient_both import both
from recovery.web.patient_pages import dim_if_waiting, patient_pages
from recovery.web.patient_sendings import arrived, echo
from recovery.web.patient_words import asked, said

pages = patient_pages("patient_check_ins", kept=True)


@pages.get("/visits/<int:visit_id>/check-ins/<check_in_id>")
@open_to(Face.PATIENT)
def ask(visit_id: int, check_in_id: str) -> str:
    """Ask; the key in the form makes a second tap the same answer."""
    check_in = _check_in(visit_id, check_in_id)
    occasion = request.args.get("occasion", "")[:20]
    return _page(visit_id, check_in, Sent(check_in.id, occasion, {}))


@pages.post("/visits/<int:visit_id>/check-ins/<check_in_id>")
@open_to(Face.PATIENT)
def take(visit_id: int, check_in_id: str) -> Response:
    """Record the answers; scripts get the key back as the proof that they are kept."""
    read = arrived()
    sent = Sent(check_in_id, read.about["occasion"], read.answers)
    try:
        taken = answer_check_in(patient(), visit_id, sent, read.sending, clock.now())
    except OtherWords as other:
        questions = _check_in(visit_id, check_in_id).questions
        return both(other, questions, sent.answers, occasion=sent.occasion)
    except Refused as refused:
        if request.is_json or not refused.field:
            raise
        key = read.sending.key
        page = _page(visit_id, _check_in(visit_id, check_in_id), sent, refused, key)
        return make_response(page, 422)
    return echo(read, _onwards(taken), again=taken.again)


@pages.get("/thanks")
@open_to(Face.PATIENT)
def thanks() -> str:
    """Say that it was received: this page is only reached after the commit."""
    g.not_kept = True
    dim_if_waiting()
    return render_template("patient/thanks.html", drove="drove" in request.args)


def _onwards(taken: Taken) -> str:
    if taken.red_flags:
        return url_for("patient_help.told", flag_id=taken.red_flags[0])
    if taken.drove:
        return url_for("patient_check_ins.thanks", drove="")
    return url_for("patient_check_ins.thanks")


def _check_in(visit_id: int, check_in_id: str) -> CheckIn:
    visit = own_visit(patient(), visit_id)
    check_in = visit.protocol.check_in(check_in_id)
    if check_in is None or visit.started_at is None:
        raise NotFound
    return check_in


def _page(
    visit_id: int, check_in: CheckIn, sent: Sent, refused: Refused | None = None, key: str = ""
) -> str:
    g.theme = "dim"
    return render_template(
        "patient/check_in.html",
        visit_id=visit_id,
        check_in_id=check_in.id,
        title=said(check_in.title),
        occasion=sent.occasion,
        key=key or token_hex(16),
        **asked(check_in.questions, sent.answers, refused),
    )
