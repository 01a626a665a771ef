"""Who may use which page: every view says so, and an audit test fails when one does not.

Flask-Login asks `_load` once a request. Each face has a cookie of its own that holds a random
token; the sign-in itself is a row (Flask-Login's remember cookie survives log-out, so it is
not used).
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final, TypeVar, cast

from flask import (
    Flask,
    Request,
    Response,
    abort,
    current_app,
    g,
    redirect,
    request,
    url_for,
)
from flask_login import LoginManager, UserMixin, current_user

from recovery import clock, config
from recovery.domain.rights import Right
from recovery.services import people, sign_in
from recovery.services.looking import note_look
from recovery.services.second_factor import has_second_factor
from recovery.store.clinics import Clinic, Staff
from recovery.store.patients import Contact, Patient
from recovery.store.sign_ins import Face, SignIn

Views = TypeVar("Views", bound=Callable[..., object])
ANYONE: Final = "anyone"
#: Whose page it would have been, when an address leads nowhere: its frame has their help.
PLACES: Final = {face.value if face is not Face.PATIENT else "me": face for face in Face}
#: What an address names when its page shows somebody's record.
LOOKS_AT: Final = frozenset({"patient_id", "visit_id"})
#: A patient's cookie outlives their visits; the row ends it (30 days after the last visit).
COOKIE_LIFE: Final = timedelta(days=400)


class SignedIn(UserMixin):  # type: ignore[misc]
    """The person behind this request, and the sign-in of their browser."""

    def __init__(self, row: SignIn, person: Staff | Patient | Contact) -> None:
        self.sign_in, self.person = row, person
        self.face = Face(row.face)

    @property
    def clinic(self) -> Clinic:
        """The clinic that the person belongs to; all queries start from it."""
        return self.person.clinic

    def get_id(self) -> str:
        """Flask-Login's name for the sign-in."""
        return str(self.sign_in.id)


class WithoutItsCookie(LoginManager):  # type: ignore[misc]
    """Flask-Login, which looks into the session after each request for a cookie that is not ours.

    That look alone would mark scripts and styles as different for each person (`Vary: Cookie`), and
    a phone would load them all again when any cookie changes.
    """

    def _update_remember_cookie(self, response: Response) -> Response:
        return response


def open_to(face: Face | str, right: Right = Right.SEE) -> Callable[[Views], Views]:
    """Say who may use a view: one face, or `ANYONE` (public pages and token links).

    Of staff, those whose role has the `right`.
    """

    def mark(view: Views) -> Views:
        view.open_to, view.right = face, right  # type: ignore[attr-defined]
        return view

    return mark


def asked_by_itself(view: Views) -> Views:
    """Say that an open page asks for this without anybody there: it keeps nobody signed in."""
    view.asked_by_itself = True  # type: ignore[attr-defined]
    return view


def changes_nothing(view: Views) -> Views:
    """Say that what is sent here is only read, as a GET is, or is written by a service that asks
    for the write lock itself: on SQLite it keeps no writer waiting, and waits for none."""
    view.changes_nothing = True  # type: ignore[attr-defined]
    return view


def without_second_factor(view: Views) -> Views:
    """Say that staff may use this before they have set up a second factor."""
    view.without_second_factor = True  # type: ignore[attr-defined]
    return view


def know_whose_page() -> None:
    """Say whose page is asked for, before anything may refuse it: the refusal is a page too, in
    the language of who reads it."""
    view = current_app.view_functions.get(request.endpoint or "")
    wanted = getattr(view, "open_to", None)
    if view is None:
        wanted = PLACES.get(request.path.split("/")[1])
    g.face = wanted if isinstance(wanted, Face) else None


