"""The clinic's own page for its admin: names, numbers, hours, colour and logo."""

from dataclasses import fields
from typing import Final

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from recovery import clock
from recovery.domain.rights import Right
from recovery.services.audit import Actor
from recovery.services.clinic_look import choose_accent, choose_logo, remove_logo
from recovery.services.clinics import ClinicEntry, change_clinic
from recovery.services.refusals import Refused
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.staff_pages import staff_pages

pages = staff_pages("staff_clinic")
FIELDS: Final = tuple(field.name for field in fields(ClinicEntry))


@pages.get("/clinic")
@open_to(Face.STAFF, Right.CLINIC)
def show() -> Response:
    """Show what patients, drivers and staff are told of the clinic."""
    return _page({}, 200)


@pages.post("/clinic")
@open_to(Face.STAFF, Right.CLINIC)
def change() -> Response:
    """Change names, numbers and hours."""
    given = {name: request.form.get(name, "")[:400] for name in FIELDS}
    try:
        entry = ClinicEntry(**given)
        change_clinic(staff().clinic, entry, Actor("staff", staff().id), clock.now())
    except Refused as refused:
        return _page({refused.field: _(refused.sentence)}, 422, given)
    return _done()


@pages.post("/clinic/accent")
@open_to(Face.STAFF, Right.CLINIC)
def accent() -> Response:
    """Take the clinic's colours."""
    given = {name: request.form.get(name, "")[:40] for name in ("accent", "accent_dim")}
    try:
        choose_accent(staff(), given["accent"], given["accent_dim"], clock.now())
    except Refused as refused:
        return _page({refused.field: _(refused.sentence)}, 422, given)
    return _done()


@pages.post("/clinic/logo")
@open_to(Face.STAFF, Right.CLINIC)
def logo() -> Response:
    """Take a file as the logo."""
    file = request.files.get("logo")
    try:
        choose_logo(staff(), file.read() if file else b"", clock.now())
    except Refused as refused:
        return _page({refused.field: _(refused.sentence)}, 422)
    return _done()


@pages.post("/clinic/logo/remove")
@open_to(Face.STAFF, Right.CLINIC)
def no_logo() -> Response:
    """Show no logo any more."""
    remove_logo(staff(), clock.now())
    return _done()


def _done() -> Response:
    flash(_("Saved."))
    return make_response(redirect(url_for("staff_clinic.show"), 303))


def _page(errors: dict[str, str], status: int, given: dict[str, str] | None = None) -> Response:
    clinic = staff().clinic
    stored = {name: getattr(clinic, name) for name in (*FIELDS, "accent", "accent_dim")}
    page = render_template(
        "staff/clinic.html", errors=errors, values=stored | (given or {}), clinic=clinic
    )
    return make_response(page, status)
