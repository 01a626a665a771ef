"""Telephone numbers read as people write them; the link keeps the whole number."""

from flask import Flask, g

from recovery.web.telephone import telephone, unbroken
from tests.builders import a_clinic


def test_a_number_of_the_clinics_country_is_written_as_there(app: Flask) -> None:
    with app.app_context():
        g.clinic = a_clinic()
        assert telephone("+12125550100") == "(212) 555-0100"


def test_a_foreign_number_keeps_its_country_code(app: Flask) -> None:
    with app.app_context():
        g.clinic = a_clinic()
        assert telephone("+34915550100") == "+34 915 55 01 00"


def test_an_emergency_number_stays_as_it_is(app: Flask) -> None:
    with app.app_context():
        assert telephone("911") == "911"


def test_no_line_of_a_page_ends_within_a_number(app: Flask) -> None:
    with app.app_context():
        g.clinic = a_clinic()
        assert unbroken("+12125550100") == "(212)\u00a0555\u20110100"
