"""The patient names who takes them home, sends the link, sees the answer, takes it back."""

from urllib.parse import quote

from flask import Response, g, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from recovery import clock
from recovery.domain.ride import RideState, Role
from recovery.services.audit import Actor
from recovery.services.refusals import Refused
from recovery.services.ride_links import ride_link
from recovery.services.rides import (
    FILLS_THE_ROLE,
    Named,
    name_driver,
    people_of,
    ride_to_show,
    withdraw_consent,
)
from recovery.services.sign_in import hashed
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, patient
from recovery.web.driver_asked_words import message_to, ride_status, role_words
from recovery.web.driver_pages import ride_url
from recovery.web.driver_words import first_name
from recovery.web.patient_pages import patient_pages

pages = patient_pages("patient_driver")

#: The patient's own browser keeps the links it is to send; the server keeps only their hashes.
LINKS = "ride-links"
MOST_LINKS = 4


@pages.get("/visits/<int:visit_id>/driver")
@open_to(Face.PATIENT)
def overview(visit_id: int) -> str:
    """Who was named and what they said; what to do next."""
    visit, rides = people_of(visit_id, _me())
    entries = [(ride, role_words(ride.role), *ride_status(ride)) for ride in rides]
    filled = {Role(ride.role) for ride in rides if RideState(ride.state) in FILLS_THE_ROLE}
    return render_template(
        "patient/driver/overview.html",
        visit=visit,
        entries=entries,
        missing=[(role, role_words(role)) for role in Role if role not in filled],
        no_driver_yet=Role.DRIVER not in filled,
    )


@pages.get("/visits/<int:visit_id>/driver/name")
@open_to(Face.PATIENT)
def ask_name(visit_id: int) -> Response:
    """Ask for name, phone and consent."""
    people_of(visit_id, _me())
    return _naming(visit_id, {"role": request.args.get("role", "")}, {}, 200)


@pages.post("/visits/<int:visit_id>/driver/name")
@open_to(Face.PATIENT)
def name(visit_id: int) -> Response:
    """Name somebody and go on to their link."""
    given = {field: request.form.get(field, "") for field in ("name", "phone", "role", "consents")}
    named = Named(given["name"], given["phone"], _role(given["role"]), bool(given["consents"]))
    try:
        ride = name_driver(visit_id, named, _me(), clock.now())
    except Refused as refused:
        return _naming(visit_id, given, {refused.field: _(refused.sentence)}, 422)
    return _new_link(ride.id)


@pages.post("/rides/<int:ride_id>/link")
@open_to(Face.PATIENT)
def new_link(ride_id: int) -> Response:
    """Make a new link; the last one ends."""
    return _new_link(ride_id)


@pages.get("/rides/<int:ride_id>/link")
@open_to(Face.PATIENT)
def link(ride_id: int) -> str:
    """The link with all ways to send it, as long as this browser knows it; else offer a new one."""
    g.not_kept = True
    ride = _own(ride_id)
    token = session.get(LINKS, {}).get(str(ride.id), "")
    url = ride_url(token) if token and ride.link_hash == hashed(token) else ""
    text = message_to(ride, url) if url else ""
    return render_template(
        "patient/driver/link.html",
        ride=ride,
        url=url,
        text=text,
        # `?&` is read by the message apps of both kinds of phone.
        sms=f"sms:{ride.contact.phone}?&body={quote(text)}",
        status_words=ride_status(ride),
    )


@pages.get("/rides/<int:ride_id>/take-back")
@open_to(Face.PATIENT)
def ask_take_back(ride_id: int) -> str:
    """Ask once more before somebody is taken back."""
    return render_template("patient/driver/take_back.html", ride=_own(ride_id))


@pages.post("/rides/<int:ride_id>/take-back")
@open_to(Face.PATIENT)
def take_back(ride_id: int) -> Response:
    """Withdraw the consent: from now on this person sees nothing."""
    ride = withdraw_consent(ride_id, _me(), clock.now())
    return _to_overview(ride.visit_id)


def _me() -> Actor:
    return Actor("patient", patient().id)


def _role(words: str) -> Role:
    return Role(words) if words in list(Role) else Role.DRIVER


def _own(ride_id: int) -> Ride:
    return ride_to_show(ride_id, _me())


def _naming(visit_id: int, given: dict[str, str], errors: dict[str, str], status: int) -> Response:
    role = _role(given.get("role", ""))
    page = render_template(
        "patient/driver/name.html",
        visit_id=visit_id,
        given=given,
        role=role,
        own_first_name=first_name(patient()),
        errors=errors,
    )
    return make_response(page, status)


def _new_link(ride_id: int) -> Response:
    made = ride_link(ride_id, _me(), clock.now())
    kept = [*session.get(LINKS, {}).items(), (str(ride_id), made.token)]
    session[LINKS] = dict(kept[-MOST_LINKS:])
    return make_response(redirect(url_for("patient_driver.link", ride_id=ride_id), 303))


def _to_overview(visit_id: int) -> Response:
    return make_response(redirect(url_for("patient_driver.overview", visit_id=visit_id), 303))
