"""What people type is never SQL, HTML, a template, a line of a log or a head of an answer."""

import logging

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from recovery.store.database import db
from recovery.store.patients import Patient
from tests.builders import a_patient, a_visit
from tests.front_desk import Desk

PLANTED = {
    "SQL": "x'); DELETE FROM patient; --",
    "HTML": "<img src=x onerror=alert(1)>",
    "attribute": '" autofocus onfocus="alert(1)',
    "template": "{{ 7*7 }}{% raw %}${7*7}#{7*7}",
    "format": "{patient.__class__} %(name)s %n",
}


@pytest.fixture(params=PLANTED)
def planted(request: pytest.FixtureRequest, desk: Desk) -> str:
    """A patient whose name wants to be something else, with a visit today."""
    name = PLANTED[request.param]
    with desk.inside() as clinic:
        a_visit(a_patient(clinic, name=name))
    return name


def test_injection_of_html_and_templates_is_inert_on_every_page_that_names_the_patient(
    desk: Desk, planted: str
) -> None:
    pages = ["/staff/", "/staff/patients", "/staff/patients/1", "/staff/visits/1"]
    pages.append("/staff/visits/1/timeline")
    for page in pages:
        text = desk.client.get(page).text
        assert planted not in text or not set(planted) & set("<\"'"), page
        assert "<img src=x" not in text
        assert 'onfocus="' not in text
        assert "49" not in text.split("<h1")[1].split("</h1>")[0]


def test_injection_of_sql_into_a_search_finds_and_changes_nothing(desk: Desk, planted: str) -> None:
    for words in ("' OR '1'='1", "%", "_", "x' UNION SELECT password_hash FROM staff --"):
        text = desk.client.get("/staff/patients", query_string={"q": words}).text
        assert 'href="/staff/patients/1"' not in text or words in {"%", "_"}
        assert "argon2" not in text
    with desk.inside():
        assert db.session.scalar(select(func.count()).select_from(Patient)) == 1


def test_what_the_database_refuses_is_not_repeated_in_the_log(desk: Desk) -> None:
    with desk.inside() as clinic:
        twin = {"name": "Rosa Delgado", "welcome_hash": "very-secret"}
        a_patient(clinic, **twin)
        with pytest.raises(IntegrityError) as refused:
            a_patient(clinic, **twin)
        db.session.rollback()
    assert "welcome_hash" in str(refused.value)
    assert "Rosa" not in str(refused.value)


def test_injection_into_the_log_and_the_head_of_an_answer_adds_no_line(
    app: Flask, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    forged = "x%0d%0aSet-Cookie:%20a=b%0d%0a2026-03-02 ERROR forged"
    for path in (f"/staff/patients?q={forged}", f"/{forged}", f"/staff/sign-in?next=/{forged}"):
        answer = desk.client.get(path, headers={"User-Agent": "a\tforged"})
        assert "a=b" not in (answer.headers.get("Set-Cookie") or "")
    assert "forged" not in caplog.text
