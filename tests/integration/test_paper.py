"""A person without a phone, and whoever drives them, can live by the paper."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from recovery.domain.protocol.after import WaitRule
from recovery.domain.visit import VisitState
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face
from recovery.store.visits import Visit
from recovery.web.paper import least_wait
from tests.builders import NOW, a_clinic, a_patient, a_protocol_version, a_ride, a_visit, signed_in
from tests.builders_protocol import changed, ketamine, shipped
from tests.front_desk import Desk
from tests.page_words import PageWords
from tests.visitor import Visitor

Book = Callable[..., int]
START = datetime.fromisoformat("2026-03-04T11:30-05:00")


@pytest.fixture
def book(app: Flask, client: Visitor) -> Book:
    """Add a signed-in patient with a visit on Wednesday at 11:30; returns the visit's id."""

    def booked(**changes: Any) -> int:
        with app.app_context():
            patient = a_patient(a_clinic())
            signed_in(client, Face.PATIENT, patient)
            return a_visit(patient, **({"start_at": START} | changes)).id

    return booked


def words(page: str) -> str:
    """All that a page says, with plain spaces."""
    return re.sub(r"\s+", " ", " ".join(PageWords(page).pieces))


def parts(client: Visitor, page: str) -> tuple[str, str]:
    """What the patient's sheets and what the driver's sheet say."""
    patients, _, drivers = client.get(page).text.partition('<article class="sheet drivers">')
    return words(patients), words(drivers)


def test_the_patients_sheets_say_when_to_stop_eating_and_what_is_still_fine(
    client: Visitor, book: Book
) -> None:
    mine, _ = parts(client, f"/me/visits/{book()}/paper")
    assert "Your visit: Wednesday, March 4 Be there by 11:15 AM." in mine
    assert "Wednesday, March 4 3:30 AM No big or fatty meal" in mine
    assert (
        "5:30 AM Nothing to eat, no milk, no gum "
        "You may still have until 9:30 AM on Wednesday: water, black coffee or tea." in mine
    )
    assert "9:30 AM Nothing to eat or drink" in mine
    assert "A top with loose sleeves" in mine
    assert "You will get ketamine by a drip in your arm." in mine, "the patient's own sheet may"


def test_paper_never_gives_leave_to_drive(client: Visitor, book: Book) -> None:
    mine, drivers = parts(client, f"/me/visits/{book()}/paper")
    assert (
        "Do not drive for at least 24 hours after you leave, and not before a good night’s sleep."
        in mine
    )
    assert "If you still feel any effect then, do not drive." in mine
    assert "Rosa must not drive" in drivers
    assert "Please keep the car keys until the time that the staff write here." in drivers
    assert "safe" not in (mine + drivers).casefold()


def test_paper_says_whom_to_ring_for_what(client: Visitor, book: Book) -> None:
    mine, drivers = parts(client, f"/me/visits/{book()}/paper")
    for said in (mine, drivers):
        assert "Call 911 at once for any of these: " in said
        assert "Call or text 988, day or night." in said
        assert "The clinic, Monday to Friday, 8:00 AM to 5:00 PM: (212) 555\u20110100" in said
        assert "At other times, Dr. Ada Lind: (212) 555\u20110111" in said
    assert "Cannot be woken" in drivers
    assert "Cannot be woken" not in mine, "nobody can say that of themselves"


def test_the_drivers_sheet_says_what_is_asked_and_nothing_of_the_treatment(
    client: Visitor, book: Book
) -> None:
    _, drivers = parts(client, f"/me/visits/{book()}/paper")
    assert "Thank you for taking Rosa home Wednesday, March 4, at about 1:30 PM" in drivers
    assert "You come in for Rosa." in drivers
    for private in ("etamine", "nfusion", "Delgado", "drip"):
        assert private not in drivers


def test_who_has_nobody_yet_reads_until_when_somebody_must_say_yes(
    app: Flask, client: Visitor, book: Book
) -> None:
    visit = book(start_at=START + timedelta(days=7))
    page = f"/me/visits/{visit}/paper"
    assert "They say yes by Sunday, March 8, 12:30 PM." in words(client.get(page).text)
    with app.app_context():
        a_ride(db.session.get_one(Visit, visit))
    assert "Sam Rivera said yes." in words(client.get(page).text)


