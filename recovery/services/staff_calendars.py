"""Calendars of staff: addresses that they make and end, and the visits that are read there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from recovery.domain.calendar import changed_at, revision
from recovery.domain.rights import Right
from recovery.domain.visit import NOT_HAPPENING, VisitFacts, VisitState
from recovery.services.audit import Actor, record
from recovery.services.facts import protocol_of
from recovery.services.refusals import NotFound, Refused
from recovery.services.sign_in import hashed, new_token
from recovery.store.clinics import Clinic, Staff
from recovery.store.database import db, reading
from recovery.store.staff_calendars import StaffCalendar
from recovery.store.visits import Visit

MOST_CALENDARS: Final = 5
LONGEST_LABEL: Final = 40
#: How far a calendar sees: what was last month, and half a year ahead.
BACK, AHEAD = timedelta(days=30), timedelta(days=183)
#: How long the time of the last question may lag behind.
SEEN_EVERY: Final = timedelta(hours=1)
#: How long the person is told that an address ended by itself.
MISSED_FOR: Final = timedelta(days=14)


class EndedBy(StrEnum):
    """What ended a calendar beside a tap of its person."""

    NEW_ENTRY = "new-entry"
    SHUT_OUT = "shut-out"


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One visit in a calendar. Times are UTC; `end` is when the patient is likely to be ready.

    `who`: the patient's initials; a calendar lies open on a desk, and on other people's servers.
    """

    visit_id: int
    who: str
    start: datetime
    end: datetime
    changed_at: datetime
    revision: int


def make_calendar(staff: Staff, label: str, now: datetime) -> str:
    """Make an address and return its token, which is kept as a hash only; commits."""
    if len(calendars_of(staff)) >= MOST_CALENDARS:
        raise Refused("You have five calendars. End one that you no longer use.", "label")
    label = " ".join(label.split())
    if len(label) > LONGEST_LABEL:
        raise Refused("Please write less: 40 letters at most.", "label")
    token = new_token()
    calendar = StaffCalendar(
        clinic_id=staff.clinic_id,
        staff_id=staff.id,
        token_hash=hashed(token),
        label=label,
        created_at=now,
    )
    db.session.add(calendar)
    record(staff.clinic_id, Actor("staff", staff.id), "made-calendar", calendar, now)
    db.session.commit()
    return token


def end_calendar(staff: Staff, calendar_id: int, now: datetime) -> None:
    """End one of the person's addresses at once; NotFound for any other. Commits."""
    calendar = next((one for one in calendars_of(staff) if one.id == calendar_id), None)
    if calendar is None:
        raise NotFound
    calendar.ended_at = now
    record(staff.clinic_id, Actor("staff", staff.id), "ended-calendar", calendar, now)
    db.session.commit()


def end_calendars(staff: Staff, by: EndedBy, now: datetime) -> None:
    """End all of a person's addresses, so that none outlives their sign-ins. Does not commit."""
    for calendar in calendars_of(staff):
        calendar.ended_at, calendar.ended_by = now, by.value


def ended_lately(staff: Staff, now: datetime) -> Sequence[StaffCalendar]:
    """Return the addresses that ended by themselves and that the person may still miss."""
    return db.session.scalars(
        select(StaffCalendar)
        .where(
            StaffCalendar.staff_id == staff.id,
            StaffCalendar.ended_by != "",
            StaffCalendar.ended_at > now - MISSED_FOR,
        )
        .order_by(StaffCalendar.id.desc())
    ).all()


def calendars_of(staff: Staff) -> Sequence[StaffCalendar]:
    """Return the addresses that the person has made and not ended, the newest first."""
    return db.session.scalars(
        select(StaffCalendar)
        .where(StaffCalendar.staff_id == staff.id, StaffCalendar.ended_at.is_(None))
        .order_by(StaffCalendar.id.desc())
    ).all()


def open_calendar(token: str, now: datetime) -> StaffCalendar:
    """Return the calendar behind an address and note that it was asked.

    NotFound, the same whatever the reason: it never was, was ended, or its person no longer
    works here or may not see the visits.
    """
    calendar = db.session.scalars(
        select(StaffCalendar).where(StaffCalendar.token_hash == hashed(token))
    ).first()
    if calendar is None or calendar.ended_at is not None:
        raise NotFound
    if calendar.staff.disabled_at is not None or not calendar.staff.may(Right.SEE):
        raise NotFound
    if calendar.seen_at is None or now - calendar.seen_at >= SEEN_EVERY:
        db.session.commit()
        with reading(False):
            calendar.seen_at = now
            db.session.commit()
    return calendar


def feed_visits(clinic: Clinic, now: datetime) -> Sequence[Visit]:
    """Return the clinic's visits that a calendar shows, by time. One query."""
    return db.session.scalars(
        select(Visit)
        .where(
            Visit.clinic_id == clinic.id,
            Visit.start_at >= now - BACK,
            Visit.start_at < now + AHEAD,
            Visit.state.not_in([state.value for state in NOT_HAPPENING]),
        )
        .order_by(Visit.start_at, Visit.id)
        .options(joinedload(Visit.patient), joinedload(Visit.protocol_version))
    ).all()


def mark_of_feed(visits: Sequence[Visit]) -> str:
    """Return a mark that changes when anything does that a calendar shows."""
    shown = [
        (
            one.id,
            initials(one.patient.name),
            one.start_at,
            one.protocol_version_id,
            one.arrived_at,
            one.started_at,
            one.ended_at,
        )
        for one in visits
    ]
    return sha256(repr(shown).encode()).hexdigest()[:32]


def feed_entry(visit: Visit, zone: ZoneInfo) -> FeedEntry:
    """Return what a calendar shows of a visit."""
    facts = VisitFacts(
        id=visit.id,
        clinic_id=visit.clinic_id,
        patient_id=visit.patient_id,
        protocol=protocol_of(visit.protocol_version),
        zone=zone,
        start=visit.start_at,
        known_since=visit.moved_at or visit.booked_at,
        state=VisitState(visit.state),
        booked_at=visit.booked_at,
        arrived_at=visit.arrived_at,
        started_at=visit.started_at,
        ended_at=visit.ended_at,
    )
    return FeedEntry(
        visit_id=visit.id,
        who=initials(visit.patient.name),
        start=visit.start_at,
        end=max(facts.pickup_expected, visit.start_at + timedelta(minutes=15)),
        changed_at=changed_at(facts),
        revision=revision(facts),
    )


def initials(name: str) -> str:
    """Return the first letters of a person's first and last name: "R. D."."""
    words = [word for word in name.replace("-", " ").split() if word[0].isalpha()]
    chosen = words if len(words) < 2 else [words[0], words[-1]]
    return " ".join(f"{word[0].upper()}." for word in chosen)
