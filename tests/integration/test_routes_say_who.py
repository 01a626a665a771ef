"""Every route says who may use it; one that does not is closed and fails here."""

import re

import pytest
from flask import Flask

from recovery.store.sign_ins import Face
from recovery.web.access import ANYONE
from tests.lock_screen import revealing
from tests.visitor import Visitor

PREFIXES = {"/staff": Face.STAFF, "/me": Face.PATIENT, "/driver": Face.DRIVER}
#: Below a face's own address, and yet open: how people get in.
DOORS = {
    "/staff/sign-in",
    "/staff/sign-in/again",
    "/staff/sign-in/second",
    "/staff/sign-in/passkey",
    "/staff/sign-in/passkey/question",
}

#: What stands in an address in place of a number.
WORDS = {"step_id": "instructions", "flag_id": "chest-pain"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Routes are the same on any database."""
    return sqlite_url


@pytest.fixture
def app(fresh_app: Flask) -> Flask:
    """These tests add a view and turn CSRF off."""
    return fresh_app


def test_every_route_says_who_may_use_it(app: Flask) -> None:
    silent = [
        str(rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        and getattr(app.view_functions[rule.endpoint], "open_to", None) not in {*Face, ANYONE}
    ]
    assert silent == []


def test_the_address_tells_the_face(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        face = PREFIXES.get("/" + rule.rule.split("/")[1])
        if face is not None and rule.rule not in DOORS:
            assert getattr(app.view_functions[rule.endpoint], "open_to", None) == face, rule.rule


def test_phone_43_no_route_names_drug_procedure_diagnosis_or_specialty(app: Flask) -> None:
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    assert len(rules) > 100
    assert [rule for rule in rules if revealing(re.sub(r"<[^>]*>", " ", rule))] == []


def test_nobody_gets_in_without_a_sign_in(app: Flask, client: Visitor) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    for rule in app.url_map.iter_rules():
        if isinstance(getattr(app.view_functions[rule.endpoint], "open_to", None), Face):
            with app.test_request_context():
                values: dict[str, int | str] = dict.fromkeys(rule.arguments, 1)
                values |= {name: WORDS[name] for name in WORDS.keys() & rule.arguments}
                address = app.url_map.bind("localhost").build(rule.endpoint, values)
            for method in (rule.methods or set()) & {"GET", "POST"}:
                answer = client.open(address, method=method)
                assert answer.status_code in {302, 401}, f"{method} {address}"


def test_a_view_that_says_nothing_is_closed(app: Flask, client: Visitor) -> None:
    @app.get("/forgotten")
    def forgotten() -> str:
        return "open"

    assert client.get("/forgotten").status_code == 401
