"""The pages of a driver, backup or companion who said yes. What they tap is in `driver_acts`."""

from flask import Response, jsonify, make_response, redirect, render_template, request, url_for

from recovery import clock
from recovery.domain.notices.says import pickup_at
from recovery.domain.protocol.questions import Urgency
from recovery.domain.ride import RideState, Role
from recovery.domain.visit import GONE, NOT_HAPPENING, VisitFacts, VisitState
from recovery.domain.wait import wait_at
from recovery.services import driving
from recovery.services.devices import device_state
from recovery.services.handover_code import code_for
from recovery.services.sheets import looks_after
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face
from recovery.web.access import asked_by_itself, contact, me, open_to
from recovery.web.driver_after import awake
from recovery.web.driver_now import now_for
from recovery.web.driver_pages import driver_pages, facts_behind, map_url
from recovery.web.driver_words import Act, first_name
from recovery.web.paper import sheet_of
from recovery.web.patient_words import said

pages = driver_pages("driver", "/driver")


@pages.get("/")
@open_to(Face.DRIVER)
def rides() -> Response:
    """Lead to the ride; list them if there are several; say kindly when there is none."""
    found = driving.rides_of(contact())
    if len(found) == 1:
        return make_response(redirect(url_for("driver.ride", ride_id=found[0].id), 303))
    now = clock.now()
    entries = [(ride, now_for(ride, facts_behind(ride), now)) for ride in found]
    return make_response(render_template("driver/rides.html", entries=entries))


@pages.get("/rides/<int:ride_id>")
@open_to(Face.DRIVER)
def ride(ride_id: int) -> str:
    """What to do now and when, then the code, where, whom to call, what to watch for."""
    shown = driving.ride_of(contact(), ride_id)
    visit, now = facts_behind(shown), clock.now()
    words, code = now_for(shown, visit, now), code_for(shown, now)
    wait = wait_at(visit, now)
    over = wait is not None and wait.over
    with_them = (
        visit.state in GONE - {VisitState.TRANSFERRED} and not over and not _other(shown, visit)
    )
    name = first_name(shown.visit.patient)
    return render_template(
        "driver/ride.html",
        ride=shown,
        visit=visit,
        name=name,
        now=words,
        version=words.version(shown.state, code),
        code=code,
        device=device_state(me().sign_in),
        pickup=pickup_at(visit),
        map_href=map_url(shown.visit.clinic.address, request.user_agent.string),
        comes=_drives(shown) and visit.state not in GONE | NOT_HAPPENING,
        told=with_them or visit.state not in GONE | NOT_HAPPENING,
        watch_for=_emergencies(visit) if with_them else [],
        awake=awake(name) if with_them and words.act is not Act.LOOKED_IN else "",
        sheet=looks_after(visit, shown.id) and not over,
        may_withdraw=_may_withdraw(shown) and (with_them or visit.state not in GONE),
    )


@pages.get("/rides/<int:ride_id>/going-home")
@open_to(Face.DRIVER)
def going_home(ride_id: int) -> Response:
    """What to do for the patient at home, for who is with them; else their ride."""
    shown = driving.ride_of(contact(), ride_id)
    visit = facts_behind(shown)
    if not looks_after(visit, shown.id):
        return make_response(redirect(url_for("driver.ride", ride_id=ride_id), 303))
    sheet = sheet_of(visit, shown.visit.patient, clock.now())
    return make_response(render_template("driver/going_home.html", ride=shown, **sheet))


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
@asked_by_itself
def state(ride_id: int) -> Response:
    """The mark of what the page would show now; a page that shows another reloads itself.

    Asked again and again by every open page: nothing but a header (304) while it is the same.
    """
    shown = driving.ride_of(contact(), ride_id)
    now = clock.now()
    version = now_for(shown, facts_behind(shown), now).version(shown.state, code_for(shown, now))
    answer = jsonify(version=version)
    answer.set_etag(version)
    answer.make_conditional(request)
    return answer


@pages.get("/withdrawn")
@open_to(Face.DRIVER)
def withdrawn() -> str:
    """Thank somebody who took their yes back; nothing of the visit is shown any more."""
    return render_template("driver/withdrawn.html", help_href=None)


def _drives(ride: Ride) -> bool:
    return ride.role != Role.COMPANION


def _other(ride: Ride, visit: VisitFacts) -> bool:
    """Whether somebody else took the patient home."""
    return _drives(ride) and visit.driver is not None and visit.driver.id != ride.id


def _may_withdraw(ride: Ride) -> bool:
    happening = VisitState(ride.visit.state) not in NOT_HAPPENING
    return happening and RideState(ride.state) in {RideState.ACCEPTED, RideState.TOOK}


def _emergencies(visit: VisitFacts) -> list[str]:
    """What must not wait, in the protocol's words: the buttons behind “Something is wrong”."""
    return [
        said(flag.button)
        for flag in visit.protocol.red_flags
        if flag.asked_of_others and flag.urgency is Urgency.EMERGENCY
    ]