def attach(app: Flask) -> None:
    """Let every request be judged before its view: no mark, no entry."""
    manager = WithoutItsCookie(app)
    manager.session_protection = None
    manager.request_loader(_load)
    app.jinja_env.globals["may"] = may

    @app.before_request
    def judge() -> Response | None:
        view = app.view_functions.get(request.endpoint or "")
        if view is None:
            return None
        wanted = getattr(view, "open_to", None)
        g.nobody_there = getattr(view, "asked_by_itself", False)
        if wanted == ANYONE or request.endpoint == "static":
            return None
        if wanted is None or not current_user.is_authenticated:
            return _ask_to_sign_in(cast(Face | None, wanted))
        return _judge_staff(view) if wanted is Face.STAFF else None


def _judge_staff(view: object) -> Response | None:
    """A role has its rights; a clinic that treats people asks for a second factor first."""
    if not may(getattr(view, "right", Right.SEE)):
        abort(403)
    person = staff()
    set_up = person.clinic.is_demo or has_second_factor(person)
    if set_up or getattr(view, "without_second_factor", False):
        _note_look(person)
        return None
    return cast(Response, redirect(url_for("staff_me.show")))


def _note_look(person: Staff) -> None:
    """Whatever page has a patient or a visit in its address is a look at their record."""
    about = request.view_args or {}
    if request.method == "GET" and not LOOKS_AT.isdisjoint(about) and not g.nobody_there:
        note_look(person, about.get("patient_id"), about.get("visit_id"), clock.now())


def _ask_to_sign_in(face: Face | None) -> Response:
    if face is not Face.STAFF or request.method != "GET":
        abort(401)
    return cast(Response, redirect(url_for("staff_sign_in.form", next=request.full_path)))


def _load(req: Request) -> SignedIn | None:
    face = g.get("face")
    token = req.cookies.get(cookie_name(face)) if face else None
    return signed_in_as(face, token) if face and token else None


def signed_in_as(face: Face, token: str) -> SignedIn | None:
    """Return the person whose cookie this is, or None when it ended."""
    now = clock.now()
    row = sign_in.find(face, token, now)
    person = people.person_behind(row) if row else None
    if row is None or person is None:
        return None
    if face is Face.STAFF and not g.get("nobody_there"):
        sign_in.keep_alive(row, config.current().staff_idle, now)
    return SignedIn(row, person)


def also_signed_in(face: Face) -> SignedIn | None:
    """Return who is signed in to another face in this same browser (a patient's own phone)."""
    token = request.cookies.get(cookie_name(face))
    return signed_in_as(face, token) if token else None


def language_before(face: Face | None) -> str | None:
    """Return the language of whoever this browser is or was signed in for: to `face`, or else
    (None) as a patient or a driver. Staff share a tablet, and the next one may read another."""
    for one in (face,) if face else (Face.PATIENT, Face.DRIVER):
        token = request.cookies.get(cookie_name(one))
        spoken = people.language_behind(one, token) if token and one is not Face.STAFF else None
        if spoken:
            return spoken
    return None


def cookie_name(face: Face) -> str:
    """Each face has its own cookie; over https the browser guards its name and scope."""
    prefix = "__Host-" if config.current().secure else ""
    return f"{prefix}homeward-{face.value}"


def hand_over_cookie(response: Response, face: Face, token: str) -> Response:
    """Put the sign-in token into the browser: not readable by scripts, not sent by other sites."""
    response.set_cookie(
        cookie_name(face),
        token,
        max_age=None if face is Face.STAFF else COOKIE_LIFE,
        secure=config.current().secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def take_cookie_back(response: Response, face: Face) -> Response:
    """Remove the sign-in token from the browser, and what it kept of the person's pages."""
    response.delete_cookie(
        cookie_name(face), secure=config.current().secure, httponly=True, samesite="Lax", path="/"
    )
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def may(right: Right | str) -> bool:
    """Whether the signed-in staff person may do this; templates hide what they may not."""
    return staff().may(Right(right))


def me() -> SignedIn:
    """The signed-in person of this request."""
    return cast(SignedIn, current_user)


def staff() -> Staff:
    """The signed-in staff person."""
    return cast(Staff, me().person)


def patient() -> Patient:
    """The signed-in patient."""
    return cast(Patient, me().person)


def contact() -> Contact:
    """The signed-in driver, backup or companion."""
    return cast(Contact, me().person)
