"""Preparation, one step a screen; it goes on where the patient left it."""

from typing import Final

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from recovery import clock
from recovery.domain.protocol.preparation import NOT_SURE, StepKind
from recovery.domain.visit import VisitFacts
from recovery.services.finished_steps import confirm_answers, finish_step
from recovery.services.preparation import (
    StepNow,
    answers_of,
    checked_at,
    next_step,
    steps_of,
    unanswered,
)
from recovery.services.reading import own_visit
from recovery.services.refusals import Conflict, NotFound, Refused
from recovery.services.said_once import OtherWords
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, patient
from recovery.web.patient_both import both
from recovery.web.patient_pages import patient_pages
from recovery.web.patient_sendings import arrived, echo
from recovery.web.patient_step_words import answer_groups, still_allowed, when_of
from recovery.web.patient_words import asked, filled, said

pages = patient_pages("patient_steps", kept=True)
#: Steps beside which stands what may still be eaten and drunk.
EATING: Final = frozenset({StepKind.LIMIT, StepKind.ALLOWED})


@pages.get("/visits/<int:visit_id>/steps/<hushed:step_id>")
@open_to(Face.PATIENT)
def step(visit_id: int, step_id: str) -> str:
    """Show what to do, why, and when as a clock time."""
    visit = own_visit(patient(), visit_id)
    return _step_page(visit, step_id, answers_of(visit))


@pages.post("/visits/<int:visit_id>/steps/<hushed:step_id>")
@open_to(Face.PATIENT)
def done(visit_id: int, step_id: str) -> Response:
    """Keep the answers and go on to the next step; a red flag's page comes first."""
    read = arrived()
    try:
        finished = finish_step(
            patient(), visit_id, step_id, read.answers, read.sending, clock.now()
        )
    except OtherWords as other:
        step = own_visit(patient(), visit_id).protocol.preparation.step(step_id)
        return both(other, step.questions if step else (), read.answers)
    except Refused as refused:
        if request.is_json or refused.field == "":
            raise
        visit = own_visit(patient(), visit_id)
        return make_response(_step_page(visit, step_id, read.answers, refused), 422)
    if NOT_SURE in read.answers.values() and not finished.again:
        flash(_("You were not sure about something. Your clinic sees it and asks you about it."))
    if finished.red_flags:
        address = url_for("patient_help.told", flag_id=finished.red_flags[0])
    else:
        visit = own_visit(patient(), visit_id)
        address = _onwards(visit, step_id, steps_of(visit, clock.now()))
    return echo(read, address, again=finished.again)


@pages.get("/visits/<int:visit_id>/answers")
@open_to(Face.PATIENT)
def check(visit_id: int) -> str:
    """Show all answers, each group with a way to change it."""
    visit, now = own_visit(patient(), visit_id), clock.now()
    items = steps_of(visit, now)
    left = unanswered(items)
    return render_template(
        "patient/answers.html",
        visit=visit,
        groups=answer_groups(items, visit, answers_of(visit), now),
        left_href=_address(visit_id, left) if left else "",
        checked_at=checked_at(visit_id),
    )


@pages.post("/visits/<int:visit_id>/answers")
@open_to(Face.PATIENT)
def confirm(visit_id: int) -> Response:
    """“All of this is right”; what is missing is asked first."""
    try:
        confirm_answers(patient(), visit_id, clock.now())
    except Conflict:
        raise
    except Refused as refused:
        flash(_(refused.sentence), "wait")
        return make_response(redirect(url_for("patient_steps.check", visit_id=visit_id), 303))
    flash(_("Thank you. Your clinic has your answers."))
    return make_response(redirect(url_for("patient_home.visit", visit_id=visit_id), 303))


def _address(visit_id: int, item: StepNow) -> str:
    return url_for("patient_steps.step", visit_id=visit_id, step_id=item.step.id)


def _step_page(
    visit: VisitFacts, step_id: str, answers: dict[str, str], refused: Refused | None = None
) -> str:
    now = clock.now()
    items = steps_of(visit, now)
    place = next((n for n, item in enumerate(items) if item.step.id == step_id), None)
    if place is None:
        raise NotFound
    item = items[place]
    return render_template(
        "patient/step.html",
        visit=visit,
        item=item,
        title=said(item.step.title),
        body=filled(item.step.body, visit, item.at, now),
        why=filled(item.step.why, visit, item.at, now) if item.step.why else "",
        when=when_of(item, visit, now),
        now=now,
        in_force=item.step.kind is StepKind.LIMIT and item.at <= now,
        unsure=any(question.choice(NOT_SURE) for question in item.step.questions),
        stretches=still_allowed(visit, now) if item.step.kind in EATING else [],
        place=place + 1,
        of=len(items),
        later=_onwards(visit, step_id, items),
        **asked(item.step.questions, answers, refused),
    )


def _onwards(visit: VisitFacts, step_id: str, items: tuple[StepNow, ...]) -> str:
    """Return where one goes after this step: the next that is open, else the list of answers."""
    following = next_step(items, step_id)
    if following is None or following.step.id == step_id:
        return url_for("patient_steps.check", visit_id=visit.id)
    return _address(visit.id, following)
