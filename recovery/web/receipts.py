"""Where a phone proves what it showed. The token in the address is all the leave it needs."""

from flask import Blueprint, Response, make_response
from flask.blueprints import BlueprintSetupState

from recovery import clock
from recovery.domain.notice import NoticeState
from recovery.services.receipts import take_receipt
from recovery.web.access import ANYONE, open_to

pages = Blueprint("receipts", __name__, url_prefix="/receipts")


@pages.record_once
def _without_form_token(state: BlueprintSetupState) -> None:
    """A service worker has no form; who has the address may say that it was shown."""
    state.app.extensions["csrf"].exempt(pages)


@pages.post("/<token>/shown")
@open_to(ANYONE)
def shown(token: str) -> Response:
    """The phone showed the notice; answered only after the commit."""
    take_receipt(token, NoticeState.SHOWN, clock.now())
    return make_response("", 204)


@pages.post("/<token>/opened")
@open_to(ANYONE)
def opened(token: str) -> Response:
    """Somebody tapped the notice; answered only after the commit."""
    take_receipt(token, NoticeState.OPENED, clock.now())
    return make_response("", 204)
