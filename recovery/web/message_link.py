"""The page behind the link of a text or e-mail: it says nothing until somebody taps."""

from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, url_for
from flask.blueprints import BlueprintSetupState

from recovery import clock
from recovery.domain.hours import somebody_watches
from recovery.domain.protocol.after import Audience
from recovery.services.facts import course_of, facts_of
from recovery.services.linked_notices import (
    Linked,
    MessageOver,
    clinic_behind,
    find_linked,
    open_linked,
)
from recovery.services.planning import part_from
from recovery.services.sheets import WENT_HOME, looks_after, sheet_kinds
from recovery.services.stopping import stop_mail
from recovery.store.addresses import Channel
from recovery.store.sign_ins import Face
from recovery.web.access import ANYONE, also_signed_in, open_to
from recovery.web.look import show_for
from recovery.web.paper import sheet_of
from recovery.web.patient_pages import dim_while_waiting

pages = Blueprint("message_link", __name__, url_prefix="/m")


@pages.record_once
def _without_form_token(state: BlueprintSetupState) -> None:
    """A mail program's own “unsubscribe” posts without a form; the link is the leave to do it."""
    state.app.extensions["csrf"].exempt(stop)


@pages.get("/<token>")
@open_to(ANYONE)
def show(token: str) -> Response:
    """Lead a signed-in phone to its notice; anybody else sees one button. Changes nothing."""
    try:
        linked = find_linked(token, clock.now())
    except MessageOver as over:
        return _over(over)
    own_page = _own_page(linked)
    if own_page:
        return make_response(redirect(own_page, 303))
    _frame(linked)
    return make_response(render_template("message/closed.html", token=token))


@pages.post("/<token>")
@open_to(ANYONE)
def read(token: str) -> Response:
    """Open the notice: this counts as opened, so its ladder stops."""
    try:
        linked, words = open_linked(token, clock.now())
    except MessageOver as over:
        return _over(over)
    _frame(linked)
    clinic = linked.visit.clinic
    sheet = _sheet(linked)
    page = render_template(
        "message/opened.html",
        words=words,
        notice=linked.notice,
        sheet=sheet,
        for_patient=linked.notice.role == Audience.PATIENT,
        watched=somebody_watches(clinic.watched, g.zone, clock.now()),
    )
    return make_response(page)


@pages.get("/<token>/stop")
@open_to(ANYONE)
def ask_to_stop(token: str) -> str:
    """Ask before the e-mail ends; for a text, say which word to answer."""
    clinic, channel, _ = clinic_behind(token)
    show_for(clinic)
    return render_template("message/stop.html", token=token, by_text=channel == Channel.TEXT)


@pages.post("/<token>/stop")
@open_to(ANYONE)
def stop(token: str) -> str:
    """Write no more e-mail to this address; staff see it."""
    clinic, channel, address_id = clinic_behind(token)
    if channel == Channel.EMAIL and address_id is not None:
        stop_mail(address_id, clock.now())
    show_for(clinic)
    return render_template("message/stopped.html", by_text=channel == Channel.TEXT)


def _own_page(linked: Linked) -> str:
    """Where the notice stands in the app of whoever is signed in here, if it is theirs."""
    if linked.notice.role == Audience.PATIENT:
        face, view = Face.PATIENT, "patient_notices.notice"
    else:
        face, view = Face.DRIVER, "driver_notices.notice"
    here = also_signed_in(face)
    if here is None or here.person.id != linked.reader.owner[1]:
        return ""
    return url_for(view, notice_id=linked.notice.id)


def _sheet(linked: Linked) -> dict[str, Any] | None:
    """What to do at home, where the notice leads to it and the reader may know it."""
    [visit] = facts_of([linked.visit])
    kinds, row = sheet_kinds(visit.protocol), linked.notice
    if not any(part_from(part).kind in kinds for part in row.parts):
        return None
    is_patient = row.role == Audience.PATIENT
    if visit.state not in WENT_HOME or not (is_patient or looks_after(visit, row.recipient_id)):
        return None
    return sheet_of(visit, linked.visit.patient, clock.now())


def _frame(linked: Linked) -> None:
    show_for(linked.visit.clinic, linked.reader.language)
    course = course_of(linked.visit.patient_id)
    if linked.notice.role == Audience.PATIENT:
        dim_while_waiting(next(v for v in course if v.id == linked.visit.id), clock.now())


def _over(over: MessageOver) -> Response:
    show_for(over.clinic)
    return make_response(render_template("message/over.html"), 410)
