"""A request that is refused before any view is answered in the language that the person chose."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from recovery.store.database import db
from recovery.store.sign_ins import Face, SignIn
from tests.builders import a_clinic, a_patient, a_ride, a_staff, a_visit, signed_in
from tests.page_words import PageWords
from tests.visitor import Visitor

#: The phone itself speaks English.
ENGLISH = {"Accept-Language": "en-US,en"}
TOO_LONG = {"said": "x" * 300_000}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The words are the same on any database."""
    return sqlite_url


@pytest.fixture
def browser(app: Flask, client: Visitor) -> Visitor:
    """One browser in which a patient, a driver and staff are signed in, who all chose Spanish."""
    with app.app_context():
        clinic = a_clinic()
        a_clinic(name="Another", phone="+1 212 555 0999")
        ride = a_ride(a_visit(a_patient(clinic, language="es")))
        ride.contact.language = "es"
        db.session.commit()
        signed_in(client, Face.PATIENT, ride.visit.patient)
        signed_in(client, Face.DRIVER, ride.contact)
        signed_in(client, Face.STAFF, a_staff(clinic, language="es"))
    return client


def refused(client: Visitor, method: str, path: str, status: int, **more: Any) -> str:
    more["headers"] = ENGLISH | more.get("headers", {})
    answer = client.open(path, method=method, **more)
    assert answer.status_code == status
    return answer.text


PAGES = {
    "patient": "/me/settle",
    "driver": "/driver/rides/1/cannot",
    "staff": "/staff/patients/new",
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
@pytest.mark.parametrize(
    ("status", "more"),
    [
        (400, {"data": {}}),
        (403, {"data": {}, "headers": {"Sec-Fetch-Site": "cross-site"}}),
        (413, {"data": TOO_LONG}),
        (415, {"data": "x", "content_type": "text/plain"}),
    ],
    ids=["expired form", "another site", "too long", "not a form"],
)
def test_what_is_refused_at_the_door_is_said_in_the_persons_language_with_their_clinics_number(
    browser: Visitor, page: str, status: int, more: dict[str, Any]
) -> None:
    said = refused(browser, "POST", page, status, **more)
    assert PageWords(said).language == "es"
    assert 'href="tel:+12125550100"' in said


@pytest.mark.parametrize("page", ["/nothing", "/me/nothing", "/driver/nothing", "/staff/nothing"])
def test_a_page_that_is_not_there_says_so_in_the_persons_language(
    browser: Visitor, page: str
) -> None:
    assert PageWords(refused(browser, "GET", page, 404)).language == "es"


@pytest.mark.parametrize(("page", "face"), [("/me", Face.PATIENT), ("/driver/", Face.DRIVER)])
def test_whoever_was_signed_out_is_asked_to_come_in_again_in_their_language(
    app: Flask, browser: Visitor, page: str, face: Face
) -> None:
    with app.app_context():
        for row in db.session.query(SignIn):
            row.idle_ends_at -= timedelta(days=9000)
        db.session.commit()
    said = refused(browser, "GET", page, 401)
    assert PageWords(said).language == "es"
    browser.delete_cookie(f"homeward-{face.value}")
    assert PageWords(refused(browser, "GET", page, 401)).language == "en"
