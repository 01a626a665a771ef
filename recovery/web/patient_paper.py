"""The patient's own plan to print."""

from flask import render_template

from recovery import clock
from recovery.services.reading import driver_name, own_visit
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, patient
from recovery.web.paper import bar_to, paper_of
from recovery.web.patient_pages import patient_pages

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
