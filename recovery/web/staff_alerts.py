"""Alerts: listed, taken, resolved with a word."""

import re
from typing import Final

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from recovery import clock, config
from recovery.domain.hours import somebody_watches
from recovery.domain.rights import Right
from recovery.services.addresses import of_who_is_on_call, who_is_on_call_said_stop
from recovery.services.alert_list import past_alerts, shown_alerts
from recovery.services.alerts import SomebodyWasFirst, resolve_alert, take_alert
from recovery.services.refusals import Refused
from recovery.services.unfinished import forget_unfinished
from recovery.store.clinics import Clinic
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.staff_alert_words import alert_card
from recovery.web.staff_pages import staff_pages
from recovery.web.times import clock_time

pages = staff_pages("staff_alerts")
PAGE: Final = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)


@pages.get("/alerts")
@open_to(Face.STAFF)
def index() -> Response:
    """List what needs a person, alerts before tasks, with who is on call."""
    return _page({}, 200)


@pages.get("/alerts/past")
@open_to(Face.STAFF)
def past() -> str:
    """List what was closed: who was told, who took it, who resolved it, with the times."""
    words = request.args.get("page", "1")
    number = int(words) if PAGE.fullmatch(words) else 1
    alerts, more = past_alerts(staff().clinic_id, number)
    cards = [alert_card(shown) for shown in alerts]
    return render_template("staff/alerts_past.html", alerts=cards, number=number, more=more)


@pages.post("/alerts/<int:alert_id>/take")
@open_to(Face.STAFF, Right.ANSWER)
def take(alert_id: int) -> Response:
    """Say that this person looks after an alert."""
    try:
        take_alert(staff(), alert_id, clock.now())
    except SomebodyWasFirst as first:
        return _too_late(first)
    return make_response(redirect(url_for("staff_alerts.index"), 303))


@pages.post("/alerts/<int:alert_id>/resolve")
@open_to(Face.STAFF, Right.ANSWER)
def resolve(alert_id: int) -> Response:
    """Close an alert with a word on what was done."""
    field = f"resolution-{alert_id}"
    try:
        resolve_alert(staff(), alert_id, request.form.get(field, "")[:500], clock.now())
    except SomebodyWasFirst as first:
        return _too_late(first)
    except Refused as refused:
        forget_unfinished()
        return _page({field: _(refused.sentence)}, 422)
    return make_response(redirect(url_for("staff_alerts.index"), 303))


def _too_late(first: SomebodyWasFirst) -> Response:
    """Show the alerts as they are now, and who did what."""
    forget_unfinished()
    when = clock_time(first.at)
    if first.resolution is None:
        words = _("Nothing was changed. %(who)s took it, %(when)s.", who=first.who, when=when)
    else:
        words = _(
            "Nothing was changed. %(who)s closed it, %(when)s: “%(words)s”",
            who=first.who or _("The system"),
            when=when,
            words=first.resolution,
        )
    return _page({"": words}, 409)


def _page(errors: dict[str, str], status: int) -> Response:
    clinic = staff().clinic
    alerts = [alert_card(shown) for shown in shown_alerts(clinic.id)]
    page = render_template(
        "staff/alerts.html",
        alerts=alerts,
        clinic=clinic,
        said_stop=who_is_on_call_said_stop(clinic),
        reach=_reach(clinic),
        errors=errors,
    )
    return make_response(page, status)


def _reach(clinic: Clinic) -> tuple[str, str]:
    """Say whether somebody should be reading now, and whom an alert reaches if nobody does."""
    if somebody_watches(clinic.watched, g.zone, clock.now()):
        return "good", _("These are the hours in which you read what comes in.")
    if of_who_is_on_call(clinic, config.current().outlets):
        return "wait", _("Outside these hours. Alerts go to the person on call.")
    return "alarm", _("Outside these hours, and no text or e-mail can reach the person on call.")
