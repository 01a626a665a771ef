"""What stands in a calendar follows the visit, in every zone and over every clock change."""

from dataclasses import replace
from datetime import timedelta
from functools import cache

from flask import Flask, g
from hypothesis import given, settings
from hypothesis import strategies as st

from recovery.domain.calendar import ARRIVE, PICKUP, drivers_entry, patients_entries, revision
from recovery.domain.notices.quiet import is_quiet
from recovery.domain.visit import VisitFacts
from recovery.store.clinics import Clinic
from recovery.web import language
from recovery.web.calendar_files import calendar_file, patients_words
from tests.calendars import begins, events_in, rings
from tests.visits import DAYS, HOURS, any_visit, at, booked, spans

CLINIC = Clinic(
    name="Lakeside Infusions",
    neutral_name="Lakeside",
    phone="+12125550100",
    address="12 Lake Street",
)
EARLY = booked(start=at(23, 9))


def test_a_patients_calendar_holds_deadlines_arrival_and_pick_up() -> None:
    entries = patients_entries(booked())
    assert [(entry.name, entry.begins) for entry in entries] == [
        ("alcohol-cannabis", at(21, 11, 30)),
        ("heavy-meal", at(23, 3, 30)),
        ("food", at(23, 5, 30)),
        ("last-drink", at(23, 9, 30)),
        (ARRIVE, at(23, 11, 15)),
        (PICKUP, at(23, 13, 30)),
    ]


def test_a_deadline_rings_at_its_time_and_an_hour_before() -> None:
    drink = next(entry for entry in patients_entries(booked()) if entry.name == "last-drink")
    assert drink.alarms == (at(23, 8, 30), at(23, 9, 30))


def test_what_would_ring_at_night_rings_the_evening_before() -> None:
    food = next(entry for entry in patients_entries(EARLY) if entry.name == "food")
    assert food.begins == at(23, 3)
    assert food.alarms == (at(22, 20),)


def test_an_early_arrival_still_rings_an_hour_before() -> None:
    arrive = next(entry for entry in patients_entries(EARLY) if entry.name == ARRIVE)
    assert arrive.alarms == (at(22, 8, 45), at(23, 7, 45))


def test_in_the_chair_nothing_rings() -> None:
    assert patients_entries(booked())[-1].alarms == ()


def test_the_driver_is_reminded_a_day_and_an_hour_before_the_pick_up() -> None:
    entry = drivers_entry(booked())
    assert entry.begins == at(23, 13, 30)
    assert entry.alarms == (at(22, 13, 30), at(23, 12, 30))


@given(any_visit())
def test_no_deadline_rings_in_quiet_hours_nor_after_itself(visit: VisitFacts) -> None:
    for entry in patients_entries(visit):
        assert all(moment <= entry.begins for moment in entry.alarms)
        if entry.step is not None:
            quiet = visit.protocol.quiet_hours
            assert not [m for m in entry.alarms if is_quiet(m, quiet, visit.zone)]


@given(any_visit())
def test_every_entry_has_a_name_of_its_own_and_a_length(visit: VisitFacts) -> None:
    entries = patients_entries(visit)
    assert len({entry.name for entry in entries}) == len(entries)
    assert all(entry.begins < entry.ends for entry in entries)


@given(any_visit(), st.lists(spans(timedelta(seconds=1), 3 * DAYS), min_size=1, max_size=4))
def test_each_move_makes_a_newer_revision_of_the_same_entries(
    visit: VisitFacts, gaps: list[timedelta]
) -> None:
    versions, moved = [visit], visit.known_since + 10 * HOURS
    for gap in gaps:
        moved += gap
        last = versions[-1]
        versions.append(replace(last, start=last.start + gap, moved_at=moved, known_since=moved))
    revisions = [revision(version) for version in versions]
    assert revisions == sorted(set(revisions))
    assert all(0 <= number < 2**31 for number in revisions)
    names = [[entry.name for entry in patients_entries(version)] for version in versions]
    assert all(sorted(name) == sorted(names[0]) for name in names)


def test_a_cancelled_visit_is_a_newer_revision() -> None:
    assert revision(replace(booked(), cancelled_at=at(22, 9))) > revision(booked())


@cache
def an_app() -> Flask:
    """An app that speaks, and does nothing else."""
    app = Flask(__name__)
    language.attach(app)
    return app


@settings(max_examples=30)
@given(any_visit(), st.sampled_from(["en", "es"]))
def test_what_a_calendar_reads_is_what_was_meant_in_every_zone(
    visit: VisitFacts, tongue: str
) -> None:
    entries = patients_entries(visit)
    with an_app().test_request_context():
        g.language, g.zone, g.clinic = tongue, visit.zone, CLINIC
        words = [(e, patients_words(e, visit, "Sam", visit.known_since)) for e in entries]
        file = calendar_file(visit, words, "https://clinic.example/me/visits/1", visit.known_since)
    read = events_in(file.get_data())
    assert [begins(event) for event in read] == [entry.begins for entry in entries]
    assert [rings(event) for event in read] == [sorted(entry.alarms) for entry in entries]
    assert len({str(event["uid"]) for event in read}) == len(entries)
