"""How a patient is reached: tried on demand, and corrected when it was taken down wrong."""

from collections.abc import Callable

from flask import Response, jsonify, make_response, redirect, request, url_for
from flask_babel import gettext as _

from recovery import clock
from recovery.domain.rights import Right
from recovery.services.corrections import correct_reach
from recovery.services.patients import own_patient
from recovery.services.refusals import Conflict, Refused, TooManyTries
from recovery.services.trial import last_trial, send_test_for
from recovery.services.unfinished import forget_unfinished
from recovery.store.sign_ins import Face
from recovery.web.access import asked_by_itself, open_to, staff
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_patients import patient_page
from recovery.web.staff_phone_words import trial_lines, trial_mark

pages = staff_pages("staff_reach")


@pages.post("/patients/<int:patient_id>/test")
@open_to(Face.STAFF, Right.BOOK)
def test(patient_id: int) -> Response:
    """Send a test notice to all phones of a patient."""
    return _do(patient_id, lambda: send_test_for(staff(), patient_id, clock.now()))


@pages.get("/patients/<int:patient_id>/test/state")
@open_to(Face.STAFF)
@asked_by_itself
def state(patient_id: int) -> Response:
    """The mark of what became of the newest test: a header alone (304) while it is the same."""
    trial = last_trial(own_patient(staff(), patient_id))
    mark = trial_mark(trial_lines(trial, clock.now()) if trial else [])
    answer = jsonify(version=mark)
    answer.set_etag(mark)
    answer.make_conditional(request)
    return answer


@pages.post("/patients/<int:patient_id>/reach")
@open_to(Face.STAFF, Right.BOOK)
def correct(patient_id: int) -> Response:
    """Correct the phone number or e-mail that the clinic has on record."""
    phone, email = request.form.get("phone", ""), request.form.get("email", "")
    return _do(patient_id, lambda: correct_reach(staff(), patient_id, phone, email, clock.now()))


def _do(patient_id: int, do: Callable[[], object]) -> Response:
    try:
        do()
    except Refused as refused:
        forget_unfinished()
        errors = {refused.field or "test": _(refused.sentence)}
        return patient_page(own_patient(staff(), patient_id), errors, _status(refused))
    page = url_for("staff_patients.show", patient_id=patient_id, _anchor="phones")
    return make_response(redirect(page, 303))


def _status(refused: Refused) -> int:
    if isinstance(refused, TooManyTries):
        return 429
    return 409 if isinstance(refused, Conflict) else 422
