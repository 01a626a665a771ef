"""A series: booked in one go, moved or cancelled from one visit on, all or nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from recovery.store.audit import AuditRow
from recovery.store.clinics import ProtocolVersion
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.store.visits import Visit
from tests.builders import a_patient, a_protocol_version, a_visit
from tests.filled_form import FilledForm, Sent
from tests.front_desk import Desk

NEW_YORK = ZoneInfo("America/New_York")
SIX = "start=2026-03-04T10:00&count=6&weekday=2&weekday=4"


@pytest.fixture
def patient_id(desk: Desk) -> int:
    with desk.inside() as clinic:
        a_protocol_version(clinic)
        return a_patient(clinic).id


def preview(desk: Desk, patient_id: int, how: str = SIX) -> Sent:
    """The form of the page that shows every date, as it stands there."""
    page = desk.client.get(f"/staff/patients/{patient_id}/series?{how}&protocol={version(desk)}")
    assert page.status_code == 200, page.text
    return FilledForm(page.text).sent()


def version(desk: Desk) -> int:
    with desk.inside() as clinic:
        return (
            db.session.scalars(
                select(Visit.protocol_version_id).where(Visit.clinic_id == clinic.id)
            ).first()
            or a_protocol_version(clinic, version=77).id
        )


def send(desk: Desk, patient_id: int, form: Sent, **changes: str) -> TestResponse:
    return desk.client.post(f"/staff/patients/{patient_id}/series", data=form | changes)


def starts(desk: Desk, patient_id: int, state: str = "booked") -> list[str]:
    """The clinic's clock at each visit, in order."""
    with desk.inside():
        rows = db.session.scalars(
            select(Visit.start_at)
            .where(Visit.patient_id == patient_id, Visit.state == state)
            .order_by(Visit.start_at)
        ).all()
    return [f"{start.astimezone(NEW_YORK):%m-%d %H:%M}" for start in rows]


def booked(desk: Desk, patient_id: int) -> list[int]:
    """Book six visits; their ids in order."""
    assert send(desk, patient_id, preview(desk, patient_id), do="book").status_code == 303
    with desk.inside():
        return list(
            db.session.scalars(
                select(Visit.id).where(Visit.patient_id == patient_id).order_by(Visit.start_at)
            )
        )


ALL = ["03-04 10:00", "03-06 10:00", "03-11 10:00", "03-13 10:00", "03-18 10:00", "03-20 10:00"]


def test_six_visits_are_booked_in_one_commit_at_one_hour_of_the_clinics_clock(
    desk: Desk, patient_id: int
) -> None:
    booked(desk, patient_id)
    assert starts(desk, patient_id) == ALL
    with desk.inside():
        assert db.session.scalar(select(func.count(Visit.series.distinct()))) == 1
        assert len(set(db.session.scalars(select(Notice.visit_id)))) == 6
        verbs = select(AuditRow.verb).where(AuditRow.subject == "visit")
        assert list(db.session.scalars(verbs)) == ["booked"] * 6


def test_looking_at_the_dates_books_nothing_and_says_what_to_look_at(
    desk: Desk, patient_id: int
) -> None:
    page = desk.client.get(
        f"/staff/patients/{patient_id}/series?{SIX}&weekday=5&protocol={version(desk)}"
    ).text
    assert "Wednesday, March\u00a04" in page
    assert "Eastern Time (America/New_York)" in page
    assert "The clocks go forward the night after." in page
    assert starts(desk, patient_id) == []


def test_the_same_form_sent_twice_books_once(desk: Desk, patient_id: int) -> None:
    form = preview(desk, patient_id)
    for _ in range(2):
        assert send(desk, patient_id, form, do="book").status_code == 303
    assert starts(desk, patient_id) == ALL
    other = send(desk, patient_id, form, **{"start-6": "", "do": "check"})
    changed = FilledForm(other.text).sent()
    assert send(desk, patient_id, changed, do="book").status_code == 409
    assert starts(desk, patient_id) == ALL


def test_the_same_form_from_two_tablets_at_once_books_once(
    desk: Desk, nurse: Desk, patient_id: int
) -> None:
    form = preview(desk, patient_id)
    tokens = [person.client.token("/staff/patients/new") for person in (desk, nurse)]

    def press(place: int) -> int:
        person = (desk, nurse)[place]
        return send(person, patient_id, form, csrf_token=tokens[place], do="book").status_code

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(press, range(2))) == [303, 303]
    assert starts(desk, patient_id) == ALL


def test_a_corrected_date_is_looked_at_before_it_is_booked(desk: Desk, patient_id: int) -> None:
    form = preview(desk, patient_id)
    again = send(desk, patient_id, form, **{"start-2": "2026-03-07T11:30", "do": "book"})
    assert again.status_code == 409
    assert "Saturday, March\u00a07" in again.text
    assert starts(desk, patient_id) == []
    assert send(desk, patient_id, FilledForm(again.text).sent(), do="book").status_code == 303
    assert starts(desk, patient_id)[1] == "03-07 11:30"


