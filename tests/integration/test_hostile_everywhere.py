"""Every door of the app, found in its map of addresses: nasty fields, nasty JSON, its headers."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from recovery.services.audit import first_broken_row
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face
from recovery.web.headers import HEADERS
from tests.builders import a_clinic
from tests.front_desk import Desk
from tests.hostile import Nasty, make_nasty
from tests.integration.test_hostile_input import NAUGHTY, OUR_OWN, json_values
from tests.integration.test_security_matrix import World, a_home

#: What a form or an address can bring in: NUL is refused at the door (test_hostile_input.py).
words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)
nasty = st.lists(
    st.sampled_from([word for word in NAUGHTY if "\0" not in word and "\ud7ff" not in word])
    | words,
    min_size=1,
    max_size=8,
)
#: A round is a request to every door, some 200: what fails is not made smaller, it is told whole.
ROUNDS = settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
#: `/healthz` tells that no worker lives; that is its work.
SAYS_503 = {"/healthz"}


@pytest.fixture
def app(fresh_app: Flask) -> Flask:
    """These tests change what a request is, and need no form tokens."""
    fresh_app.config["WTF_CSRF_ENABLED"] = False
    return fresh_app


@pytest.fixture
def world(app: Flask) -> World:
    with app.app_context():
        here, there = a_clinic(), a_clinic(name="Another Clinic")
        homes = (
            a_home(here, "Rosa Delgado", "+12125550140"),
            a_home(here, "Ana Ruiz", "+12125550150"),
            a_home(there, "Lee Wong", "+12125550160"),
        )
        return World(app, *homes)


def doors(world: World, *methods: str) -> Iterator[tuple[str, str, str]]:
    """Every address of the app, as its map has it now."""
    for rule, method in world.rules(*methods):
        yield rule.rule, method, world.address(rule, world.own)


def whole(world: World) -> None:
    with world.app.app_context():
        for clinic_id in (1, 2):
            assert first_broken_row(clinic_id) is None


def knock(world: World, *methods: str, **sent: Any) -> Iterator[tuple[str, int]]:
    """Open every door once, signed in to all faces; what signs out is signed in again."""
    client = world.browser(world.own, *Face)
    for rule, method, address in doors(world, *methods):
        with client.open(address, method=method, **sent) as answer:
            status, away = answer.status_code, answer.headers.get("Location", "")
        if status == 401 or "sign-in" in away or "leave" in address or "/data/" in address:
            client = world.browser(world.own, *Face)
        if rule not in SAYS_503:
            yield f"{method} {address}", status


@ROUNDS
@given(round_of=nasty)
def test_no_door_fails_over_what_stands_in_any_field(world: World, round_of: list[str]) -> None:
    make_nasty(world.app)
    Nasty.words = tuple(round_of)
    for door, status in knock(world, "GET", "POST"):
        assert status in OUR_OWN, (door, round_of)
    assert len(Nasty.asked) > 50
    whole(world)


@ROUNDS
@given(body=json_values | st.dictionaries(st.sampled_from(["key", "answers", "why"]), json_values))
def test_no_door_fails_over_json_of_any_shape(world: World, body: Any) -> None:
    raw = json.dumps(body)
    for door, status in knock(world, "POST", data=raw, content_type="application/json"):
        assert status in OUR_OWN, (door, raw)
    whole(world)


def test_every_answer_of_every_door_carries_the_headers(world: World) -> None:
    """Refusals too: an unknown method, a stranger, a wrong token."""
    world.app.config["WTF_CSRF_ENABLED"] = True
    for faces in ((), tuple(Face)):
        client = world.browser(world.own, *faces)
        for _rule, method, address in doors(world, "GET", "POST", "PUT", "DELETE", "PATCH"):
            answer = client.open(address, method=method)
            for name, value in HEADERS.items():
                assert answer.headers.get(name) == value, f"{method} {address} {name}"
            assert answer.headers.get("Cache-Control"), f"{method} {address}"
            answer.close()
        for method in ("PUT", "DELETE", "PATCH"):
            for _rule, _method, address in doors(world, "GET", "POST"):
                answer = client.open(address, method=method)
                assert answer.status_code in {401, 403, 404, 405}, f"{method} {address}"
                assert set(HEADERS) <= set(answer.headers.keys()), f"{method} {address}"


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(typed=st.sampled_from(NAUGHTY) | st.text(max_size=220))
def test_a_name_is_refused_or_comes_back_as_it_went_in(desk: Desk, typed: str) -> None:
    """The same on both databases: what comes back is known without asking either."""
    form = {"name": typed, "born": "1988-04-12", "phone": "", "email": "", "language": "en"}
    sent = typed.encode("utf-8", "replace").decode()
    answer = desk.client.post("/staff/patients/new", data=form | {"name": sent})
    expected = " ".join(sent.split())
    taken = 0 < len(expected) <= 200 and "\0" not in sent
    with desk.inside():
        said = select(Patient.name).where(Patient.name == expected)
        # PostgreSQL does not even take a NUL to look for.
        names = [] if "\0" in expected else db.session.scalars(said).all()
    if taken:
        assert answer.status_code in {303, 422}, "422: this very name is here already"
        assert names == [expected]
    else:
        assert answer.status_code in {400, 422}
        assert names == []