def test_without_a_driver_there_is_no_sheet_for_one(
    app: Flask, client: Visitor, book: Book
) -> None:
    with app.app_context():
        clinic = a_clinic()
        alone = changed(ketamine(), {"driver.required": False}).model_dump_json()
        patient = a_patient(clinic)
        visit = a_visit(patient, a_protocol_version(clinic, body=alone), start_at=START).id
        signed_in(client, Face.PATIENT, patient)
    mine, drivers = parts(client, f"/me/visits/{visit}/paper")
    assert drivers == ""
    assert "Who takes you home" not in mine


def test_the_paper_of_a_cancelled_visit_says_so(client: Visitor, book: Book) -> None:
    visit = book(state=VisitState.CANCELLED.value, cancelled_at=NOW)
    said = words(client.get(f"/me/visits/{visit}/paper").text)
    assert "Your visit is cancelled" in said
    assert "Eat and drink as usual." in said
    assert "Nothing to eat" not in said


def test_nobody_reads_anybody_elses_paper(
    app: Flask, client: Visitor, desk: Desk, stranger: Desk, book: Book
) -> None:
    visit = book()
    assert app.test_client().get(f"/me/visits/{visit}/paper").status_code == 401
    assert client.get(f"/me/visits/{visit + 1}/paper").status_code == 404
    assert stranger.client.get(f"/staff/visits/{visit}/paper").status_code == 404
    refused = stranger.client.submit("/staff/patients/new", to=f"/staff/visits/{visit}/paper")
    assert refused.status_code == 404


def test_staff_print_it_in_the_patients_language_or_another(app: Flask, desk: Desk) -> None:
    visit = desk.visit(start_at=START)
    with app.app_context():
        db.session.get_one(Visit, visit).patient.language = "es"
        db.session.commit()
    page = desk.client.get(f"/staff/visits/{visit}/paper").text
    assert '<html lang="es"' in page
    assert "Su visita: miércoles, 4 de marzo Llegue a esta hora o antes: 11:15 AM." in words(page)
    assert ">Print<" in page, "who prints it reads English"
    assert '<html lang="en"' in desk.client.get(f"/staff/visits/{visit}/paper?language=en").text
    assert '<html lang="es"' in desk.client.get(f"/staff/visits/{visit}/paper?language=xx").text


def test_a_new_welcome_link_on_the_paper_lets_the_patient_in(app: Flask, desk: Desk) -> None:
    visit = desk.visit(start_at=START)
    paper = f"/staff/visits/{visit}/paper"
    assert "/welcome/" not in desk.client.get(paper).text
    page = desk.client.submit(paper, {"language": "en"}).text
    link = re.search(r"http://[^<\s]+(/welcome/[\w-]+)", page)
    assert link is not None
    assert page.count("<path") == 1, "drawn as a square"
    phone = app.test_client()
    assert isinstance(phone, Visitor)
    assert phone.submit(link[1], {"born": "1988-04-12"}).status_code == 303


def test_looking_at_the_paper_leaves_the_welcome_link_alone(app: Flask, desk: Desk) -> None:
    visit = desk.visit()
    with app.app_context():
        patient = db.session.get_one(Visit, visit).patient
        patient.welcome_hash = "kept"
        db.session.commit()
        patient_id = patient.id
    desk.client.get(f"/staff/visits/{visit}/paper")
    with app.app_context():
        assert db.session.get_one(Patient, patient_id).welcome_hash == "kept"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (ketamine().wait, "at least 24 hours after you leave, and not before a good night’s sleep"),
        (shipped("esketamine-nasal").wait, "until the next day, after a good night’s sleep"),
        (changed(ketamine(), {"wait.sleep_required": False}).wait, "at least 24 hours after you"),
        (
            changed(shipped("esketamine-nasal"), {"wait.sleep_required": False}).wait,
            "until your clinic says so",
        ),
    ],
)
def test_the_least_wait_is_the_protocols(app: Flask, rule: WaitRule, said: str) -> None:
    with app.test_request_context():
        assert said in least_wait(rule)
