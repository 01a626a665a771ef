"""The wait screen: the rule, the way through the night, who is near, what comes next, help."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from recovery.domain.ride import RideState, Role
from recovery.services.planning import replan
from recovery.store.database import db
from recovery.store.sign_ins import Face
from tests.builders import NOW, a_clinic, a_patient, a_ride, signed_in
from tests.clock import TestClock
from tests.notices import a_discharged_visit
from tests.visitor import Visitor

HELP = re.compile(r'<nav class="help".*?</nav>', re.DOTALL)
HREF = re.compile(r'<a [^>]*href="([^"]+)"')


@pytest.fixture
def at_home(app: Flask, client: Visitor) -> None:
    """Somebody who left 45 minutes ago with Sam; Ana stays the night."""
    with app.app_context():
        patient = a_patient(a_clinic())
        visit = a_discharged_visit(patient)
        a_ride(visit, RideState.HOME, took_at=NOW - timedelta(minutes=45), home_at=NOW)
        a_ride(visit, name="Ana Ruiz", phone="+12125550188", role=Role.COMPANION.value)
        replan(patient.id, NOW)
        db.session.commit()
        signed_in(client, Face.PATIENT, patient)


@pytest.mark.usefixtures("at_home")
class TestTheWaitScreen:
    def test_the_rule_comes_first_and_the_time_after_it(self, client: Visitor) -> None:
        page = client.get("/me").text
        assert page.index("Do not drive.</span></h1>") < page.index("Not before Tuesday 8:15")

    def test_it_names_who_is_near_with_a_number_to_call(self, client: Visitor) -> None:
        page = client.get("/me").text
        assert "Sam Rivera said that you are home." in page
        assert "Ana Ruiz stays with you." in page
        assert 'href="tel:+12125550188"' in page

    def test_it_names_the_next_thing_that_will_happen(
        self, client: Visitor, clock: TestClock
    ) -> None:
        clock.move(by=timedelta(hours=5))
        page = client.get("/me").text
        assert re.search(r"What comes next.*Monday 8:00.PM.*No driving tonight", page, re.DOTALL)

    def test_the_picture_says_in_words_how_much_is_over(
        self, client: Visitor, clock: TestClock
    ) -> None:
        clock.move(by=timedelta(hours=5, minutes=15))
        assert 'aria-label="6 hours of at least 24 hours are over."' in client.get("/me").text

    @pytest.mark.parametrize("page", ["/me", "/me/help", "/me/settle", "/me/nothing-here"])
    def test_phone_37_help_and_its_numbers_stand_at_the_same_place_on_every_page(
        self, client: Visitor, page: str
    ) -> None:
        found = HELP.search(client.get(page).text)
        assert found is not None
        assert HREF.findall(found[0]) == ["tel:+12125550100", "tel:911", "/me/help"]
