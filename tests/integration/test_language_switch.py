"""The language can be switched at any time, before signing in and after, by anybody."""

import pytest
from flask import Flask

from recovery.domain.ride import RideState, Role
from recovery.services.audit import Actor
from recovery.services.ride_links import ride_link
from recovery.services.sign_in import hashed
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.patients import Contact, Patient
from recovery.store.sign_ins import Face
from tests.builders import NOW, a_clinic, a_patient, a_ride, a_staff, a_visit, signed_in
from tests.filled_form import FilledForm
from tests.page_words import PageWords
from tests.spanish_reader import SPANISH, Reader
from tests.visitor import Visitor

WELCOME = "/welcome/a-link-of-the-clinic"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The words are the same on any database."""
    return sqlite_url


@pytest.fixture
def reader(client: Visitor) -> Reader:
    return Reader(client)


def switch(client: Visitor, page: str, language: str, face: str = "") -> str:
    """Press the switch on a page; returns where it leads."""
    answer = client.submit(
        page, {"language": language, "face": face}, to="/language", headers={"Referer": page}
    )
    assert answer.status_code == 303, answer.text
    return answer.location


def language_of(client: Visitor, page: str) -> str | None:
    return PageWords(client.get(page).text).language


def asked_driver(app: Flask) -> tuple[int, str]:
    """A driver who has not answered yet: their id and the path of their link."""
    with app.app_context():
        patient = a_patient(a_clinic())
        ride = a_ride(a_visit(patient), RideState.ASKED, code="")
        return (
            ride.contact_id,
            f"/ride/{ride_link(ride.id, Actor('patient', patient.id), NOW).token}",
        )


def test_a_link_speaks_the_phones_language_until_somebody_switches(
    app: Flask, client: Visitor
) -> None:
    _contact, link = asked_driver(app)
    page = client.get(link, headers={"Accept-Language": "es-MX,es;q=0.9"}).text
    assert PageWords(page).language == "es"
    assert switch(client, link, "en") == link
    page = client.get(link, headers={"Accept-Language": "es-MX,es;q=0.9"}).text
    assert PageWords(page).language == "en"


def test_a_driver_keeps_the_language_in_which_they_said_yes(app: Flask, client: Visitor) -> None:
    contact, link = asked_driver(app)
    switch(client, link, "es")
    shown = client.get(link).text.split('name="shown" value="')[1].split('"')[0]
    assert client.submit(link, {"shown": shown}, to=f"{link}/accept").status_code == 303
    with app.app_context():
        assert db.session.get_one(Contact, contact).language == "es"


def test_a_signed_in_driver_switches_for_pages_and_notices(app: Flask, client: Visitor) -> None:
    with app.app_context():
        ride = a_ride(a_visit(a_patient(a_clinic())))
        contact, page = ride.contact_id, f"/driver/rides/{ride.id}"
        signed_in(client, Face.DRIVER, ride.contact)
    assert language_of(client, page) == "en"
    assert switch(client, page, "es", "driver") == page
    assert language_of(client, page) == "es"
    with app.app_context():
        assert db.session.get_one(Contact, contact).language == "es"


def test_staff_switch_on_any_page(app: Flask, client: Visitor) -> None:
    with app.app_context():
        staff = a_staff(a_clinic())
        key = staff.id
        signed_in(client, Face.STAFF, staff)
    assert switch(client, "/staff/patients", "es", "staff") == "/staff/patients"
    assert language_of(client, "/staff/") == "es"
    with app.app_context():
        assert db.session.get_one(Staff, key).language == "es"


def test_what_was_chosen_on_the_welcome_page_goes_in_with_the_patient(
    app: Flask, client: Visitor
) -> None:
    with app.app_context():
        invited = {
            "welcome_hash": hashed(WELCOME.rpartition("/")[2]),
            "welcome_ends_at": NOW.replace(year=2027),
        }
        patient = a_patient(a_clinic(), settled_at=None, **invited).id
    switch(client, WELCOME, "es")
    assert client.submit(WELCOME, {"born": "1988-04-12"}).status_code == 303
    with app.app_context():
        assert db.session.get_one(Patient, patient).language == "es"
    assert client.get_cookie("language") is None


def test_the_next_person_at_the_tablet_is_not_spoken_to_in_the_last_ones_language(
    app: Flask, client: Visitor
) -> None:
    with app.app_context():
        signed_in(client, Face.STAFF, a_staff(a_clinic()))
    switch(client, "/staff/", "es", "staff")
    client.submit("/staff/", to="/staff/sign-out")
    assert language_of(client, "/staff/sign-in") == "en"


def test_an_answer_to_a_form_leads_back_to_the_forms_page(app: Flask, client: Visitor) -> None:
    _contact, link = asked_driver(app)
    answer = client.submit(
        link, {"language": "es"}, to="/language", headers={"Referer": f"{link}/accept"}
    )
    assert answer.location == link


@pytest.mark.parametrize(
    "before", ["", "https://evil.example/me", "//evil.example//staff", "https://x/static/0/a.js?b"]
)
def test_the_switch_never_leads_to_another_site(client: Visitor, before: str) -> None:
    answer = client.submit("/code", {"language": "es"}, to="/language", headers={"Referer": before})
    assert answer.location.startswith("/")
    assert "evil" not in answer.location


def test_a_language_that_there_is_not_is_refused(client: Visitor) -> None:
    assert client.submit("/code", {"language": "tlh"}, to="/language").status_code == 400


@pytest.mark.parametrize("role", list(Role))
def test_a_drivers_link_is_read_in_the_phones_language(
    app: Flask, client: Visitor, reader: Reader, role: Role
) -> None:
    with app.app_context():
        patient = a_patient(a_clinic())
        ride = a_ride(a_visit(patient), RideState.ASKED, role=role.value, code="")
        link = f"/ride/{ride_link(ride.id, Actor('patient', patient.id), NOW).token}"
    reader.read(link)
    reader.read("/ride/a-link-that-is-none")
    refused = client.submit(link, {"shown": "old"}, to=f"{link}/accept", headers=SPANISH)
    assert "Léala otra vez" in refused.text
    shown = FilledForm(client.get(link, headers=SPANISH).text).sent()
    client.submit(link, shown, to=f"{link}/decline", headers=SPANISH)
    reader.read(link)


def test_the_way_in_is_read_in_the_phones_language(
    app: Flask, client: Visitor, reader: Reader
) -> None:
    with app.app_context():
        until = NOW.replace(year=2027)
        a_patient(a_clinic(), welcome_hash=hashed("the-link"), welcome_ends_at=until)
    for page in ("/welcome/the-link", "/welcome/another", "/code", "/offline", "/staff/sign-in"):
        reader.read(page)
    wrong = client.submit("/welcome/the-link", {"born": "1990-01-01"}, headers=SPANISH)
    assert "no van juntos" in wrong.text
