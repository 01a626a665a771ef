"""Who works here: an admin invites, changes roles, and shuts out; and the link to come in by."""

from collections.abc import Callable

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from recovery import clock, config
from recovery.domain.rights import Right, StaffRole
from recovery.services.refusals import Refused
from recovery.services.staff_people import (
    change_role,
    choose_password,
    invite,
    invited,
    let_back,
    new_link,
    own_person,
    people_of,
    shut_out,
)
from recovery.store.clinics import Staff
from recovery.store.sign_ins import Face
from recovery.web.access import ANYONE, open_to, staff
from recovery.web.look import show_for
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_sign_in import let_in
from recovery.web.staff_words import ROLE_WORDS

pages = staff_pages("staff_people")
doors = Blueprint("staff_join", __name__)


@pages.get("/people")
@open_to(Face.STAFF, Right.PEOPLE)
def index() -> Response:
    """List who works here."""
    return _page({}, 200)


@pages.post("/people")
@open_to(Face.STAFF, Right.PEOPLE)
def add() -> Response:
    """Invite a person and show their link once."""
    given = {name: request.form.get(name, "")[:320] for name in ("name", "email", "role")}
    role = StaffRole(given["role"]) if given["role"] in list(StaffRole) else None
    try:
        if role is None:
            raise Refused("Please choose a role.", "role")
        person, token = invite(staff(), given["name"], given["email"], role, clock.now())
    except Refused as refused:
        return _page({refused.field: _(refused.sentence)}, 422, given)
    return _link(person, token)


@pages.post("/people/<int:person_id>/link")
@open_to(Face.STAFF, Right.PEOPLE)
def link(person_id: int) -> Response:
    """Make a new link for somebody who lost password or second factor."""
    return _link(*new_link(staff(), person_id, clock.now()))


@pages.post("/people/<int:person_id>/role")
@open_to(Face.STAFF, Right.PEOPLE)
def role(person_id: int) -> Response:
    """Change a person's role."""
    own_person(staff(), person_id)
    chosen = request.form.get(f"role-{person_id}", "")
    if chosen not in list(StaffRole):
        return _page({f"role-{person_id}": _("Please choose a role.")}, 422)
    change_role(staff(), person_id, StaffRole(chosen), clock.now())
    return _back()


@pages.post("/people/<int:person_id>/out")
@open_to(Face.STAFF, Right.PEOPLE)
def out(person_id: int) -> Response:
    """Shut a person out at once."""
    return _change(shut_out, person_id)


@pages.post("/people/<int:person_id>/back")
@open_to(Face.STAFF, Right.PEOPLE)
def back(person_id: int) -> Response:
    """Let a person sign in again."""
    return _change(let_back, person_id)


@doors.get("/join/<token>")
@open_to(ANYONE)
def ask(token: str) -> Response:
    """Ask an invited person for a password; opening the link changes nothing."""
    return _door(invited(token, clock.now()), {}, 200)


@doors.post("/join/<token>")
@open_to(ANYONE)
def join(token: str) -> Response:
    """Take the password, sign the person in; the second factor comes next."""
    person = invited(token, clock.now())
    try:
        choose_password(token, request.form.get("password", "")[:1025], clock.now())
    except Refused as refused:
        return _door(person, {refused.field: _(refused.sentence)}, 422)
    return let_in(person, url_for("staff_me.show"))


def _door(person: Staff, errors: dict[str, str], status: int) -> Response:
    show_for(person.clinic, person.language)
    return make_response(render_template("staff/join.html", person=person, errors=errors), status)


def _change(change: Callable[..., None], person_id: int) -> Response:
    change(staff(), person_id, clock.now())
    return _back()


def _back() -> Response:
    return make_response(redirect(url_for("staff_people.index"), 303))


def _link(person: Staff, token: str) -> Response:
    address = f"{config.current().public_url}{url_for('staff_join.ask', token=token)}"
    return make_response(render_template("staff/invited.html", person=person, link=address))


def _page(errors: dict[str, str], status: int, given: dict[str, str] | None = None) -> Response:
    page = render_template(
        "staff/people.html",
        people=people_of(staff()),
        roles=[(role.value, words) for role, words in ROLE_WORDS.items()],
        errors=errors,
        given=given or {},
        own_id=staff().id,
    )
    return make_response(page, status)
