"""How a patient is reached: tried on demand, and corrected when it was taken down wrong."""

from collections.abc import Callable

from flask import Response, make_response, redirect, request, url_for
from flask_babel import gettext as _

from recovery import clock
from recovery.domain.rights import Right
from recovery.services.corrections import correct_reach
from recovery.services.patients import own_patient
from recovery.services.refusals import Conflict, Refused, TooManyTries
from recovery.services.trial import send_test_for
from recovery.services.unfinished import forget_unfinished
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_patients import patient_page

pages = staff_pages("staff_reach")


@pages.post("/patients/<int:patient_id>/test")
@open_to(Face.STAFF, Right.BOOK)
def test(patient_id: int) -> Response:
    """Send a test notice to all phones of a patient."""
    return _do(patient_id, lambda: send_test_for(staff(), patient_id, clock.now()))


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
