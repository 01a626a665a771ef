"""Staff sign in and out."""

from urllib.parse import urlsplit

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from recovery import clock, config
from recovery.services.refusals import Refused, TooManyTries
from recovery.services.sign_in import Lifetimes
from recovery.services.staff_sign_in import Try, sign_in_staff, sign_out_staff
from recovery.store.sign_ins import Face
from recovery.web.access import (
    ANYONE,
    also_signed_in,
    hand_over_cookie,
    me,
    open_to,
    staff,
    take_cookie_back,
)
from recovery.web.language_switch import carry_over
from recovery.web.staff_pages import staff_pages

pages = staff_pages("staff_sign_in")


@pages.get("/sign-in")
@open_to(ANYONE)
def form() -> Response:
    """Ask for e-mail and password."""
    return _page(request.args.get("next", ""), "", {}, 200)


@pages.post("/sign-in")
@open_to(ANYONE)
def enter() -> Response:
    """Sign in, and go on to the page that was asked for."""
    settings = config.current()
    given = Try(
        email=request.form.get("email", "")[:320],
        password=request.form.get("password", "")[:1024],
        source=request.remote_addr or "",
        browser=str(request.user_agent)[:80],
    )
    lives = Lifetimes(settings.staff_idle, settings.staff_absolute)
    earlier = also_signed_in(Face.STAFF)
    onward = request.form.get("next", "")
    try:
        token = sign_in_staff(given, lives, earlier.sign_in if earlier else None, clock.now())
    except Refused as refused:
        status = 429 if isinstance(refused, TooManyTries) else 422
        return _page(onward, given.email, {refused.field: _(refused.sentence)}, status)
    answer = make_response(redirect(local_only(onward), 303))
    carry_over(answer, Face.STAFF, token)
    return hand_over_cookie(answer, Face.STAFF, token)


@pages.post("/sign-out")
@open_to(Face.STAFF)
def leave() -> Response:
    """End this browser's sign-in."""
    sign_out_staff(me().sign_in, staff(), clock.now())
    answer = make_response(redirect(url_for("staff_sign_in.form"), 303))
    return take_cookie_back(answer, Face.STAFF)


def local_only(onward: str) -> str:
    """Return `onward` when it is a page of our staff face, else the board.

    Browsers read a backslash as a slash and drop control characters, so both are refused.
    """
    try:
        parts = urlsplit(onward)
    except ValueError:
        return url_for("staff_board.board")
    foreign = parts.scheme or parts.netloc or "\\" in onward or not onward.isprintable()
    if foreign or not parts.path.startswith("/staff/") or parts.path.startswith("//"):
        return url_for("staff_board.board")
    return onward


def _page(onward: str, email: str, errors: dict[str, str], status: int) -> Response:
    page = render_template("staff/sign_in.html", onward=onward, email=email, errors=errors)
    return make_response(page, status)
