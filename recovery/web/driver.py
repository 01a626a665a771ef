"""The pages of a driver, backup or companion who said yes."""

from flask import Response, flash, jsonify, make_response, redirect, render_template, url_for
from flask_babel import gettext as _

from recovery import clock
from recovery.domain.notices.says import pickup_at
from recovery.domain.ride import RideState, Role
from recovery.domain.visit import GONE, NOT_HAPPENING, VisitState
from recovery.domain.wait import wait_at
from recovery.services import driving
from recovery.services.devices import device_state
from recovery.services.handover_code import code_for
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face
from recovery.web.access import contact, me, open_to
from recovery.web.driver_pages import driver_pages, facts_behind, map_url
from recovery.web.driver_words import first_name, live

pages = driver_pages("driver", "/driver")


@pages.get("/")
@open_to(Face.DRIVER)
def rides() -> Response:
    """Lead to the ride; list them if there are several; say kindly when there is none."""
    found = driving.rides_of(contact())
    if len(found) == 1:
        return make_response(redirect(url_for("driver.ride", ride_id=found[0].id), 303))
    now = clock.now()
    entries = [(ride, live(ride, facts_behind(ride), now)) for ride in found]
    return make_response(render_template("driver/rides.html", entries=entries))


@pages.get("/rides/<int:ride_id>")
@open_to(Face.DRIVER)
def ride(ride_id: int) -> str:
    """Where, when, and what to do now."""
    shown = driving.ride_of(contact(), ride_id)
    visit, now = facts_behind(shown), clock.now()
    words, code = live(shown, visit, now), code_for(shown, now)
    patient_gone, wait = visit.state in GONE, wait_at(visit, now)
    return render_template(
        "driver/ride.html",
        ride=shown,
        visit=visit,
        pickup=pickup_at(visit),
        name=first_name(shown.visit.patient),
        live=words,
        version=words.version(shown.state, code),
        code=code,
        device=device_state(me().sign_in),
        map_href=map_url(shown.visit.clinic.address),
        may_ask_home=patient_gone and _drives(shown) and shown.state != RideState.HOME,
        may_say_coming=_is_the_days_driver(shown) and shown.coming_at is None,
        may_look_in=patient_gone,
        stay_near=patient_gone and (wait is None or not wait.over),
        may_withdraw=_may_withdraw(shown),
        others_day=visit.state in NOT_HAPPENING,
    )


@pages.get("/rides/<int:ride_id>/notices")
@open_to(Face.DRIVER)
def allow(ride_id: int) -> str:
    """Thank, and ask for notices by a tap; the first page after a yes."""
    shown = driving.ride_of(contact(), ride_id)
    return render_template(
        "driver/allow.html",
        ride=shown,
        own_name=first_name(contact()),
        name=first_name(shown.visit.patient),
    )


@pages.get("/rides/<int:ride_id>/state")
@open_to(Face.DRIVER)
def state(ride_id: int) -> Response:
    """The mark of what the page would show now; a page that shows another reloads itself."""
    shown = driving.ride_of(contact(), ride_id)
    now = clock.now()
    words = live(shown, facts_behind(shown), now)
    return jsonify(version=words.version(shown.state, code_for(shown, now)))


@pages.post("/rides/<int:ride_id>/coming")
@open_to(Face.DRIVER)
def coming(ride_id: int) -> Response:
    """“Yes, I am coming.”"""
    driving.say_coming(contact(), ride_id, clock.now())
    flash(_("Thank you. The clinic knows that you are coming."))
    return _back_to(ride_id)


@pages.post("/rides/<int:ride_id>/home")
@open_to(Face.DRIVER)
def home(ride_id: int) -> Response:
    """“We are home.”"""
    driving.come_home(contact(), ride_id, clock.now())
    flash(_("Thank you. The clinic knows that you are home."))
    return _back_to(ride_id)


@pages.post("/rides/<int:ride_id>/looked-in")
@open_to(Face.DRIVER)
def looked_in(ride_id: int) -> Response:
    """“Awake, and can talk.”"""
    driving.look_in(contact(), ride_id, clock.now())
    flash(_("Thank you for looking in. The clinic knows."))
    return _back_to(ride_id)


@pages.get("/rides/<int:ride_id>/cannot")
@open_to(Face.DRIVER)
def ask_cannot(ride_id: int) -> str:
    """Ask once more before a yes is taken back."""
    shown = driving.ride_of(contact(), ride_id)
    return render_template("driver/cannot.html", ride=shown, name=first_name(shown.visit.patient))


@pages.post("/rides/<int:ride_id>/cannot")
@open_to(Face.DRIVER)
def cannot(ride_id: int) -> Response:
    """“I cannot do it.”"""
    driving.withdraw_ride(contact(), ride_id, clock.now())
    return make_response(redirect(url_for("driver.withdrawn"), 303))


@pages.get("/withdrawn")
@open_to(Face.DRIVER)
def withdrawn() -> str:
    """Thank somebody who took their yes back; nothing of the visit is shown any more."""
    return render_template("driver/withdrawn.html", help_href=None)


def _back_to(ride_id: int) -> Response:
    return make_response(redirect(url_for("driver.ride", ride_id=ride_id), 303))


def _drives(ride: Ride) -> bool:
    return ride.role != Role.COMPANION


def _may_withdraw(ride: Ride) -> bool:
    happening = VisitState(ride.visit.state) not in NOT_HAPPENING
    return happening and RideState(ride.state) in {RideState.ACCEPTED, RideState.TOOK}


def _is_the_days_driver(ride: Ride) -> bool:
    """Whether “are you still coming?” is a question of this day."""
    before = VisitState(ride.visit.state) in {VisitState.BOOKED, VisitState.ARRIVED}
    asked_at = ride.visit.start_at - driving.STILL_COMING_ASKED
    return _drives(ride) and before and clock.now() >= asked_at
