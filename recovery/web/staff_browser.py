"""What a clinic's browser keeps between sign-ins: who rests on it, and whom it knows."""

from secrets import token_urlsafe
from typing import Final

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from recovery import clock, config
from recovery.services.resting import Resting, resting_among
from recovery.store.clinics import Staff
from recovery.store.sign_ins import Face
from recovery.web.access import cookie_name

#: Tokens of sign-ins that rest, beside the one in the staff cookie.
RESTING: Final = "homeward-resting"
#: Signed pairs of staff id and random word: whose tries are counted apart.
KNOWN: Final = "homeward-known"
MOST: Final = 8
YEAR: Final = 365 * 24 * 60 * 60  # seconds


def resting_here() -> list[Resting]:
    """Return who may come back on this browser by a password alone."""
    return list(resting_among(_tokens(), clock.now()))


def keep_resting(response: Response, *, without: str = "") -> Response:
    """Remember the sign-in that just rested or gives way to another; forget `without`."""
    tokens = [token for token in _tokens() if token != without]
    return _keep(response, RESTING, ".".join(tokens[-MOST:]), None)


def known_here() -> dict[int, str]:
    """Return the people who signed in with this browser before."""
    try:
        pairs = _signer().loads(request.cookies.get(KNOWN, ""))
        return {int(staff): str(word) for staff, word in pairs}
    except (BadSignature, TypeError, ValueError):
        return {}


def know(response: Response, staff: Staff) -> Response:
    """Let this browser be known as one that the person uses."""
    known = {**known_here(), staff.id: token_urlsafe(12)}
    return _keep(response, KNOWN, _signer().dumps(list(known.items())[-MOST:]), YEAR)


def _tokens() -> list[str]:
    kept = request.cookies.get(RESTING, "").split(".")
    current = request.cookies.get(cookie_name(Face.STAFF), "")
    return list(dict.fromkeys(token for token in (*kept, current) if token))[-MOST:]


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="known-browser")


def _keep(response: Response, name: str, value: str, seconds: int | None) -> Response:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        secure=config.current().secure,
        httponly=True,
        samesite="Strict",
        path="/staff/",
    )
    return response