def test_one_date_that_cannot_be_keeps_all_from_being_booked(desk: Desk, patient_id: int) -> None:
    pinned_to = version(desk)
    with desk.inside():
        patient = db.session.get_one(Patient, patient_id)
        pinned = db.session.get_one(ProtocolVersion, pinned_to)
        a_visit(patient, pinned, start_at=datetime(2026, 3, 11, 15, tzinfo=NEW_YORK))
    form = preview(desk, patient_id)
    answer = send(desk, patient_id, form, do="book")
    assert answer.status_code == 422
    assert "This patient has another visit that day." in answer.text
    assert starts(desk, patient_id) == ["03-11 15:00"]


@pytest.mark.parametrize(
    "how",
    [
        "start=&count=6&weekday=1",
        "start=2026-03-04T10:00&count=1&weekday=1",
        "start=2026-03-04T10:00&count=25&weekday=1",
        "start=2026-03-04T10:00&count=6",
        "start=2026-03-04T10:00&count=6&weekday=1&every=3",
        "start=2026-03-04T10:00&count=6&every=0",
        "start=2026-03-04T10:00&count=6&every=nan",
    ],
)
def test_a_pattern_that_cannot_be_is_refused_with_what_was_typed(
    desk: Desk, patient_id: int, how: str
) -> None:
    page = desk.client.get(f"/staff/patients/{patient_id}/series?{how}&protocol={version(desk)}")
    assert page.status_code == 422
    assert "Please check this" in page.text


def test_all_that_follow_move_by_the_same_span_of_the_clinics_clock(
    desk: Desk, patient_id: int
) -> None:
    ids = booked(desk, patient_id)
    page = desk.act(ids[1], "move", start="2026-03-07T11:15", scope="following")
    assert page.status_code == 200
    assert "Until now: Friday, March\u00a06" in page.text
    assert starts(desk, patient_id) == ALL
    form = FilledForm(page.text).sent()
    assert desk.client.post(f"/staff/visits/{ids[1]}/move-following", data=form).status_code == 303
    assert starts(desk, patient_id) == [
        "03-04 10:00",
        "03-07 11:15",
        "03-12 11:15",
        "03-14 11:15",
        "03-19 11:15",
        "03-21 11:15",
    ]


def test_what_changed_since_the_new_dates_were_shown_stops_the_move(
    desk: Desk, nurse: Desk, patient_id: int
) -> None:
    ids = booked(desk, patient_id)
    shown = desk.act(ids[0], "move", start="2026-03-05T10:00", scope="following")
    nurse.done(ids[3], "cancel", cancel_why="Ill.")
    form = FilledForm(shown.text).sent()
    answer = desk.client.post(f"/staff/visits/{ids[0]}/move-following", data=form)
    assert answer.status_code == 409
    assert starts(desk, patient_id) == [start for start in ALL if start != ALL[3]]


def test_all_that_follow_are_cancelled_for_one_reason_and_what_came_before_stays(
    desk: Desk, patient_id: int
) -> None:
    ids = booked(desk, patient_id)
    assert desk.act(ids[2], "cancel", cancel_scope="following").status_code == 422
    assert starts(desk, patient_id) == ALL
    desk.done(ids[2], "cancel", cancel_scope="following", cancel_why="Stops the treatment.")
    assert starts(desk, patient_id) == ALL[:2]
    assert starts(desk, patient_id, "cancelled") == ALL[2:]
    with desk.inside():
        owed = select(Notice.visit_id).where(Notice.state == "owed", Notice.visit_id.in_(ids[2:]))
        plan = db.session.scalars(owed.where(Notice.due_at > desk.clock() + timedelta(days=1)))
        assert list(plan) == []


def test_who_comes_second_is_told_who_was_first(desk: Desk, nurse: Desk, patient_id: int) -> None:
    ids = booked(desk, patient_id)
    nurse.done(ids[0], "cancel", cancel_why="Ill.")
    answer = desk.client.post(
        f"/staff/visits/{ids[0]}/move-following",
        data={"csrf_token": desk.client.token("/staff/patients/new"), "start": "2026-03-05T10:00"},
    )
    assert answer.status_code == 409
    assert "Nurse Weiss was first" in answer.text


def test_a_series_of_another_clinic_is_not_there(
    desk: Desk, stranger: Desk, patient_id: int
) -> None:
    ids = booked(desk, patient_id)
    token = stranger.client.token("/staff/patients/new")
    assert stranger.client.get(f"/staff/patients/{patient_id}/series").status_code == 404
    form = {"csrf_token": token, "start": "2026-03-05T10:00"}
    path = f"/staff/visits/{ids[0]}/move-following"
    assert stranger.client.post(path, data=form).status_code == 404
    assert starts(desk, patient_id) == ALL
