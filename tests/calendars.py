"""Calendar files as a calendar reads them."""

from datetime import datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

#: What of an entry a person reads.
READ = ("summary", "description", "location")


def events_in(file: str | bytes) -> list[Event]:
    """Read a file strictly and return its entries in their order."""
    calendar = Calendar.from_ical(file)
    assert isinstance(calendar, Calendar)
    assert calendar.errors == []
    events = list(calendar.events)
    assert all(event.errors == [] for event in events)
    return events


def said(event: Event, name: str) -> str:
    """What an entry says under a name, "" when nothing."""
    return str(event.get(name, ""))


def begins(event: Event) -> datetime:
    """When an entry begins."""
    start: Any = event.start
    assert isinstance(start, datetime)
    return start


def rings(event: Event) -> list[datetime]:
    """When an entry rings, as a calendar counts it."""
    found = []
    for alarm in event.walk("VALARM"):
        trigger: Any = alarm["trigger"].dt
        assert isinstance(trigger, timedelta)
        found.append(begins(event) + trigger)
    return sorted(found)


def calendar_words(file: str | bytes) -> list[str]:
    """All that a person reads in a file, alarms too."""
    events = events_in(file)
    alarms = [alarm for event in events for alarm in event.walk("VALARM")]
    return [said(part, name) for part in (*events, *alarms) for name in READ if said(part, name)]
