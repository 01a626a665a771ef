"""The phone is told which pages to keep, what matters most first, and which have changed."""

import gzip
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from recovery.domain.visit import VisitState
from recovery.services.audit import Actor
from recovery.services.facts import protocol_of
from recovery.services.ride_links import ride_link
from recovery.store.database import db
from recovery.store.sign_ins import Face
from recovery.store.visits import Visit
from tests.addresses import flag_page, own_addresses, step_page
from tests.builders import NOW, a_clinic, a_patient, a_ride, a_visit, a_visit_at_the_door, signed_in
from tests.clock import TestClock
from tests.lock_screen import revealing
from tests.visitor import Visitor

KEEP = "X-Homeward-Keep"


@pytest.fixture
def visits(app: Flask, client: Visitor) -> tuple[int, int]:
    """A visit that a signed-in patient has come home from, and the next one."""
    with app.app_context():
        patient = a_patient(a_clinic())
        signed_in(client, Face.PATIENT, patient)
        gone: dict[str, Any] = {"state": VisitState.DISCHARGED.value, "left_at": NOW}
        visit = a_visit_at_the_door(patient, **gone)
        following = a_visit(patient, visit.protocol_version, start_at=NOW + timedelta(days=3))
        return visit.id, following.id


def plan(client: Visitor) -> dict[str, str]:
    return dict(client.get("/me/keep").get_json()["pages"])


def test_the_plan_names_home_help_questions_and_every_step(
    client: Visitor, visits: tuple[int, int]
) -> None:
    visit, following = visits
    pages = list(plan(client))
    assert pages[:4] == ["/me", "/me/unsent", "/offline", "/me/help"]
    assert {flag_page("chest-pain"), flag_page("suicidal")} <= set(pages[4:13])
    wanted = {
        f"/me/visits/{visit}/check-ins/later-2h",
        f"/me/visits/{visit}/check-ins/morning?occasion=2026-03-03",
        f"/me/visits/{following}",
        step_page(following, "health"),
        f"/me/visits/{following}/answers",
    }
    assert wanted <= set(pages)
    assert len(pages) < 60


def test_phone_43_no_address_on_a_patients_phone_names_a_step_or_a_red_flag(
    app: Flask, client: Visitor, visits: tuple[int, int]
) -> None:
    seen = set(plan(client))
    for page in list(seen):
        shown = client.get(page).text
        seen |= own_addresses(shown)
        if "<fieldset" in shown:
            wrong = client.submit(page.partition("?")[0], {}, to=page.partition("?")[0])
            seen |= set(re.findall(r'href="(#[^"]+)"', wrong.text)) - {"#content"}
    assert sum(address.startswith("#") for address in seen) > 10
    with app.app_context():
        protocol = protocol_of(db.session.get_one(Visit, visits[1]).protocol_version)
        steps = {step.id for step in protocol.preparation.steps} - {"driver"}
        flags = {flag.id for flag in protocol.red_flags}
    assert len(seen) > 40
    for address in seen:
        assert not (steps | flags) & set(re.split("[/?=&#]", address)), address
        assert not revealing(address.replace("/", " ")), address


def test_every_page_of_the_plan_may_be_kept(client: Visitor, visits: tuple[int, int]) -> None:
    for address in plan(client):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert KEEP in answer.headers, address


def test_only_pages_that_changed_have_another_stamp(
    client: Visitor, clock: TestClock, visits: tuple[int, int]
) -> None:
    _, following = visits
    before = plan(client)
    assert plan(client) == before
    step = step_page(following, "teach-back")
    client.submit(step, {"who-drives": "other"})
    changed = {address for address, stamp in plan(client).items() if before[address] != stamp}
    overview = f"/me/visits/{following}"
    assert changed - {"/me"} == {step, overview, f"{overview}/answers"}


def test_pages_that_belong_to_no_visit_turn_dim_when_the_wait_begins(
    app: Flask, client: Visitor
) -> None:
    pages = ("/me/unsent", "/offline")
    with app.app_context():
        patient = a_patient(a_clinic())
        signed_in(client, Face.PATIENT, patient)
        visit = a_visit(patient, start_at=NOW + timedelta(hours=1))
        bright = [plan(client)[page] for page in pages]
        visit.started_at, visit.ended_at, visit.left_at = NOW, NOW, NOW
        visit.state = VisitState.DISCHARGED.value
        db.session.commit()
    assert all('data-theme="dim"' in client.get(page).text for page in pages)
    assert not set(bright) & {plan(client)[page] for page in pages}


def test_a_page_that_is_kept_ahead_is_sent_compressed_and_no_other(
    client: Visitor, visits: tuple[int, int]
) -> None:
    ahead = {"X-Homeward-Ahead": "1", "Accept-Encoding": "gzip"}
    small = client.get("/me/help", headers=ahead)
    assert b"feel right" in gzip.decompress(small.data)
    assert (
        "Content-Encoding"
        not in client.get("/me/help", headers={"Accept-Encoding": "gzip"}).headers
    )


def test_a_patient_without_a_visit_keeps_home_and_help(app: Flask, client: Visitor) -> None:
    with app.app_context():
        signed_in(client, Face.PATIENT, a_patient(a_clinic()))
    assert list(plan(client)) == ["/me", "/me/unsent", "/offline", "/me/help"]


def test_phone_21_driver_and_token_pages_are_stored_nowhere(
    app: Flask, client: Visitor, visits: tuple[int, int]
) -> None:
    with app.app_context():
        patient = a_patient(a_clinic(name="Another"))
        visit = a_visit(patient)
        ride, asked = a_ride(visit), a_ride(visit, code="")
        token = ride_link(asked.id, Actor("patient", patient.id), NOW).token
        driver = signed_in(app.test_client(), Face.DRIVER, ride.contact)
        more = ("", "/help", "/notices", "/state", "/calendar.ics")
        pages = ["/driver/", "/driver/help", *(f"/driver/rides/{ride.id}{page}" for page in more)]
    answers = [driver.get(page) for page in pages]
    tokens = ("/welcome/any", "/m/any", "/m/any/stop", "/join/any", "/calendar/any.ics")
    answers += [client.get(page) for page in (f"/ride/{token}", *tokens, "/code")]
    answers.append(client.get(f"/me/visits/{visits[1]}/driver"))
    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store"
        assert KEEP not in answer.headers
