"""If notices do not work: a text or an e-mail, at an address that the patient has proved."""

from typing import Final

from flask import Response, abort, g, make_response, redirect, render_template, request, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from recovery import clock, config
from recovery.services.own_addresses import (
    OwnAddress,
    end_address,
    own_addresses,
    prove_address,
    send_code,
)
from recovery.services.refusals import Refused, TooManyTries
from recovery.services.unfinished import forget_unfinished
from recovery.store.addresses import Channel
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, patient
from recovery.web.patient_pages import dim_if_waiting, patient_pages

pages = patient_pages("patient_other_ways")
#: The last part of a page's address → the channel that it is about.
CHANNELS: Final = {"text": Channel.TEXT, "email": Channel.EMAIL}
TITLES: Final[dict[Channel, LazyString]] = {
    Channel.TEXT: _l("Text messages"),
    Channel.EMAIL: _l("E-mail"),
}


@pages.get("/notices/other")
@open_to(Face.PATIENT)
def index() -> str:
    """Show which other ways there are, and how far each is."""
    dim_if_waiting()
    ways = [(TITLES[way.channel], way, _name(way.channel)) for way in _ways()]
    return render_template("patient/other_ways.html", ways=ways)


@pages.get("/notices/other/<name>")
@open_to(Face.PATIENT)
def way(name: str) -> Response:
    """Ask for the address, or for the code that was sent there."""
    return _page(name, {}, 200)


@pages.post("/notices/other/<name>/code")
@open_to(Face.PATIENT)
def code(name: str) -> Response:
    """Send a code to the address that was entered."""
    typed = request.form.get("to", "")[:320]
    outlets = config.current().outlets
    try:
        send_code(patient(), _channel(name), typed, outlets, clock.now())
    except Refused as refused:
        return _refused(name, refused, typed)
    return make_response(redirect(url_for(".way", name=name), 303))


@pages.post("/notices/other/<name>/prove")
@open_to(Face.PATIENT)
def prove(name: str) -> Response:
    """Take the code: from now on this address is the patient's."""
    try:
        prove_address(patient(), _channel(name), request.form.get("code", "")[:40], clock.now())
    except Refused as refused:
        return _refused(name, refused)
    return make_response(redirect(url_for(".way", name=name), 303))


@pages.post("/notices/other/<name>/end")
@open_to(Face.PATIENT)
def end(name: str) -> Response:
    """Send nothing more this way."""
    end_address(patient(), _channel(name), clock.now())
    return make_response(redirect(url_for(".index"), 303))


def _page(name: str, errors: dict[str, str], status: int, typed: str = "") -> Response:
    channel = _channel(name)
    found = next((way for way in _ways() if way.channel is channel), None)
    if found is None:
        abort(404)
    g.not_kept = True
    dim_if_waiting()
    page = render_template(
        "patient/other_way.html",
        name=name,
        way=found,
        title=TITLES[channel],
        by_text=channel is Channel.TEXT,
        typed=typed or found.to,
        another="another" in request.args or (bool(errors) and "code" not in errors),
        errors=errors,
    )
    return make_response(page, status)


def _refused(name: str, refused: Refused, typed: str = "") -> Response:
    forget_unfinished()
    status = 429 if isinstance(refused, TooManyTries) else 422
    field = refused.field or ("to" if typed else "code")
    return _page(name, {field: _(refused.sentence)}, status, typed)


def _ways() -> list[OwnAddress]:
    return own_addresses(patient(), config.current().outlets, clock.now())


def _channel(name: str) -> Channel:
    if name not in CHANNELS:
        abort(404)
    return CHANNELS[name]


def _name(channel: Channel) -> str:
    return next(name for name, known in CHANNELS.items() if known is channel)
