"""The second factor at the door: a passkey with one tap, or a code."""

from typing import Any, Final
from urllib.parse import urlsplit

from flask import Response, make_response, render_template, request, session
from flask_babel import gettext as _

from recovery import clock, config
from recovery.services.passkeys import Question, Site, ask_to_prove, prove_by_passkey
from recovery.services.refusals import Refused, TooManyTries
from recovery.services.second_factor import has_passkey, prove_by_code
from recovery.web.access import ANYONE, open_to
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_sign_in import at_the_door, let_in

pages = staff_pages("staff_second")
CHALLENGE: Final = "passkey-challenge"
LONGEST_ANSWER: Final = 16_000  # characters of JSON


@pages.get("/sign-in/second")
@open_to(ANYONE)
def ask() -> Response:
    """Ask for the second factor."""
    return _page({}, 200)


@pages.post("/sign-in/second")
@open_to(ANYONE)
def code() -> Response:
    """Take a code of the authenticator app, or one from paper."""
    person, onward = at_the_door()
    try:
        prove_by_code(person, request.form.get("code", "")[:40], clock.now())
    except Refused as refused:
        status = 429 if isinstance(refused, TooManyTries) else 422
        return _page({refused.field or "code": _(refused.sentence)}, status)
    return let_in(person, onward)


@pages.post("/sign-in/passkey/question")
@open_to(ANYONE)
def question() -> Response:
    """Ask this browser for a passkey of the person at the door."""
    person, _onward = at_the_door()
    return asked(ask_to_prove(person, site()))


@pages.post("/sign-in/passkey")
@open_to(ANYONE)
def passkey() -> Response:
    """Take the passkey's answer."""
    person, onward = at_the_door()
    answer, challenge = answered()
    known = str(answer.get("id", ""))[:400]
    prove_by_passkey(person, site(), challenge, known, request.get_data(as_text=True), clock.now())
    return let_in(person, onward, as_json=True)


def site() -> Site:
    """Where passkeys hold: our public address."""
    parts = urlsplit(config.current().public_url)
    return Site(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")


def asked(question: Question) -> Response:
    """Send a question to the browser; its challenge may be answered once."""
    session[CHALLENGE] = question.challenge
    response = make_response(question.options)
    response.mimetype = "application/json"
    return response


def answered() -> tuple[dict[str, Any], str]:
    """Return the browser's answer as JSON, and the challenge it must carry."""
    challenge = session.pop(CHALLENGE, None)
    body = request.get_json()
    if challenge is None or not isinstance(body, dict) or len(request.data) > LONGEST_ANSWER:
        raise Refused("This passkey could not be read. Please try again.")
    return body, str(challenge)


def _page(errors: dict[str, str], status: int) -> Response:
    person, _onward = at_the_door()
    page = render_template(
        "staff/second.html", errors=errors, passkey=has_passkey(person), name=person.name
    )
    return make_response(page, status)
