"""The patient's own plan to print, and what to do at home to read on the phone."""

from flask import Response, make_response, redirect, render_template, url_for

from recovery import clock
from recovery.services.reading import driver_name, own_visit
from recovery.services.sheets import WENT_HOME
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, patient
from recovery.web.paper import bar_to, paper_of, sheet_of
from recovery.web.patient_pages import dim_while_waiting, patient_pages

pages = patient_pages("patient_paper", kept=True)


@pages.get("/visits/<int:visit_id>/paper")
@open_to(Face.PATIENT)
def paper(visit_id: int) -> str:
    """Show all of it on one page, for print; the driver's part is cut off below."""
    visit = own_visit(patient(), visit_id)
    printed = paper_of(visit, patient(), driver_name(visit), clock.now())
    return render_template(
        "paper/plan.html", link="", bar=bar_to(f"/me/visits/{visit_id}"), **printed
    )


@pages.get("/visits/<int:visit_id>/going-home")
@open_to(Face.PATIENT)
def going_home(visit_id: int) -> Response:
    """Show what to do at home, as long as the visit is theirs; before the leaving, their home."""
    visit, now = own_visit(patient(), visit_id), clock.now()
    if visit.state not in WENT_HOME:
        return make_response(redirect(url_for("patient_home.home"), 303))
    dim_while_waiting(visit, now)
    sheet = sheet_of(visit, patient(), now)
    return make_response(render_template("patient/going_home.html", **sheet))
