"""A driver's personal link: opening it shows what is asked, only a button answers."""

import hmac
from hashlib import sha256
from secrets import token_urlsafe

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from recovery import clock, config
from recovery.services.acceptance import LinkInUse, accept_ride, decline_ride
from recovery.services.asked_together import whole_asking
from recovery.services.driver_browsers import Browser, is_in_use_elsewhere
from recovery.services.refusals import Conflict, Refused, TooManyTries
from recovery.services.ride_links import RideLinkEnded, find_by_link
from recovery.store.addresses import Channel
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face
from recovery.web.access import ANYONE, also_signed_in, hand_over_cookie, open_to
from recovery.web.driver_pages import driver_pages
from recovery.web.driver_words import first_name
from recovery.web.look import show_for
from recovery.web.ride_words import day_asked

pages = driver_pages("driver_link", "/ride")


@pages.get("/<token>")
@open_to(ANYONE)
def show(token: str) -> Response:
    """Show what is asked. Changes nothing: preview bots open every link."""
    try:
        ride = find_by_link(token, clock.now())
    except RideLinkEnded as ended:
        return _ended(ended)
    browser = _browser(token)
    show_for(ride.visit.clinic)
    if is_in_use_elsewhere(ride, browser, clock.now()):
        return _in_use()
    if ride.link_used_at is not None:
        return make_response(redirect(url_for("driver.ride", ride_id=ride.id), 303))
    if browser.patient_id == ride.visit.patient_id:
        return make_response(render_template("driver/own_link.html", help_href=None))
    return _asking(token, ride, {}, 200)


@pages.post("/<token>/accept")
@open_to(ANYONE)
def accept(token: str) -> Response:
    """Say yes, in this browser."""
    browser = _browser(token)
    try:
        shown = request.form.get("shown", "")
        ride = accept_ride(token, shown, browser, clock.now(), _chosen())
    except RideLinkEnded as ended:
        return _ended(ended)
    except LinkInUse:
        return _in_use()
    except Refused as refused:
        return _refused(token, refused)
    answer = make_response(redirect(url_for("driver.allow", ride_id=ride.id), 303))
    if browser.driver is None or browser.driver.subject_id != ride.contact_id:
        hand_over_cookie(answer, Face.DRIVER, browser.token)
    return answer


@pages.post("/<token>/decline")
@open_to(ANYONE)
def decline(token: str) -> Response:
    """Say no to all that the page shows."""
    try:
        decline_ride(token, request.form.get("shown", ""), _browser(token), clock.now())
    except RideLinkEnded as ended:
        return _ended(ended)
    except LinkInUse:
        return _in_use()
    except Refused as refused:
        return _refused(token, refused)
    return make_response(redirect(url_for("driver_link.show", token=token), 303))


def _browser(link: str) -> Browser:
    """Say which browser asks.

    Its sign-in would be made of the link, what the form carried and our secret: the same form
    sent twice is the same press, and nobody can choose a sign-in for somebody else.
    """
    press = request.form.get("press", "")[:100] or token_urlsafe(32)
    secret = str(current_app.secret_key).encode()
    driver, patient = also_signed_in(Face.DRIVER), also_signed_in(Face.PATIENT)
    return Browser(
        token=hmac.new(secret, f"ride/{link}/{press}".encode(), sha256).hexdigest(),
        source=request.remote_addr or "",
        label=str(request.user_agent)[:80],
        language=str(get_locale() or "en"),
        driver=driver.sign_in if driver else None,
        patient_id=patient.person.id if patient else None,
        texts=_texts(),
    )


def _chosen() -> frozenset[int] | None:
    """Which days were ticked, by their rides; None for a button that says yes to all."""
    if request.form.get("days") != "ticked":
        return None
    ticked = request.form.getlist("on")
    return frozenset(
        int(one) for one in ticked if one.isascii() and one.isdecimal() and len(one) < 12
    )


def _texts() -> bool:
    return Channel.TEXT in config.current().outlets.channels


def _asking(token: str, ride: Ride, errors: dict[str, str], status: int) -> Response:
    show_for(ride.visit.clinic)
    asking, others, shown = whole_asking(ride, str(get_locale() or "en"), clock.now())
    page = render_template(
        "driver/asked.html",
        token=token,
        ride=ride,
        asking=asking,
        days=[(one.id, *day_asked(one, asked)) for one, asked in [(ride, asking), *others]],
        ticked=_chosen() or (),
        shown=shown,
        name=first_name(ride.visit.patient),
        press=token_urlsafe(32),
        texts_to=ride.contact.phone[-4:] if _texts() else "",
        errors=errors,
        help_href=None,
    )
    return make_response(page, status)


def _refused(token: str, refused: Refused) -> Response:
    if isinstance(refused, TooManyTries):
        raise refused
    try:
        ride = find_by_link(token, clock.now())
    except RideLinkEnded as ended:
        return _ended(ended)
    status = 409 if isinstance(refused, Conflict) else 422
    return _asking(token, ride, {refused.field: _(refused.sentence)}, status)


def _in_use() -> Response:
    return make_response(render_template("driver/in_use.html", help_href=None), 409)


def _ended(ended: RideLinkEnded) -> Response:
    if ended.clinic is not None:
        show_for(ended.clinic)
    return make_response(render_template("driver/ended.html", help_href=None), 410)
