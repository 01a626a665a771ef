"""A patient's rights, done by staff for a patient who asks at the desk or by phone."""

from flask import Response, flash, g, make_response, redirect, render_template, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from recovery import clock
from recovery.domain.rights import Right
from recovery.services.account_end import end_account, why_not_yet
from recovery.services.audit import Actor
from recovery.services.looking import looks_at
from recovery.services.own_data import all_of, note_copy
from recovery.services.patients import own_patient
from recovery.services.refusals import NotFound
from recovery.services.retention import erase_ended
from recovery.services.rides import ride_to_show, told_of, withdraw_consent
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.own_data_words import as_file, look_words, record_on_paper, told
from recovery.web.paper import bar_to
from recovery.web.staff_pages import staff_pages

pages = staff_pages("staff_data")


@pages.get("/patients/<int:patient_id>/data")
@open_to(Face.STAFF)
def show(patient_id: int) -> str:
    """Show who has looked at a patient's record, who is told, and what may be done."""
    patient = own_patient(staff(), patient_id)
    return render_template(
        "staff/data.html",
        patient=patient,
        looks=[(look_words(look), look.at) for look in looks_at(patient)],
        people=[told(ride) for ride in told_of(patient.id)],
        not_yet=why_not_yet(patient, clock.now()),
    )


@pages.post("/patients/<int:patient_id>/data/file")
@open_to(Face.STAFF, Right.EXPORT)
def save(patient_id: int) -> Response:
    """Hand out all that is kept of a patient as a file."""
    patient = own_patient(staff(), patient_id)
    return as_file(all_of(patient, _me(), clock.now()), patient_id)


@pages.post("/patients/<int:patient_id>/data/all")
@open_to(Face.STAFF, Right.EXPORT)
def print_all(patient_id: int) -> str:
    """Show all that is kept of a patient for print, in the patient's language."""
    note_copy(own_patient(staff(), patient_id), _me(), clock.now())
    patient = own_patient(staff(), patient_id)
    bar = bar_to(url_for("staff_data.show", patient_id=patient_id))
    g.language, g.clock_country = patient.language, patient.clinic.country
    with force_locale(patient.language):
        printed = record_on_paper(patient, clock.now())
        return render_template("paper/record.html", bar=bar, **printed)


@pages.post("/patients/<int:patient_id>/data/rides/<int:ride_id>/stop")
@open_to(Face.STAFF, Right.STOP)
def stop_telling(patient_id: int, ride_id: int) -> Response:
    """Take back, for the patient, the leave to tell somebody."""
    patient = own_patient(staff(), patient_id)
    if ride_to_show(ride_id, _me()).visit.patient_id != patient.id:
        raise NotFound
    withdraw_consent(ride_id, _me(), clock.now())
    return _back(patient_id)


@pages.post("/patients/<int:patient_id>/data/end")
@open_to(Face.STAFF, Right.DATA)
def finish(patient_id: int) -> Response:
    """End a patient's account at their wish."""
    end_account(patient_id, staff().clinic_id, _me(), clock.now())
    return _back(patient_id)


@pages.post("/patients/<int:patient_id>/data/erase")
@open_to(Face.STAFF, Right.DATA)
def erase(patient_id: int) -> Response:
    """Erase what is kept of somebody who ended their account."""
    erase_ended(staff(), patient_id, clock.now())
    flash(_("Erased. Nothing personal is kept here any more."))
    return make_response(redirect(url_for("staff_patients.index"), 303))


def _me() -> Actor:
    return Actor("staff", staff().id)


def _back(patient_id: int) -> Response:
    return make_response(redirect(url_for("staff_data.show", patient_id=patient_id), 303))
