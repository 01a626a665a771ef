"""The day's appointments from a CSV file: seen row by row, all booked or none, and only once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import create_engine, event, func, select
from werkzeug.test import TestResponse

from recovery.config import Settings
from recovery.services.account_end import end_account
from recovery.services.audit import Actor, first_broken_row
from recovery.store.audit import AuditRow
from recovery.store.clinics import ProtocolVersion
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.store.visits import Visit
from tests.builders import NOW, a_clinic, a_patient, a_protocol_version, a_visit
from tests.filled_form import FilledForm
from tests.front_desk import Desk

FIRST = "name,born,date,time,phone,language\n"
TWO = FIRST + (
    "Rosa Delgado,1988-04-12,2026-03-04,09:30,(212) 555-0142,\n"
    "Ana Ruiz,4/30/1990,3/4/2026,10:30 AM,,Español\n"
)


@pytest.fixture(autouse=True)
def _with_a_protocol(desk: Desk) -> None:
    with desk.inside() as clinic:
        a_protocol_version(clinic)


def send(desk: Desk, content: str | bytes) -> TestResponse:
    """Choose a file and press the button."""
    raw = content.encode() if isinstance(content, str) else content
    token = desk.client.token("/staff/import").encode()
    # Written by hand: the test client's own writer leaves the temporary file of a long body open.
    body = (
        b'--end\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n' + token + b"\r\n"
        b'--end\r\nContent-Disposition: form-data; name="file"; filename="day.csv"\r\n'
        b"Content-Type: text/csv\r\n\r\n" + raw + b"\r\n--end--\r\n"
    )
    kind = "multipart/form-data; boundary=end"
    return desk.client.post("/staff/import", data=body, content_type=kind)


def book(desk: Desk, shown: TestResponse) -> TestResponse:
    """Press the button of the page that shows the rows."""
    form = FilledForm(shown.text).sent()
    return desk.client.post("/staff/import/book", data=form)


def booked(desk: Desk) -> list[tuple[str, str]]:
    """Who comes when, UTC."""
    with desk.inside():
        found = select(Patient.name, Visit.start_at).join(Visit, Visit.patient_id == Patient.id)
        return [
            (name, f"{at:%m-%d %H:%M}")
            for name, at in db.session.execute(found.order_by(Visit.start_at))
        ]


BOTH = [("Rosa Delgado", "03-04 14:30"), ("Ana Ruiz", "03-04 15:30")]


def test_every_row_is_seen_first_and_then_all_are_booked_at_the_clinics_time(desk: Desk) -> None:
    shown = send(desk, TWO)
    assert shown.status_code == 200
    assert shown.text.count("New patient") == 2
    assert booked(desk) == []
    answer = book(desk, shown)
    assert answer.status_code == 303
    assert answer.location.endswith("day=2026-03-04")
    assert booked(desk) == BOTH
    with desk.inside():
        ana = db.session.scalars(select(Patient).where(Patient.name == "Ana Ruiz")).one()
        assert (ana.language, ana.phone) == ("es", "")
        assert len(set(db.session.scalars(select(Notice.visit_id)))) == 2
        verbs = db.session.scalars(select(AuditRow.verb).order_by(AuditRow.number)).all()
        assert verbs == ["added"] * 2 + ["booked"] * 2


def test_the_same_file_again_and_the_same_form_again_book_nothing_twice(desk: Desk) -> None:
    shown = send(desk, TWO)
    for _ in range(2):
        assert book(desk, shown).status_code == 303
    again = send(desk, TWO)
    assert again.text.count("Booked already, stays as it is") == 2
    assert "There is nothing to do." in again.text
    assert booked(desk) == BOTH


def test_the_same_file_from_two_tablets_at_once_is_booked_once(desk: Desk, nurse: Desk) -> None:
    with desk.inside() as clinic:
        a_patient(clinic)
    tokens = [person.client.token("/staff/import") for person in (desk, nurse)]

    def press(place: int) -> int:
        form = {"csrf_token": tokens[place], "text": TWO}
        return (desk, nurse)[place].client.post("/staff/import/book", data=form).status_code

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(press, range(2))) == [303, 303]
    assert booked(desk) == BOTH
    with desk.inside():
        assert db.session.scalar(select(func.count(Patient.id))) == 2


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2999-12-31"])
def test_a_day_that_nobody_means_is_a_wrong_row_and_no_failure(desk: Desk, day: str) -> None:
    for words in (f"Ana Ruiz,1990-04-30,{day},23:59,,\n", f"Ana Ruiz,{day},2026-03-04,09:30,,\n"):
        shown = send(desk, FIRST + words)
        assert shown.status_code == 200
        assert "1 row is not right yet" in shown.text


def test_one_wrong_row_keeps_all_from_being_booked_until_it_is_put_right(desk: Desk) -> None:
    wrong = TWO.replace("10:30 AM", "half past ten")
    shown = send(desk, wrong)
    assert "1 row is not right yet." in shown.text
    assert "Please write the time like this" in shown.text
    token = desk.client.token("/staff/import")
    pressed = desk.client.post("/staff/import/book", data={"csrf_token": token, "text": wrong})
    assert pressed.status_code == 422
    assert booked(desk) == []
    form = FilledForm(shown.text).sent()
    mended = str(form["text"]).replace("half past ten", "10:30")
    right = desk.client.post("/staff/import", data=form | {"text": mended})
    assert book(desk, right).status_code == 303
    assert booked(desk) == BOTH


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("Bo Li,1990-01-01,2026-03-08,02:30", "The clocks skip this time"),
        ("Bo Li,1990-01-01,2026-11-01,01:30", "This time comes twice that night"),
        ("Bo Li,1990-01-01,2026-03-01,09:30", "This time has passed"),
        ("Bo Li,1990-01-01,2029-03-01,09:30", "more than two years ahead"),
        ("Bo Li,1990-01-01,3/4/26,09:30", "Please write the date like this"),
        ("Bo Li,1.1.,2026-03-04,09:30", "Please write the date of birth"),
        ("Bo Li,2190-01-01,2026-03-04,09:30", "Please check the date of birth"),
        (",1990-01-01,2026-03-04,09:30", "Please enter the patient"),
        ("Bo Li,1990-01-01,2026-03-04,09:30,12", "not a phone number"),
        ("Bo Li,1990-01-01,2026-03-04,09:30,,klingon", "Please write the language"),
        ("Bo Li,1990-01-01,2026-03-04,09:30,,,x", "more cells than the first row"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_beside_it(desk: Desk, row: str, says: str) -> None:
    shown = send(desk, FIRST + row)
    assert says in shown.text
    assert "1 row is not right yet." in shown.text


def test_a_known_patient_is_found_and_stays_as_they_are(desk: Desk) -> None:
    with desk.inside() as clinic:
        a_patient(clinic, phone="+12125550199")
        a_patient(a_clinic(name="Another Clinic"), name="Ana Ruiz")
    shown = send(desk, TWO)
    assert shown.text.count("Known patient") == 1
    assert book(desk, shown).status_code == 303
    with desk.inside() as clinic:
        rosa = select(Patient).where(Patient.name == "Rosa Delgado")
        assert db.session.scalars(rosa).one().phone == "+12125550199"
        here = select(func.count(Patient.id)).where(Patient.clinic_id == clinic.id)
        assert db.session.scalar(here) == 2


def test_a_visit_that_was_moved_in_the_file_is_not_booked_beside_the_old_one(desk: Desk) -> None:
    assert book(desk, send(desk, TWO)).status_code == 303
    later = send(desk, TWO.replace("09:30", "11:30"))
    assert "Move that one instead." in later.text
    assert booked(desk) == BOTH


def test_a_row_that_stands_twice_in_the_file_is_booked_once(desk: Desk) -> None:
    shown = send(desk, TWO + TWO.splitlines()[1])
    assert "Twice in this file, booked once" in shown.text
    assert book(desk, shown).status_code == 303
    assert booked(desk) == BOTH


def test_with_several_protocols_each_row_must_name_one(desk: Desk) -> None:
    with desk.inside() as clinic:
        a_protocol_version(clinic, slug="another")
    assert "Please write which protocol" in send(desk, TWO).text
    named = "name,born,date,time,protocol\nBo Li,1990-01-01,2026-03-04,09:30,Ketamine-IV-Adult\n"
    assert book(desk, send(desk, named)).status_code == 303


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"x" * 10_000_000, "This file is too big: 200 kB at most."),
        ((FIRST + "Bo Li,1990-01-01,2026-03-04,09:30\n" * 100_000).encode(), "too big"),
        ((FIRST + "B,1990-01-01,2026-03-04,9:30\n" * 201).encode(), "too many rows: 200 at most"),
        (b"", "This file is empty."),
    ],
)
def test_a_file_that_is_too_big_is_refused_in_a_sentence(
    desk: Desk, content: bytes, says: str
) -> None:
    answer = send(desk, content)
    assert answer.status_code == 422
    assert says in answer.text


def test_a_clash_that_arose_after_the_preview_books_nothing(desk: Desk) -> None:
    shown = send(desk, TWO)
    with desk.inside() as clinic:
        pinned = db.session.scalars(select(ProtocolVersion)).one()
        a_visit(a_patient(clinic), pinned, start_at=NOW + timedelta(days=2, hours=3))
    assert book(desk, shown).status_code == 422
    assert [name for name, _at in booked(desk)] == ["Rosa Delgado"]


MANY = FIRST + "".join(
    f"Person {number},1980-01-01,2026-03-{4 + number % 20:02},{8 + number % 9:02}:30,,\n"
    for number in range(60)
)


def test_many_rows_are_booked_with_hardly_more_statements_than_one(app: Flask, desk: Desk) -> None:
    again = MANY.replace("2026-03", "2026-04")
    asked: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    for text in (MANY, again):
        shown = send(desk, text)
        asked.clear()
        assert book(desk, shown).status_code == 303
        assert len(asked) < 60  # less than one a row, whatever a row owes
    with desk.inside() as clinic:
        assert db.session.scalar(select(func.count(Visit.id))) == 120
        assert db.session.scalar(select(func.count(Patient.id))) == 60
        told = set(db.session.scalars(select(Notice.visit_id)))
        assert told == set(db.session.scalars(select(Visit.id)))
        assert first_broken_row(clinic.id) is None


def test_the_rows_are_shown_while_somebody_else_writes(desk: Desk, settings: Settings) -> None:
    desk.client.get("/staff/import")
    other = create_engine(settings.database_url)
    with other.connect() as writing:
        if other.dialect.name == "sqlite":
            writing.exec_driver_sql("BEGIN IMMEDIATE")
        writing.exec_driver_sql("UPDATE clinic SET name = name")
        assert "New patient" in send(desk, TWO).text
    other.dispose()


def test_a_patient_who_ended_the_account_is_named_before_anything_is_booked(desk: Desk) -> None:
    with desk.inside() as clinic:
        rosa = a_patient(clinic)
        end_account(rosa.id, clinic.id, Actor("patient", rosa.id), NOW)
    shown = send(desk, TWO)
    assert shown.text.count("This patient ended their account.") == 1
    assert "Book all 2 visits" in shown.text
