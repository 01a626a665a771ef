"""How long the clinic keeps a patient's data: the admin's page."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from recovery import clock
from recovery.domain.retention import SECOND_THOUGHTS
from recovery.domain.rights import Right
from recovery.services.refusals import Refused
from recovery.services.retention import over_now, set_keep_days
from recovery.services.unfinished import forget_unfinished
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.staff_pages import staff_pages

pages = staff_pages("staff_keeping")


@pages.get("/keeping")
@open_to(Face.STAFF, Right.CLINIC)
def show() -> Response:
    """Show the rule and how many patients are over by it."""
    return _page({}, 200)


@pages.post("/keeping")
@open_to(Face.STAFF, Right.CLINIC)
def save() -> Response:
    """Keep another rule."""
    try:
        set_keep_days(staff(), request.form.get("days", ""), clock.now())
    except Refused as refused:
        forget_unfinished()
        return _page({refused.field: _(refused.sentence)}, 422)
    flash(_("Saved."))
    return make_response(redirect(url_for("staff_keeping.show"), 303))


def _page(errors: dict[str, str], status: int) -> Response:
    clinic, now = staff().clinic, clock.now()
    works_at = clinic.keep_set_at + SECOND_THOUGHTS if clinic.keep_set_at else None
    page = render_template(
        "staff/keeping.html",
        days=request.form.get("days", clinic.keep_days or ""),
        kept=clinic.keep_days,
        works_at=works_at if works_at and now < works_at else None,
        over=over_now(clinic, now),
        errors=errors,
    )
    return make_response(page, status)
