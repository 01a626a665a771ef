"""A visit for the patient's own calendar."""

from flask import Response

from recovery import clock
from recovery.domain.calendar import patients_entries
from recovery.services.reading import driver_name, own_visit
from recovery.store.patients import Wording
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, patient
from recovery.web.calendar_files import calendar_file, discreet_words, own_page, patients_words
from recovery.web.patient_pages import patient_pages

pages = patient_pages("patient_calendar")


@pages.get("/visits/<int:visit_id>/calendar.ics")
@open_to(Face.PATIENT)
def calendar(visit_id: int) -> Response:
    """Deadlines, arrival and pick-up, with alarms; read anew it replaces what it said before."""
    visit, now = own_visit(patient(), visit_id), clock.now()
    discreet, driver = patient().wording == Wording.DISCREET, driver_name(visit)
    entries = [
        (entry, discreet_words() if discreet else patients_words(entry, visit, driver, now))
        for entry in patients_entries(visit)
    ]
    return calendar_file(visit, entries, own_page(f"/me/visits/{visit_id}"), now)
