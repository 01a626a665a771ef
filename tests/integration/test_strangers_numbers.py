"""A page that is nobody's gives the numbers of the only clinic there is."""

import pytest
from flask import Flask

from tests.builders import a_clinic, a_protocol_version
from tests.visitor import Visitor

NOBODYS = ("/nowhere", "/code", "/me", "/offline", "/welcome/" + 43 * "x", "/ride/" + 43 * "x")


@pytest.mark.parametrize("page", NOBODYS)
def test_phone_37_a_page_of_nobody_gives_the_only_clinics_number_and_the_emergency_number(
    app: Flask, client: Visitor, page: str
) -> None:
    with app.app_context():
        a_protocol_version(a_clinic())
    said = client.get(page, follow_redirects=True).text
    assert 'href="tel:+12125550100"' in said
    assert 'href="tel:911"' in said


@pytest.mark.parametrize("page", NOBODYS)
def test_where_several_clinics_share_the_house_no_clinic_is_guessed(
    app: Flask, client: Visitor, page: str
) -> None:
    with app.app_context():
        a_protocol_version(a_clinic())
        a_clinic(name="Another")
    assert 'class="help"' not in client.get(page, follow_redirects=True).text
