"""A calendar of the clinic's visits for staff, by a secret address that they make and end."""

from datetime import timedelta
from typing import Final
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from icalendar import Calendar, Event

from recovery import clock
from recovery.services.refusals import Refused
from recovery.services.staff_calendars import (
    FeedEntry,
    end_calendar,
    feed_entry,
    feed_visits,
    make_calendar,
    mark_of_feed,
    open_calendar,
)
from recovery.store.clinics import Clinic
from recovery.store.sign_ins import Face
from recovery.web.access import ANYONE, open_to, staff
from recovery.web.calendar_files import MAKER, own_page
from recovery.web.staff_me import everything_own
from recovery.web.staff_pages import staff_pages

pages = staff_pages("staff_calendar")
doors = Blueprint("calendar_feed", __name__)
#: How often a calendar that listens to us should ask.
REFRESH: Final = timedelta(minutes=15)


@pages.post("/me/calendars")
@open_to(Face.STAFF)
def make() -> Response:
    """Make an address and show it once."""
    try:
        token = make_calendar(staff(), request.form.get("label", ""), clock.now())
    except Refused as refused:
        return everything_own({refused.field: _(refused.sentence)}, 422)
    address = own_page(f"/calendar/{token}.ics")
    # The calendars of phones and desktops open this kind of link themselves.
    subscribe = "webcal" + address[address.index(":") :]
    page = render_template("staff/me/calendar.html", address=address, subscribe=subscribe)
    return make_response(page)


@pages.post("/me/calendars/<int:calendar_id>/end")
@open_to(Face.STAFF)
def end(calendar_id: int) -> Response:
    """End an address; from now on it opens nothing."""
    end_calendar(staff(), calendar_id, clock.now())
    return make_response(redirect(url_for("staff_me.show"), 303))


@doors.get("/calendar/<token>.ics")
@open_to(ANYONE)
def feed(token: str) -> Response:
    """Answer a calendar: times and initials; 304 when nothing changed since it last asked."""
    now = clock.now()
    clinic = open_calendar(token, now).staff.clinic
    visits = feed_visits(clinic, now)
    mark = mark_of_feed(visits)
    fresh = request.if_none_match.contains(mark)
    zone = ZoneInfo(clinic.zone)
    body = b"" if fresh else _calendar(clinic, [feed_entry(one, zone) for one in visits])
    answer = Response(body, 304 if fresh else 200, content_type="text/calendar; charset=utf-8")
    answer.set_etag(mark)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _calendar(clinic: Clinic, entries: list[FeedEntry]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", clinic.neutral_name)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    for entry in entries:
        calendar.add_component(_event(entry))
    return bytes(calendar.to_ical())


def _event(entry: FeedEntry) -> Event:
    page = own_page(f"/staff/visits/{entry.visit_id}")
    event = Event()
    event.add("uid", str(uuid5(NAMESPACE_URL, page)))
    event.add("sequence", entry.revision)
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("dtstart", entry.start)
    event.add("dtend", entry.end)
    event.add("summary", entry.who)
    event.add("url", page)
    event.add("class", "PRIVATE")
    event.add("status", "CONFIRMED")
    return event
