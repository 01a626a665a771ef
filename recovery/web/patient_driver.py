"""The patient names who takes them home, sends the link, sees the answer, takes it back."""

from urllib.parse import quote

from flask import Response, g, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from recovery import clock
from recovery.domain.ride import RideState, Role
from recovery.services.asked_together import named_before, visits_without
from recovery.services.asking import promises_of
from recovery.services.audit import Actor
from recovery.services.refusals import Refused
from recovery.services.ride_links import ride_link
from recovery.services.rides import (
    FILLS_THE_ROLE,
    Named,
    may_be_named,
    name_driver,
    people_of,
    ride_to_show,
    rides_with,
    withdraw_all_consent,
    withdraw_consent,
)
from recovery.services.sign_in import hashed
from recovery.services.unfinished import forget_unfinished
from recovery.store.rides import Promise, Ride
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, patient
from recovery.web.driver_pages import ride_url
from recovery.web.driver_words import first_name
from recovery.web.patient_pages import patient_pages
from recovery.web.ride_words import message_to, ride_status, role_words, story
from recovery.web.telephone import telephone

pages = patient_pages("patient_driver")

#: The patient's own browser keeps the links it is to send; the server keeps only their hashes.
LINKS = "ride-links"
MOST_LINKS = 4
FIELDS = ("name", "phone", "role", "consents", "for_all")


@pages.get("/visits/<int:visit_id>/driver")
@open_to(Face.PATIENT)
def overview(visit_id: int) -> str:
    """Who was named, what they said and when; what to do next."""
    visit, rides = people_of(visit_id, _me())
    filled = {Role(ride.role) for ride in rides if RideState(ride.state) in FILLS_THE_ROLE}
    missing = [role for role in Role if role not in filled and may_be_named(visit, role)]
    promises = promises_of(rides)
    return render_template(
        "patient/driver/overview.html",
        visit=visit,
        people=[_person(ride, promises.get(ride.id)) for ride in rides],
        missing=missing,
        first_missing=missing[0] if missing else "",
        ahead=may_be_named(visit, Role.DRIVER),
    )


@pages.get("/visits/<int:visit_id>/driver/name")
@open_to(Face.PATIENT)
def ask_name(visit_id: int) -> Response:
    """Ask for name, phone and consent."""
    visit, _rides = people_of(visit_id, _me())
    given = {"role": request.args.get("role", "")}
    before = named_before(visit, _role(given["role"]))
    if before is not None:
        given |= {"name": before.name, "phone": telephone(before.phone)}
    return _naming(visit_id, given, {}, 200)


@pages.post("/visits/<int:visit_id>/driver/name")
@open_to(Face.PATIENT)
def name(visit_id: int) -> Response:
    """Name somebody and go on to their link."""
    given = {field: request.form.get(field, "") for field in FIELDS}
    named = Named(
        given["name"],
        given["phone"],
        _role(given["role"]),
        consents=bool(given["consents"]),
        for_all=given["for_all"] == "yes",
    )
    try:
        ride = name_driver(visit_id, named, _me(), clock.now())
    except Refused as refused:
        forget_unfinished()
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
    text = message_to(ride, url)
    return render_template(
        "patient/driver/link.html",
        ride=ride,
        name=first_name(ride.contact),
        url=url,
        words=message_to(ride, "").strip(),
        text=text,
        # `?&` is read by the message apps of both kinds of phone.
        sms=f"sms:{ride.contact.phone}?&body={quote(text)}",
        status_words=ride_status(ride, clock.now()),
    )


@pages.get("/rides/<int:ride_id>/take-back")
@open_to(Face.PATIENT)
def ask_take_back(ride_id: int) -> str:
    """Ask once more before somebody is taken back."""
    ride = _own(ride_id)
    return render_template(
        "patient/driver/take_back.html",
        ride=ride,
        name=first_name(ride.contact),
        others=len(rides_with(ride)) > 1,
    )


@pages.post("/rides/<int:ride_id>/take-back")
@open_to(Face.PATIENT)
def take_back(ride_id: int) -> Response:
    """Withdraw the consent: from now on this person sees nothing."""
    everywhere = request.form.get("from") == "all"
    withdraw = withdraw_all_consent if everywhere else withdraw_consent
    ride = withdraw(ride_id, _me(), clock.now())
    return _to_overview(ride.visit_id)


def _person(ride: Ride, promise: Promise | None) -> dict[str, object]:
    """One person on the overview: what they are, where they stand, what they said and when."""
    kind, words = ride_status(ride, clock.now())
    return {
        "ride": ride,
        "name": first_name(ride.contact),
        "role": role_words(ride.role),
        "kind": kind,
        "words": words,
        "story": story(ride),
        "promise": promise,
    }


def _me() -> Actor:
    return Actor("patient", patient().id)


def _role(words: str) -> Role:
    return Role(words) if words in list(Role) else Role.DRIVER


def _own(ride_id: int) -> Ride:
    return ride_to_show(ride_id, _me())


def _naming(visit_id: int, given: dict[str, str], errors: dict[str, str], status: int) -> Response:
    role = _role(given.get("role", ""))
    visit, _rides = people_of(visit_id, _me())
    page = render_template(
        "patient/driver/name.html",
        visit_id=visit_id,
        given=given,
        role=role,
        more=visits_without(visit, role, FILLS_THE_ROLE),
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
