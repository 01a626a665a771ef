"""Patients: found, added, shown; their welcome link; their notices halted at once."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from recovery import clock, config
from recovery.domain.rights import Right
from recovery.domain.visit import VisitState
from recovery.services.halting import (
    halt_contact,
    halt_patient,
    release_contact,
    release_patient,
)
from recovery.services.own_addresses import OwnAddress, own_addresses
from recovery.services.patients import (
    PatientEntry,
    add_patient,
    contacts_of,
    find_patients,
    own_patient,
    visits_of,
)
from recovery.services.refusals import Refused
from recovery.services.stopped_numbers import stopped_among
from recovery.services.trial import last_trial
from recovery.services.unfinished import forget_unfinished
from recovery.services.welcome import make_welcome_link
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.language import LANGUAGES
from recovery.web.staff_entry import Entry
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_phone_words import phone_lines, trial_lines, trial_mark, trial_waits
from recovery.web.staff_way_words import way_line
from recovery.web.staff_words import STATES

pages = staff_pages("staff_patients")


@pages.get("/patients")
@open_to(Face.STAFF)
def index() -> str:
    """List the clinic's patients; ?q= looks for a name or a number."""
    words = request.args.get("q", "")[:200]
    return render_template(
        "staff/patients.html", patients=find_patients(staff(), words), sought=words
    )


@pages.get("/patients/new")
@open_to(Face.STAFF, Right.BOOK)
def new() -> Response:
    """Ask for a new patient's details."""
    return _form(Entry(request.form, g.zone), 200)


@pages.post("/patients/new")
@open_to(Face.STAFF, Right.BOOK)
def add() -> Response:
    """Add a patient and go on to their page."""
    entry = Entry(request.form, g.zone)
    try:
        patient = add_patient(staff(), _typed(entry), clock.now())
    except Refused as refused:
        forget_unfinished()
        entry.refused(refused)
        return _form(entry, 422)
    return to_patient(patient.id)


@pages.get("/patients/<int:patient_id>")
@open_to(Face.STAFF)
def show(patient_id: int) -> Response:
    """Show a patient, the people they named, and their visits."""
    return patient_page(own_patient(staff(), patient_id), {}, 200)


@pages.post("/patients/<int:patient_id>/welcome")
@open_to(Face.STAFF, Right.BOOK)
def welcome(patient_id: int) -> str:
    """Make a new welcome link and show it once, as a square, as words, and for print."""
    token = make_welcome_link(staff(), patient_id, clock.now())
    link = f"{config.current().public_url}/welcome/{token}"
    return render_template(
        "staff/welcome.html", patient=own_patient(staff(), patient_id), link=link
    )


@pages.post("/patients/<int:patient_id>/halt")
@open_to(Face.STAFF, Right.STOP)
def halt(patient_id: int) -> Response:
    """Stop all notices to a patient."""
    return _change(patient_id, "patient", partial(halt_patient, staff(), patient_id))


@pages.post("/patients/<int:patient_id>/release")
@open_to(Face.STAFF, Right.STOP)
def release(patient_id: int) -> Response:
    """Let notices to a patient go out again."""
    return _change(patient_id, "patient", partial(release_patient, staff(), patient_id))


@pages.post("/patients/<int:patient_id>/contacts/<int:contact_id>/halt")
@open_to(Face.STAFF, Right.STOP)
def halt_person(patient_id: int, contact_id: int) -> Response:
    """Stop all notices to a driver, backup or companion."""
    halt = partial(halt_contact, staff(), patient_id, contact_id)
    return _change(patient_id, str(contact_id), halt)


@pages.post("/patients/<int:patient_id>/contacts/<int:contact_id>/release")
@open_to(Face.STAFF, Right.STOP)
def release_person(patient_id: int, contact_id: int) -> Response:
    """Let notices to a driver, backup or companion go out again."""
    release = partial(release_contact, staff(), patient_id, contact_id)
    return _change(patient_id, str(contact_id), release)


def _change(patient_id: int, whom: str, do: Callable[[str, datetime], object]) -> Response:
    field = f"why-{whom}"
    try:
        do(request.form.get(field, ""), clock.now())
    except Refused as refused:
        forget_unfinished()
        return patient_page(own_patient(staff(), patient_id), {field: _(refused.sentence)}, 422)
    return to_patient(patient_id)


def _typed(entry: Entry) -> PatientEntry:
    language = entry.text("language")
    return PatientEntry(
        name=entry.text("name"),
        born=entry.must_day("born"),
        phone=entry.text("phone"),
        email=entry.text("email"),
        language=language if language in LANGUAGES else LANGUAGES[0],
    )


def _form(entry: Entry, status: int) -> Response:
    page = render_template("staff/patient_new.html", form=entry.form, errors=entry.errors)
    return make_response(page, status)


def patient_page(patient: Patient, errors: dict[str, str], status: int) -> Response:
    """Show a patient's page, with what was typed and what is wrong with it."""
    now, trial = clock.now(), last_trial(patient)
    tried = trial_lines(trial, now) if trial else []
    page = render_template(
        "staff/patient.html",
        patient=patient,
        contacts=contacts_of(patient),
        phones=phone_lines(patient, now),
        trial=trial,
        tried=tried,
        mark=trial_mark(tried),
        test_waits=trial is not None and trial_waits(trial, now),
        ways=[way_line(way) for way in _ways(patient)],
        stopped=stopped_among(contact.phone for contact in contacts_of(patient)),
        visits=[(visit, STATES[VisitState(visit.state)]) for visit in visits_of(patient)],
        errors=errors,
        form=request.form,
    )
    return make_response(page, status)


def _ways(patient: Patient) -> list[OwnAddress]:
    return own_addresses(patient, config.current().outlets, clock.now())


def to_patient(patient_id: int) -> Response:
    """Go on to a patient's page."""
    return make_response(redirect(url_for("staff_patients.show", patient_id=patient_id), 303))
