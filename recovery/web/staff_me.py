"""A staff person's own page: second factor, codes on paper, password, signed-in browsers."""

from typing import Final

from flask import (
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from recovery import clock
from recovery.services.own_account import (
    change_password,
    end_sign_in,
    must_know_password,
    sign_ins_of,
)
from recovery.services.passkeys import ask_to_make, keep_passkey, passkeys_of, remove_passkey
from recovery.services.refusals import Refused, TooManyTries
from recovery.services.second_factor import (
    address_of,
    codes_left,
    has_second_factor,
    new_recovery_codes,
    new_secret,
    use_app,
)
from recovery.services.staff_calendars import EndedBy, calendars_of, ended_lately
from recovery.store.sign_ins import Face
from recovery.web.access import me, open_to, staff, without_second_factor
from recovery.web.browser_names import browser_name
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_second import answered, asked, site

pages = staff_pages("staff_me")
#: Where the browser keeps, signed, the secret that its own page shows as a square.
NOT_YET_TAKEN: Final = "authenticator"
#: Why a calendar ended that its person did not end.
ENDED_BY: Final = {
    EndedBy.NEW_ENTRY: _l("Your password changed, so this address ended. Make a new one here."),
    EndedBy.SHUT_OUT: _l("You were shut out, so this address ended. Make a new one here."),
}


@pages.get("/me")
@open_to(Face.STAFF)
@without_second_factor
def show() -> Response:
    """Show all that is the person's own; without a second factor, only how to set one up."""
    return everything_own({}, 200)


@pages.post("/me/app")
@open_to(Face.STAFF)
@without_second_factor
def app() -> Response:
    """Take an authenticator app when its code is right."""
    first = not has_second_factor(staff())
    try:
        if not first:
            must_know_password(
                staff(), request.form.get("app-old", "")[:1024], clock.now(), "app-old"
            )
        use_app(staff(), _secret(), request.form.get("code", "")[:20], clock.now())
    except Refused as refused:
        return everything_own({refused.field: _(refused.sentence)}, _status(refused))
    session.pop(NOT_YET_TAKEN, None)
    return _onward(first)


@pages.post("/me/passkeys/question")
@open_to(Face.STAFF)
@without_second_factor
def question() -> Response:
    """Ask this device for a new passkey."""
    return asked(ask_to_make(staff(), site()))


@pages.post("/me/passkeys")
@open_to(Face.STAFF)
@without_second_factor
def passkey() -> Response:
    """Keep the passkey that this device made."""
    first = not has_second_factor(staff())
    _answer, challenge = answered()
    label = browser_name(request.user_agent.string)
    keep_passkey(staff(), site(), challenge, request.get_data(as_text=True), label, clock.now())
    return make_response(jsonify({"next": _onward(first).location}))


@pages.post("/me/passkeys/<int:passkey_id>/remove")
@open_to(Face.STAFF)
def forget(passkey_id: int) -> Response:
    """Forget a passkey."""
    remove_passkey(staff(), passkey_id, clock.now())
    return make_response(redirect(url_for("staff_me.show"), 303))


@pages.get("/me/codes")
@open_to(Face.STAFF)
def codes() -> str:
    """Offer ten codes for the day on which phone or passkey is lost."""
    return render_template("staff/me/codes.html", codes=[], left=codes_left(staff()))


@pages.post("/me/codes")
@open_to(Face.STAFF)
def make_codes() -> str:
    """Make ten codes and show them once; the ones before end."""
    made = new_recovery_codes(staff(), clock.now())
    return render_template("staff/me/codes.html", codes=made, left=len(made))


@pages.post("/me/password")
@open_to(Face.STAFF)
def password() -> Response:
    """Change the password."""
    old, new = (request.form.get(name, "")[:1025] for name in ("old", "new"))
    try:
        change_password(staff(), old, new, me().sign_in, clock.now())
    except Refused as refused:
        return everything_own({refused.field: _(refused.sentence)}, _status(refused))
    return make_response(redirect(url_for("staff_me.show"), 303))


@pages.post("/me/sign-ins/<int:sign_in_id>/end")
@open_to(Face.STAFF)
def end(sign_in_id: int) -> Response:
    """Sign out of one browser."""
    end_sign_in(staff(), sign_in_id, clock.now())
    return make_response(redirect(url_for("staff_me.show"), 303))


def _secret() -> str:
    """The secret that this person's page shows until its first code was right."""
    whose, secret = session.get(NOT_YET_TAKEN, (0, ""))
    if whose != staff().id:
        secret = new_secret()
        session[NOT_YET_TAKEN] = [staff().id, secret]
    return str(secret)


def _onward(first: bool) -> Response:
    """Whoever has just set up the first second factor is given codes for a bad day."""
    return make_response(redirect(url_for("staff_me.codes" if first else "staff_me.show"), 303))


def _status(refused: Refused) -> int:
    return 429 if isinstance(refused, TooManyTries) else 422


def everything_own(errors: dict[str, str], status: int) -> Response:
    """Show all that is the person's own, with what could not be taken."""
    person, now = staff(), clock.now()
    secret = _secret()
    page = render_template(
        "staff/me/show.html",
        person=person,
        has_factor=has_second_factor(person),
        passkeys=passkeys_of(person),
        left=codes_left(person),
        calendars=calendars_of(person),
        ended=[(one, ENDED_BY[EndedBy(one.ended_by)]) for one in ended_lately(person, now)],
        sign_ins=sign_ins_of(person, now),
        here=me().sign_in.id,
        now=now,
        secret=secret,
        address=address_of(secret, person),
        errors=errors,
    )
    return make_response(page, status)
