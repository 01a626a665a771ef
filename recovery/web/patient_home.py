"""The patient's home: one screen, chosen by where the patient stands."""

from typing import Any

from flask import Response, g, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from recovery import clock, config
from recovery.domain.notices.says import pickup_at
from recovery.services.codes import CODE_LIVES, make_code
from recovery.services.devices import device_state
from recovery.services.entry import keep_until_after_last_visit, leave
from recovery.services.reading import Stage, standing_of
from recovery.services.refusals import Refused
from recovery.services.wishes import settle
from recovery.store.sign_ins import Face
from recovery.web.access import me, open_to, patient, take_cookie_back
from recovery.web.patient_driver import LINKS
from recovery.web.patient_pages import dim_if_waiting, patient_pages
from recovery.web.patient_plan import plan_page
from recovery.web.patient_wait import wait_page

pages = patient_pages("patient_home", kept=True)


@pages.get("", strict_slashes=False)
@open_to(Face.PATIENT)
def home() -> Response:
    """Show the one screen that the patient needs now."""
    now = clock.now()
    if patient().settled_at is None:
        return make_response(redirect(url_for("patient_home.wishes"), 303))
    keep_until_after_last_visit(me().sign_in, config.current().patient_after_last_visit, now)
    standing = standing_of(patient(), now)
    common: dict[str, Any] = {"standing": standing, "device": device_state(me().sign_in)}
    if standing.stage in {Stage.WAIT, Stage.OVER} and standing.visit is not None:
        return make_response(wait_page(standing, standing.visit, now, common))
    if standing.stage is Stage.DAY and standing.visit is not None:
        g.theme = "dim"
        pickup = pickup_at(standing.visit)
        return make_response(render_template("patient/day.html", pickup=pickup, **common))
    if standing.stage is Stage.PREPARE and standing.visit is not None:
        return make_response(plan_page(standing, standing.visit, now, common))
    return make_response(render_template("patient/nothing.html", **common))


@pages.get("/visits/<int:visit_id>")
@open_to(Face.PATIENT)
def visit(visit_id: int) -> Response:
    """Show the preparation of a coming visit while the screen of the last one is still home."""
    now = clock.now()
    standing = standing_of(patient(), now)
    upcoming = standing.upcoming
    if upcoming is None or upcoming.id != visit_id:
        return make_response(redirect(url_for("patient_home.home"), 303))
    common = {"standing": standing, "device": device_state(me().sign_in)}
    return make_response(plan_page(standing, upcoming, now, common))


@pages.get("/settle")
@open_to(Face.PATIENT)
def wishes() -> str:
    """Ask for language and wording, with an example of each."""
    dim_if_waiting()
    return render_template("patient/settle.html", errors={}, who=patient())


@pages.post("/settle")
@open_to(Face.PATIENT)
def keep_wishes() -> Response:
    """Keep language and wording; the first time, notices come next."""
    first = patient().settled_at is None
    chosen = request.form.get("language", ""), request.form.get("wording", "")
    try:
        settle(patient(), *chosen, clock.now())
    except Refused as refused:
        errors = {refused.field: _(refused.sentence)}
        page = render_template("patient/settle.html", errors=errors, who=patient())
        return make_response(page, 422)
    onwards = "patient_notices.allow" if first else "patient_home.home"
    return make_response(redirect(url_for(onwards), 303))


@pages.get("/code")
@open_to(Face.PATIENT)
def code() -> str:
    """Offer a short code for the installed app or another phone."""
    g.not_kept = True
    dim_if_waiting()
    return render_template("patient/my_code.html", code="")


@pages.post("/code")
@open_to(Face.PATIENT)
def show_code() -> str:
    """Make a code and show it once."""
    now = clock.now()
    made = make_code(patient(), now)
    dim_if_waiting()
    address = f"{config.current().public_url}/code"
    return render_template(
        "patient/my_code.html", code=made, until=now + CODE_LIVES, address=address
    )


@pages.get("/leave")
@open_to(Face.PATIENT)
def ask_to_leave() -> str:
    """Ask before signing out: answers that still wait on this phone would be lost."""
    g.not_kept = True
    dim_if_waiting()
    return render_template("patient/leave.html")


@pages.post("/leave")
@open_to(Face.PATIENT)
def go() -> Response:
    """Sign this browser out: its device ends with it, and it keeps none of the pages."""
    leave(me().sign_in, clock.now())
    session.pop(LINKS, None)
    response = make_response(render_template("patient/left.html"))
    return take_cookie_back(response, Face.PATIENT)
