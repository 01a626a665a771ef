"""What is printed when a visit ends: the summary for the record, and a sheet each to take home."""

import re
from datetime import timedelta

import pytest

from recovery.domain.visit import VisitState
from recovery.store.database import db
from recovery.store.visits import Visit, Vital
from tests.builders import NOW, a_patient, a_protocol_version, a_ride, a_visit_at_the_door
from tests.builders_protocol import shipped
from tests.front_desk import Desk
from tests.integration.test_staff_discharge import at_the_door

FORM = (
    "Start time", "End time", "Dose", "Sedation", "Dissociation", "Respiratory depression",
    "Serious event", "Before the dose", "40 minutes after the start", "Before leaving",
    "Ready to leave", "Watched",
)  # fmt: skip


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def printed(desk: Desk, visit: int, what: str) -> str:
    answer = desk.client.get(f"/staff/visits/{visit}/{what}")
    assert answer.status_code == 200
    return words_of(answer.text)


def test_the_summary_says_what_was_measured_decided_and_found_and_by_whom(desk: Desk) -> None:
    visit = at_the_door(desk)
    desk.done(visit, "handover", handed_to="Sam, to the car", handover_why="Phone was empty.")
    desk.done(visit, "discharge")
    page = printed(desk, visit, "summary")
    for words in (
        "Rosa Delgado", "Blood pressure 122/78 mmHg", "Decided by a clinician", "Provider Weiss",
        "Asked by phone.", "10 / 10", "Sam, to the car", "Phone was empty.", "No driving before",
    ):  # fmt: skip
        assert words in page, words
    assert "Monitoring form" not in page


def test_an_exemption_is_printed_with_its_clinician_and_reason(desk: Desk) -> None:
    page = printed(desk, at_the_door(desk, driver=False), "summary")
    assert "Without a driver : Provider Weiss. Lives next door, neighbour waits." in page


def test_the_esketamine_profile_prints_the_fields_of_its_monitoring_form(desk: Desk) -> None:
    protocol = shipped("esketamine-nasal")
    with desk.inside() as clinic:
        body = {"slug": protocol.id, "body": protocol.model_dump_json()}
        version = a_protocol_version(clinic, **body)
        row = a_visit_at_the_door(a_patient(clinic), version)
        a_ride(row)
        visit, started = row.id, row.started_at
        assert started is not None
        for minutes, upper in ((-5, 121), (41, 135), (90, 124)):
            of = {"visit_id": visit, "at": started + timedelta(minutes=minutes)}
            db.session.add(Vital(measure="systolic", value=upper, **of))
            db.session.add(Vital(measure="diastolic", value=80, **of))
        db.session.commit()
    page = printed(desk, visit, "summary")
    for words in FORM:
        assert words in page, words
    three = re.search(r"Before the dose (.*?) Ready to leave", page)
    assert three is not None
    assert re.findall(r"\d+/80", three[1]) == ["121/80", "135/80", "124/80"]


@pytest.mark.parametrize("state", [VisitState.READY, VisitState.DISCHARGED])
def test_both_take_a_sheet_home_with_the_time_once_it_is_known(
    desk: Desk, state: VisitState
) -> None:
    with desk.inside() as clinic:
        left = {"left_at": NOW} if state is VisitState.DISCHARGED else {}
        row = a_visit_at_the_door(a_patient(clinic), state=state.value, **left)
        a_ride(row)
        visit = row.id
    page = printed(desk, visit, "going-home")
    known = state is VisitState.DISCHARGED
    assert ("Not before Tuesday, March 3, 9:00 AM." in page.replace("\u202f", " ")) is known
    assert ("The staff write it here when you leave." in page) is not known
    assert "for at least 24 hours after you leave, and not before a good night’s sleep" in page
    assert "Thank you for taking Rosa home" in page
    assert "Cannot be woken" in page or "wake" in page
    spanish = desk.client.get(f"/staff/visits/{visit}/going-home?language=es").text
    assert "Después de su visita" in spanish


def test_nobody_else_prints_another_clinics_visit(desk: Desk, stranger: Desk) -> None:
    visit = desk.visit()
    with desk.inside():
        assert db.session.get(Visit, visit) is not None
    for what in ("summary", "going-home"):
        assert stranger.client.get(f"/staff/visits/{visit}/{what}").status_code == 404
