"""The board: one day's visits at a glance, alerts on top; and the pulse that open pages ask for."""

from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, abort, jsonify, make_response, render_template, request

from recovery import clock
from recovery.domain.times import NOON, instant_at
from recovery.services.addresses import who_is_on_call_said_stop
from recovery.services.alert_list import shown_alerts
from recovery.services.alerts import open_alerts
from recovery.services.board import board as board_of
from recovery.services.board import day_of
from recovery.services.clock_alarms import tells_of_the_clock
from recovery.services.health import worker_alive
from recovery.store.alerts import Alert
from recovery.store.sign_ins import Face
from recovery.web.access import asked_by_itself, open_to, staff
from recovery.web.staff_alert_words import alert_card
from recovery.web.staff_board_words import board_line
from recovery.web.staff_pages import staff_pages

pages = staff_pages("staff_board")


@pages.get("/")
@open_to(Face.STAFF)
def board() -> str:
    """Show the visits of a day (?day=), by default today."""
    clinic, day = staff().clinic, _day()
    alerts, lines = open_alerts(clinic.id), _lines(day)
    return render_template(
        "staff/board.html",
        day=day,
        shown=instant_at(day, NOON, ZoneInfo(clinic.zone)),
        today=day_of(clinic, clock.now()),
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        alerts=[alert_card(shown) for shown in shown_alerts(clinic.id)],
        lines=lines,
        version=_version(alerts, lines),
        clinic=clinic,
        said_stop=who_is_on_call_said_stop(clinic),
        now=clock.now(),
    )


@pages.get("/pulse")
@open_to(Face.STAFF)
@asked_by_itself
def pulse() -> Response:
    """Tell an open page whether notices go out, and whether the board changed: 304 if nothing did.

    A few bytes, so that every open page may ask three times a minute.
    """
    alerts = open_alerts(staff().clinic_id)
    answer = make_response(
        jsonify(
            worker=worker_alive(clock.now()),
            clock=not tells_of_the_clock(alerts),
            sending=staff().clinic.paused_at is None,
            alerts=len(alerts),
            board=_version(alerts, _lines(_day())),
        )
    )
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _day() -> date:
    words = request.args.get("day", "")
    if not words:
        return day_of(staff().clinic, clock.now())
    try:
        day = date.fromisoformat(words)
    except ValueError:
        abort(404)
    if not date(1900, 1, 1) < day < date(3000, 1, 1):
        abort(404)
    return day


def _lines(day: date) -> list[dict[str, Any]]:
    now = clock.now()
    return [board_line(row, now) for row in board_of(staff().clinic, day, now)]


def _version(alerts: Sequence[Alert], lines: list[dict[str, Any]]) -> str:
    """A word that changes when anything on the board does; the running minutes are the page's."""
    shown = [(alert.id, alert.taken_at, alert.raised_at, alert.facts) for alert in alerts]
    return sha256(repr((shown, lines)).encode()).hexdigest()[:16]
