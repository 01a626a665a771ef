"""How a patient's phone comes in: a welcome link with date of birth, or a short code."""

from datetime import date

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from recovery import clock, config
from recovery.services.codes import enter_with_code
from recovery.services.entry import Browser
from recovery.services.refusals import LinkEnded, Refused, TooManyTries
from recovery.services.welcome import check_link, clinic_to_call, enter
from recovery.store.sign_ins import Face
from recovery.web.access import ANYONE, also_signed_in, hand_over_cookie, open_to
from recovery.web.browser_names import browser_name
from recovery.web.language_switch import carry_over
from recovery.web.look import show_for

pages = Blueprint("patient_welcome", __name__)


@pages.get("/welcome/<token>")
@open_to(ANYONE)
def welcome(token: str) -> Response:
    """Ask for the date of birth. Preview bots open links: nothing happens here."""
    try:
        show_for(check_link(token, clock.now()))
    except LinkEnded:
        return _ended(token)
    return make_response(render_template("patient/welcome.html", errors={}, born=""))


@pages.post("/welcome/<token>")
@open_to(ANYONE)
def come_in(token: str) -> Response:
    """Let the phone in when link and date of birth go together."""
    clinic = clinic_to_call(token)
    if clinic is not None:
        show_for(clinic)
    try:
        cookie = enter(
            token, _born(), _browser(), config.current().patient_after_last_visit, clock.now()
        )
    except LinkEnded:
        return _ended(token)
    except Refused as refused:
        status = 429 if isinstance(refused, TooManyTries) else 422
        errors = {refused.field: _(refused.sentence)}
        born = _born()
        page = render_template("patient/welcome.html", errors=errors, born=born or "")
        return make_response(page, status)
    return _inside(cookie, "patient_home.home")


@pages.get("/code")
@open_to(ANYONE)
def code() -> str:
    """Ask for a short code from the phone that is signed in already."""
    return render_template("patient/code.html", errors={})


@pages.post("/code")
@open_to(ANYONE)
def come_in_by_code() -> Response:
    """Let a phone, or the installed app, in by a short code; it does not know notices yet."""
    try:
        cookie = enter_with_code(
            request.form.get("code", "")[:40],
            _browser(),
            config.current().patient_after_last_visit,
            clock.now(),
        )
    except Refused as refused:
        status = 429 if isinstance(refused, TooManyTries) else 422
        errors = {refused.field: _(refused.sentence)}
        return make_response(render_template("patient/code.html", errors=errors), status)
    return _inside(cookie, "patient_notices.allow")


def _inside(cookie: str, first_page: str) -> Response:
    response = make_response(redirect(url_for(first_page), 303))
    carry_over(response, Face.PATIENT, cookie)
    return hand_over_cookie(response, Face.PATIENT, cookie)


def _ended(token: str) -> Response:
    clinic = clinic_to_call(token)
    if clinic is not None:
        show_for(clinic)
    g.not_kept = True
    return make_response(render_template("patient/link_ended.html"), 410)


def _born() -> date | None:
    try:
        return date.fromisoformat(request.form.get("born", "").strip())
    except ValueError:
        return None


def _browser() -> Browser:
    before = also_signed_in(Face.PATIENT)
    return Browser(
        source=request.remote_addr or "",
        label=browser_name(request.user_agent.string),
        replaces=before.sign_in.id if before else None,
    )
