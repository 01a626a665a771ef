"""Staff sign in: e-mail and password, then a second factor; and out, or to rest."""

from datetime import timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from flask import (
    Response,
    abort,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _

from recovery import clock, config
from recovery.services.refusals import Refused, TooManyTries
from recovery.services.resting import come_back, rest
from recovery.services.second_factor import has_second_factor
from recovery.services.sign_in import Lifetimes
from recovery.services.staff_sign_in import (
    Browser,
    Try,
    begin_staff,
    prove_password,
    sign_out_staff,
)
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.sign_ins import Face
from recovery.web.access import (
    ANYONE,
    also_signed_in,
    cookie_name,
    hand_over_cookie,
    me,
    open_to,
    staff,
    take_cookie_back,
    without_second_factor,
)
from recovery.web.browser_names import browser_name
from recovery.web.language_switch import carry_over
from recovery.web.staff_browser import keep_resting, know, known_here, resting_here
from recovery.web.staff_pages import staff_pages

pages = staff_pages("staff_sign_in")
#: Where the browser keeps, signed, who has given the right password and is asked for more.
DOOR: Final = "staff-door"
DOOR_OPEN: Final = timedelta(minutes=10)


@pages.get("/sign-in")
@open_to(ANYONE)
def form() -> Response:
    """Ask for e-mail and password; who rests on this tablet needs the password only."""
    return _page(request.args.get("next", ""), "", {}, 200)


@pages.post("/sign-in")
@open_to(ANYONE)
def enter() -> Response:
    """Take e-mail and password, and go on to the second factor or to the page asked for."""
    given = Try(
        email=request.form.get("email", "")[:320],
        password=request.form.get("password", "")[:1024],
        source=request.remote_addr or "",
        known=known_here(),
    )
    onward = request.form.get("next", "")
    try:
        person = prove_password(given, clock.now())
    except Refused as refused:
        return _page(onward, given.email, {refused.field: _(refused.sentence)}, _status(refused))
    if has_second_factor(person):
        until = (clock.now() + DOOR_OPEN).timestamp()
        session[DOOR] = [person.id, _seal(person), until, local_only(onward)]
        return make_response(redirect(url_for("staff_second.ask"), 303))
    return let_in(person, local_only(onward))


@pages.post("/sign-in/again")
@open_to(ANYONE)
def again() -> Response:
    """Let somebody who rests on this tablet go on."""
    settings, chosen = config.current(), request.form.get("who", "")
    resting = next((found for found in resting_here() if str(found[0].id) == chosen), None)
    if resting is None:
        return make_response(redirect(url_for("staff_sign_in.form"), 303))
    password = request.form.get("again", "")[:1024]
    label = browser_name(request.user_agent.string)
    onward = request.form.get("next", "")
    try:
        token = come_back(resting, password, label, settings.staff_idle, clock.now())
    except Refused as refused:
        return _page(onward, "", {"again": _(refused.sentence)}, _status(refused), chosen)
    return _with_cookies(make_response(redirect(local_only(onward), 303)), resting[1], token)


@pages.post("/sign-out")
@open_to(Face.STAFF)
@without_second_factor
def leave() -> Response:
    """End this browser's sign-in."""
    token = request.cookies.get(cookie_name(Face.STAFF), "")
    sign_out_staff(me().sign_in, staff(), clock.now())
    answer = make_response(redirect(url_for("staff_sign_in.form"), 303))
    return take_cookie_back(keep_resting(answer, without=token), Face.STAFF)


@pages.post("/rest")
@open_to(Face.STAFF)
def put_down() -> Response:
    """Lock the tablet: to come back this person needs the password only."""
    rest(me().sign_in, staff(), clock.now())
    answer = make_response(redirect(url_for("staff_sign_in.form"), 303))
    return keep_resting(answer)


def let_in(person: Staff, onward: str, *, as_json: bool = False) -> Response:
    """Sign a person in who has proved all that is asked, and go to `onward`.

    A script is told where to go `as_json`: it cannot follow a redirect for the page.
    """
    settings, earlier = config.current(), also_signed_in(Face.STAFF)
    browser = Browser(browser_name(request.user_agent.string), earlier.sign_in if earlier else None)
    lives = Lifetimes(settings.staff_idle, settings.staff_absolute)
    session.pop(DOOR, None)
    token = begin_staff(person, browser, lives, clock.now())
    answer = make_response(jsonify({"next": onward})) if as_json else redirect(onward, 303)
    return _with_cookies(make_response(answer), person, token)


def at_the_door() -> tuple[Staff, str]:
    """Return who has given the right password in this browser, and where they want to go.

    Nobody, too long ago, or a password that was changed since: 401.
    """
    try:
        person_id, seal, until, onward = session.get(DOOR, ())
    except ValueError:
        abort(401)
    person = db.session.get(Staff, person_id)
    late = clock.now().timestamp() > until
    if person is None or person.disabled_at is not None or late or _seal(person) != seal:
        abort(401)
    return person, onward


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


def _with_cookies(answer: Response, person: Staff, token: str) -> Response:
    keep_resting(answer)
    carry_over(answer, Face.STAFF, token)
    return hand_over_cookie(know(answer, person), Face.STAFF, token)


def _seal(person: Staff) -> str:
    return sha256(person.password_hash.encode()).hexdigest()[:16]


def _status(refused: Refused) -> int:
    return 429 if isinstance(refused, TooManyTries) else 422


def _page(onward: str, email: str, errors: dict[str, str], status: int, who: str = "") -> Response:
    page = render_template(
        "staff/sign_in.html",
        onward=onward,
        email=email,
        errors=errors,
        resting=[(row.id, person.name) for row, person in resting_here()],
        who=who,
    )
    return make_response(page, status)
