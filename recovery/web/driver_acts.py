"""What a driver, backup or companion says with one tap."""

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _

from recovery import clock
from recovery.services import driving
from recovery.store.sign_ins import Face
from recovery.web.access import contact, open_to
from recovery.web.driver_pages import driver_pages
from recovery.web.driver_words import first_name

pages = driver_pages("driver_acts", "/driver")


@pages.post("/rides/<int:ride_id>/coming")
@open_to(Face.DRIVER)
def coming(ride_id: int) -> Response:
    """“Yes, I am coming.”"""
    driving.say_coming(contact(), ride_id, clock.now())
    flash(_("Thank you. The clinic knows that you are coming."))
    return _back_to(ride_id)


@pages.post("/rides/<int:ride_id>/set-out")
@open_to(Face.DRIVER)
def set_out(ride_id: int) -> Response:
    """“I am on my way.”"""
    driving.say_set_out(contact(), ride_id, clock.now())
    return _back_to(ride_id)


@pages.post("/rides/<int:ride_id>/here")
@open_to(Face.DRIVER)
def here(ride_id: int) -> Response:
    """“I am here.”"""
    driving.say_here(contact(), ride_id, clock.now())
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


def _back_to(ride_id: int) -> Response:
    return make_response(redirect(url_for("driver.ride", ride_id=ride_id), 303))
