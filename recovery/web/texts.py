"""Doors for the text provider's calls: each must carry its signature."""

from typing import Final
from xml.sax.saxutils import escape

from flask import Blueprint, Response, abort, make_response, request
from flask.blueprints import BlueprintSetupState

from recovery import clock, config
from recovery.delivery.text import Wish, wish_in
from recovery.delivery.twilio import is_from_twilio
from recovery.services.text_reports import Report, take_reply, take_report
from recovery.web.access import ANYONE, open_to
from recovery.web.ids import refuse_impossible_ids

pages = Blueprint("texts", __name__, url_prefix="/texts")
pages.url_value_preprocessor(refuse_impossible_ids)
#: What the provider itself made of a reply, when it was told to (“Advanced Opt-Out”).
OPT_OUT: Final = {"STOP": Wish.STOP, "START": Wish.START}


@pages.record_once
def _without_form_token(state: BlueprintSetupState) -> None:
    """A provider's machine has no form; its signature is its leave."""
    state.app.extensions["csrf"].exempt(pages)


@pages.before_request
def _judge() -> None:
    """Refuse whoever does not hold the account's token; without texts there is no door."""
    settings = config.current()
    if settings.twilio is None:
        abort(404)
    query = request.query_string.decode("utf-8", "replace")
    address = settings.public_url + request.path + (f"?{query}" if query else "")
    fields = list(request.form.items(multi=True))
    signed = request.headers.get("X-Twilio-Signature", "")
    if not is_from_twilio(settings.twilio.token, address, fields, signed):
        abort(403)


@pages.post("/status/<int:attempt_id>")
@open_to(ANYONE)
def status(attempt_id: int) -> Response:
    """What became of one text; answered only after the commit."""
    code = request.form.get("ErrorCode", "")
    report = Report(
        status=request.form.get("MessageStatus", "")[:20],
        code=int(code) if code.isascii() and code.isdecimal() and len(code) < 7 else 0,
    )
    take_report(attempt_id, report, clock.now())
    return make_response("", 204)


@pages.post("/incoming")
@open_to(ANYONE)
def incoming() -> Response:
    """Somebody answered a text: STOP and START are kept, anything else gets one sentence."""
    asked = OPT_OUT.get(request.form.get("OptOutType", "").upper())
    wish = asked or wish_in(request.form.get("Body", ""))
    answer = take_reply(request.form.get("From", "")[:20], wish, clock.now())
    said = f"<Message>{escape(answer)}</Message>" if answer else ""
    response = make_response(f'<?xml version="1.0" encoding="UTF-8"?><Response>{said}</Response>')
    response.mimetype = "text/xml"
    return response
