"""Visits as calendar files (RFC 5545): for the patient, and for whoever drives them.

Times are UTC, so that no calendar needs our zone's rules. A phone shows an entry and its alarm on
the lock screen, so the words keep to what a notice may say there: the clinic's neutral name, and
nothing at all of what it is about for somebody who chose the discreet wording.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from flask import Response, g
from flask_babel import gettext as _
from icalendar import Alarm, Calendar, Event

from recovery import config
from recovery.domain.calendar import ARRIVE, Entry, changed_at, revision
from recovery.domain.visit import NOT_HAPPENING, VisitFacts
from recovery.web.patient_words import filled, spoken
from recovery.web.times import clock_time

MAKER: Final = "-//Homeward//Homeward//EN"


@dataclass(frozen=True, slots=True)
class EntryWords:
    """What an entry says: on the lock screen (`title`), and once it is opened."""

    title: str
    text: str = ""
    place: str = ""


def patients_words(entry: Entry, visit: VisitFacts, driver: str, now: datetime) -> EntryWords:
    """Return what an entry says in the patient's calendar; `driver`: a name or ""."""
    step, clinic = entry.step, g.clinic
    if step is not None and step.lock_title is not None and step.lock_body is not None:
        title, text = (
            filled(words, visit, entry.begins, now, clinic=clinic.neutral_name)
            for words in (step.lock_title, step.lock_body)
        )
        return EntryWords(title, text)
    if entry.name == ARRIVE:
        text = _(
            "Please be there by %(time)s. Open the app to see what to bring.",
            time=spoken(entry.begins, now),
        )
        return EntryWords(_("Be there: %(place)s", place=clinic.neutral_name), text, clinic.address)
    text = _("%(name)s takes you home.", name=driver) if driver else ""
    title = _("Pick-up at about %(time)s", time=clock_time(entry.begins))
    return EntryWords(title, text, clinic.address)


def discreet_words() -> EntryWords:
    """Return what an entry says when nobody may learn anything from it."""
    return EntryWords(g.clinic.neutral_name, _("Open the app to see what this is about."))


def calendar_file(
    visit: VisitFacts, entries: Iterable[tuple[Entry, EntryWords]], page: str, now: datetime
) -> Response:
    """Return the entries as a file that any calendar takes. `page`: our page that tells more.

    The same entry keeps its UID, and a later one replaces it. The entries of a visit that does
    not take place are marked so and ring no more.
    """
    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for entry, words in entries:
        calendar.add_component(_event(entry, words, visit, page, now))
    answer = Response(calendar.to_ical(), content_type="text/calendar; charset=utf-8")
    # Not as an attachment: iPhones offer to add what they may show.
    answer.headers["Content-Disposition"] = 'inline; filename="visit.ics"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _event(entry: Entry, words: EntryWords, visit: VisitFacts, page: str, now: datetime) -> Event:
    off = visit.state in NOT_HAPPENING
    event = Event()
    event.add("uid", str(uuid5(NAMESPACE_URL, f"{page}#{entry.name}")))
    event.add("sequence", revision(visit))
    event.add("dtstamp", now.astimezone(UTC))
    event.add("last-modified", changed_at(visit))
    event.add("dtstart", entry.begins.astimezone(UTC))
    event.add("dtend", entry.ends.astimezone(UTC))
    event.add("summary", words.title)
    for name, said in (("description", words.text), ("location", words.place)):
        if said:
            event.add(name, said)
    event.add("url", page)
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if off else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if off or entry.step is not None else "OPAQUE")
    for moment in () if off else entry.alarms:
        event.add_component(_alarm(entry, moment, words.title))
    return event


def _alarm(entry: Entry, moment: datetime, title: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", moment - entry.begins)
    return alarm


def own_page(path: str) -> str:
    """The address of one of our pages, as a calendar on another device needs it."""
    return f"{config.current().public_url}{path}"
