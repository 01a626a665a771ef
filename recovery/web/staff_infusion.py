"""The start gate, the exemption, the infusion and its end."""

from flask import Response

from recovery.domain.protocol.day import Measure
from recovery.domain.rights import Right
from recovery.services.exemption import end_exemption, exempt_from_driver
from recovery.services.infusion import end_infusion, give_sedative, make_ready
from recovery.services.start import GateEntry, decide_on_holds, record_gate, start_infusion
from recovery.services.vitals import record_vitals
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.staff_entry import Entry
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_visit import act

pages = staff_pages("staff_infusion")

TAKEN = "taken-"
ASKED = "q-"


@pages.post("/visits/<int:visit_id>/gate")
@open_to(Face.STAFF, Right.TREAT)
def gate(visit_id: int) -> Response:
    """Keep what was measured and asked before the start."""
    return act(visit_id, lambda entry, now: record_gate(staff(), visit_id, _gate(entry), now))


@pages.post("/visits/<int:visit_id>/decide")
@open_to(Face.STAFF, Right.DECIDE)
def decide(visit_id: int) -> Response:
    """A clinician decides on the holds that the page showed."""
    return act(
        visit_id,
        lambda entry, now: decide_on_holds(
            staff(), visit_id, entry.chosen("hold"), entry.text("decision_why"), now
        ),
    )


@pages.post("/visits/<int:visit_id>/exempt")
@open_to(Face.STAFF, Right.DECIDE)
def exempt(visit_id: int) -> Response:
    """A clinician lets the visit go on without a driver."""
    return act(
        visit_id,
        lambda entry, now: exempt_from_driver(staff(), visit_id, entry.text("exempt_why"), now),
    )


@pages.post("/visits/<int:visit_id>/exempt/end")
@open_to(Face.STAFF, Right.DECIDE)
def stop_exempting(visit_id: int) -> Response:
    """The visit needs a driver again."""
    return act(visit_id, lambda entry, now: end_exemption(staff(), visit_id, now))


@pages.post("/visits/<int:visit_id>/start")
@open_to(Face.STAFF, Right.TREAT)
def start(visit_id: int) -> Response:
    """Start the infusion."""
    return act(
        visit_id,
        lambda entry, now: start_infusion(
            staff(),
            visit_id,
            entry.moment_or("started_at", now),
            entry.chosen("looked_at"),
            now,
        ),
    )


@pages.post("/visits/<int:visit_id>/vitals")
@open_to(Face.STAFF, Right.TREAT)
def measure(visit_id: int) -> Response:
    """Keep vital signs measured now."""
    return act(visit_id, lambda entry, now: record_vitals(staff(), visit_id, _vitals(entry), now))


@pages.post("/visits/<int:visit_id>/given")
@open_to(Face.STAFF, Right.TREAT)
def sedative(visit_id: int) -> Response:
    """Another sedative was given here."""
    return act(
        visit_id,
        lambda entry, now: give_sedative(
            staff(), visit_id, entry.moment_or("sedative_at", now), now
        ),
    )


@pages.post("/visits/<int:visit_id>/end")
@open_to(Face.STAFF, Right.TREAT)
def end(visit_id: int) -> Response:
    """The infusion ended, as planned or early."""
    return act(
        visit_id,
        lambda entry, now: end_infusion(
            staff(),
            visit_id,
            entry.moment_or("ended_at", now),
            now,
            stopped_early=entry.ticked("stopped_early"),
        ),
    )


@pages.post("/visits/<int:visit_id>/ready")
@open_to(Face.STAFF, Right.TREAT)
def ready(visit_id: int) -> Response:
    """The patient is ready for pick-up."""
    return act(visit_id, lambda entry, now: make_ready(staff(), visit_id, now))


def _gate(entry: Entry) -> GateEntry:
    given = {
        name.removeprefix(TAKEN): entry.moment(name, needed=False)
        for name in entry.form
        if name.startswith(TAKEN)
    }
    vitals = _vitals(entry)
    return GateEntry(
        vitals=vitals,
        last_taken={rule: at for rule, at in given.items() if at is not None},
        answers={
            name.removeprefix(ASKED): entry.text(name)
            for name in entry.form
            if name.startswith(ASKED)
        },
        driver_reached=entry.ticked("driver_reached"),
    )


def _vitals(entry: Entry) -> dict[Measure, float]:
    given = {measure: entry.number(measure.value) for measure in Measure}
    entry.check()
    return {measure: value for measure, value in given.items() if value is not None}
