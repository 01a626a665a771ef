"""Pages a second of the patient's wait page, beside an empty page of an empty Flask app."""

import time

from flask import Flask
from flask.testing import FlaskClient

from recovery.clock import system_now
from recovery.store.database import db
from recovery.store.sign_ins import Face
from tests.builders import a_clinic, a_patient, signed_in
from tests.notices import a_discharged_visit

PAGE = "/me"


def wait_page(app: Flask, count: int) -> float:
    """Pages a second of what a patient looks at during the wait, by one thread."""
    now = system_now()
    patient = a_patient(a_clinic())
    a_discharged_visit(patient, now)
    client = signed_in(app.test_client(), Face.PATIENT, patient, now)
    db.session.remove()
    assert "<h1" in client.get(PAGE).text
    return rate(client, PAGE, count)


def empty_page(count: int) -> float:
    """Pages a second of a Flask app that says "ok"."""
    empty = Flask("empty")
    empty.add_url_rule("/", view_func=lambda: "ok")
    return rate(empty.test_client(), "/", count)


def rate(client: FlaskClient, page: str, count: int) -> float:
    assert client.get(page).status_code == 200
    began = time.perf_counter()
    for _ in range(count):
        client.get(page)
    return count / (time.perf_counter() - began)
