"""A visit's plan on paper for people without a phone, printed at the front desk."""

from flask import g, render_template, request, url_for
from flask_babel import force_locale

from recovery import clock, config
from recovery.domain.rights import Right
from recovery.domain.visit import VisitState
from recovery.services.reading import driver_name
from recovery.services.visit_moves import facts_now, own_visit
from recovery.services.welcome import make_welcome_link
from recovery.store.sign_ins import Face
from recovery.store.visits import Visit
from recovery.web.access import may, open_to, staff
from recovery.web.language import LANGUAGES, NAMES
from recovery.web.paper import bar_to, paper_of
from recovery.web.staff_pages import staff_pages

pages = staff_pages("staff_paper")


@pages.get("/visits/<int:visit_id>/paper")
@open_to(Face.STAFF)
def show(visit_id: int) -> str:
    """Show the plan for print; ?language= chooses its language, else it is the patient's."""
    return _paper(own_visit(staff(), visit_id), request.args.get("language", ""), "")


@pages.post("/visits/<int:visit_id>/paper")
@open_to(Face.STAFF, Right.BOOK)
def with_link(visit_id: int) -> str:
    """Show the plan with a new welcome link as a square; the link before it ends."""
    visit = own_visit(staff(), visit_id)
    token = make_welcome_link(staff(), visit.patient_id, clock.now())
    link = f"{config.current().public_url}/welcome/{token}"
    return _paper(visit, request.form.get("language", ""), link)


def _paper(visit: Visit, language: str, link: str) -> str:
    chosen = language if language in LANGUAGES else visit.patient.language
    facts = facts_now(visit)
    bar = bar_to(url_for("staff_visit.show", visit_id=visit.id))
    # The paper is the patient's: its language, and the clock as it is read in their country.
    g.language, g.clock_country = chosen, visit.clinic.country
    with force_locale(chosen):
        printed = paper_of(facts, visit.patient, driver_name(facts), clock.now())
        return render_template(
            "paper/plan.html",
            link=link,
            bar=bar,
            languages_offered=NAMES.items(),
            may_link=not link and may(Right.BOOK) and facts.state is VisitState.BOOKED,
            **printed,
        )
