"""A visit on paper: its summary for the record, and what patient and driver take home."""

from collections.abc import Iterator
from datetime import datetime

from flask import g, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from recovery import clock
from recovery.domain.discharge import asked_checks
from recovery.domain.visit import VisitState
from recovery.services.reading import driver_name
from recovery.services.start import gate_flags
from recovery.services.visit_moves import facts_now, own_visit
from recovery.services.visit_summary import VisitSummary, summary_of
from recovery.store.sign_ins import Face
from recovery.store.visits import Visit
from recovery.web.access import open_to, staff
from recovery.web.language import LANGUAGES, NAMES
from recovery.web.monitoring_words import form_on_paper, missing_words, watched_words
from recovery.web.paper import bar_to, paper_of
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_vital_words import pressure_words, values_words
from recovery.web.staff_words import STATES, flag_words, protocol_name, said

pages = staff_pages("staff_summary")


@pages.get("/visits/<int:visit_id>/summary")
@open_to(Face.STAFF)
def show(visit_id: int) -> str:
    """Show all that was measured, decided and found at a visit, for print."""
    visit, now = own_visit(staff(), visit_id), clock.now()
    found = summary_of(visit, now)
    protocol = found.facts.protocol
    form = protocol.monitoring_form
    return render_template(
        "paper/summary.html",
        bar=bar_to(url_for("staff_visit.show", visit_id=visit_id)),
        visit=visit,
        found=found,
        protocol=protocol,
        protocol_named=protocol_name(protocol, protocol.version),
        state=STATES[VisitState(visit.state)][1],
        moments=list(_moments(visit)),
        measured=[(one.at, values_words(one)) for one in found.measured],
        three=_three(found),
        noted=list(form_on_paper(form, found.noted)),
        not_noted=missing_words(form, found.noted),
        watched=watched_words(visit.started_at, visit.ready_at or visit.left_at, protocol.stay),
        readings=[(r.at, r.total(protocol.discharge)) for r in found.door.readings],
        checks=[(said(c.text), c.id in found.door.checks) for c in asked_checks(found.facts)],
        driver=driver_name(found.facts),
        decided=_decided(visit, found, now),
        events=[(_event(found, alert.red_flag or ""), alert) for alert in found.events],
        printed_by=staff().name,
        now=now,
    )


@pages.get("/visits/<int:visit_id>/going-home")
@open_to(Face.STAFF)
def going_home(visit_id: int) -> str:
    """Show what both take along, for print; ?language= chooses, else the patient's."""
    visit, now = own_visit(staff(), visit_id), clock.now()
    wanted = request.args.get("language", "")
    chosen = wanted if wanted in LANGUAGES else visit.patient.language
    facts = facts_now(visit)
    bar = bar_to(url_for("staff_visit.show", visit_id=visit.id))
    # The paper is the patient's: its language, and the clock as it is read in their country.
    g.language, g.clock_country = chosen, visit.clinic.country
    with force_locale(chosen):
        return render_template(
            "paper/home.html",
            bar=bar,
            languages_offered=NAMES.items(),
            **paper_of(facts, visit.patient, driver_name(facts), now),
        )


def _decided(visit: Visit, found: VisitSummary, now: datetime) -> list[str]:
    flags = gate_flags(visit, found.facts, visit.started_at or now)
    return [flag_words(flag) for flag in flags if flag.id in visit.decided_flags]


def _moments(visit: Visit) -> Iterator[tuple[str, datetime | None]]:
    yield _("Came"), visit.arrived_at
    yield _("Start"), visit.started_at
    yield _("End"), visit.ended_at
    yield _("Last sedative given here"), visit.last_sedative_at
    yield _("Ready to leave"), visit.ready_at
    yield _("Left"), visit.left_at


def _three(found: VisitSummary) -> list[tuple[str, str, datetime | None]]:
    minutes = int(found.facts.protocol.stay.recheck.total_seconds() // 60)
    asked = (
        (_("Before the dose"), found.three.before),
        (_("%(minutes)s minutes after the start", minutes=minutes), found.three.later),
        (_("Before leaving"), found.three.leaving),
    )
    return [(name, pressure_words(m) if m else "", m.at if m else None) for name, m in asked]


def _event(found: VisitSummary, flag: str) -> str:
    rule = found.facts.protocol.red_flag(flag)
    return said(rule.button) if rule else flag
