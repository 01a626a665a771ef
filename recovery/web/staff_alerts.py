"""Alerts: listed, taken, resolved with a word."""

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from recovery import clock
from recovery.domain.rights import Right
from recovery.services.alert_list import shown_alerts
from recovery.services.alerts import resolve_alert, take_alert
from recovery.services.refusals import Refused
from recovery.services.unfinished import forget_unfinished
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.staff_alert_words import alert_card
from recovery.web.staff_pages import staff_pages

pages = staff_pages("staff_alerts")


@pages.get("/alerts")
@open_to(Face.STAFF)
def index() -> Response:
    """List what needs a person, alerts before tasks, with who is on call."""
    return _page({}, 200)


@pages.post("/alerts/<int:alert_id>/take")
@open_to(Face.STAFF, Right.ANSWER)
def take(alert_id: int) -> Response:
    """Say that this person looks after an alert."""
    take_alert(staff(), alert_id, clock.now())
    return make_response(redirect(url_for("staff_alerts.index"), 303))


@pages.post("/alerts/<int:alert_id>/resolve")
@open_to(Face.STAFF, Right.ANSWER)
def resolve(alert_id: int) -> Response:
    """Close an alert with a word on what was done."""
    field = f"resolution-{alert_id}"
    try:
        resolve_alert(staff(), alert_id, request.form.get(field, "")[:500], clock.now())
    except Refused as refused:
        forget_unfinished()
        return _page({field: _(refused.sentence)}, 422)
    return make_response(redirect(url_for("staff_alerts.index"), 303))


def _page(errors: dict[str, str], status: int) -> Response:
    clinic = staff().clinic
    alerts = [alert_card(shown) for shown in shown_alerts(clinic.id)]
    page = render_template("staff/alerts.html", alerts=alerts, clinic=clinic, errors=errors)
    return make_response(page, status)
