"""Whatever comes in: a clear no or an identical round trip, never a failure of ours."""

import json
import random
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from recovery.services.staff_sign_in import HASHER
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face
from tests.addresses import flag_page
from tests.builders import (
    a_clinic,
    a_patient,
    a_ride,
    a_staff,
    a_visit_at_the_door,
    signed_in,
)
from tests.front_desk import Desk
from tests.notices import a_notice
from tests.visitor import Visitor

NAUGHTY = (
    "", " ", "\0", "a\0b", "\ufeff", "\u202egnirts", "\u2028", "\ufffd", "\ud7ff\ue000", "İ", "ß",
    "👩‍⚕️" * 30, "عمر", "Ω≈ç√", "x" * 5_000, "9" * 5_000, "-1", "0", "1e400", "-1e400", "NaN",
    "Infinity", "0x7f", "2147483648", "9223372036854775808", "١٢٣", "²", "½", "None", "null",
    "true", "[]", "{}", "{{7*7}}", "{patient}", "%s%n", "%(x)s", "' OR 1=1 --", '"; DROP TABLE',
    "<script>alert(1)</script>", "=HYPERLINK(1)", "\r\nX-Bad: 1", "\n2026 ERROR forged", "../../x",
    "//evil.example", "\\\\evil", "javascript:alert(1)", "0001-01-01", "9999-12-31", "2026-02-30",
    "0001-01-01T00:00", "9999-12-31T23:59:59.999999", "2026-03-08T02:30", "2026-11-01T01:30",
    "2026-03-02T10:00+14:00", "2026-W10-1", "20260302", "+12125550142", "a@b", "ℂ℀", "yes", "2",
)  # fmt: skip
IN_ADDRESSES = ("\0", "\ufffd", "x" * 5_000, "9" * 5_000, "9223372036854775808", "-1", "0001-01-01")
#: Anything but a failure of ours.
OUR_OWN = range(200, 500)


@pytest.fixture(autouse=True)
def _without_form_tokens(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)


@pytest.fixture
def everybody(app: Flask) -> tuple[Visitor, dict[str, Any]]:
    """One browser signed in to all three faces, with something behind every address."""
    client = app.test_client()
    assert isinstance(client, Visitor)
    with app.app_context():
        clinic = a_clinic()
        patient = a_patient(clinic)
        visit = a_visit_at_the_door(patient)
        ride = a_ride(visit)
        signed_in(client, Face.STAFF, a_staff(clinic))
        signed_in(client, Face.PATIENT, patient)
        signed_in(client, Face.DRIVER, ride.contact)
        ids = {"visit_id": visit.id, "ride_id": ride.id, "notice_id": a_notice(visit).id}
        return client, ids | {"patient_id": patient.id, "contact_id": ride.contact_id}


FIELDS = (
    "name", "born", "phone", "email", "language", "start", "protocol", "code", "handed_to",
    "handover_why", "cancel_why", "undo_why", "wrong", "systolic", "spo2", "hours", "until",
    "extend_why", "shorten_why", "left_at", "ended_at", "started_at", "correct_why", "reading_at",
    "gone_at", "gone_why", "sedative_at", "points-gait", "taken-solids", "q-today", "role",
    "consents", "wording", "key", "occasion", "press", "shown", "flag", "why-patient", "next",
    "password", "exempt_why", "decision_why", "hold", "looked_at", "checks", "stopped_early",
)  # fmt: skip


@pytest.mark.parametrize("turn", range(3))
def test_no_form_of_ours_fails_over_what_somebody_types(
    app: Flask, everybody: tuple[Visitor, dict[str, Any]], turn: int
) -> None:
    client, ids = everybody
    words = random.Random(turn)
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.rule.endswith(("leave", "sign-out")):
            continue
        form = {field: words.choice(NAUGHTY) for field in FIELDS}
        values = {"token": "none", "alert_id": 1, "language": "es"} | ids
        values |= {
            "flag_id": "chest-pain",
            "step_id": "driver",
            "check_in_id": "evening",
            "place": 2,
            "name": "text",
        }
        with app.test_request_context():
            chosen = {name: values.get(name, 1) for name in rule.arguments}
            path = app.url_map.bind("localhost").build(rule.endpoint, chosen)
        assert client.post(path, data=form).status_code in OUR_OWN, (path, form)


@pytest.mark.parametrize("word", IN_ADDRESSES, ids=lambda word: ascii(word[:12]))
def test_no_address_of_ours_fails_over_what_stands_in_it(
    app: Flask, everybody: tuple[Visitor, dict[str, Any]], word: str
) -> None:
    client, ids = everybody
    visit = ids["visit_id"]
    for path in (
        "/staff/", "/staff/pulse", "/staff/patients", "/staff/sign-in", "/offline", "/me/thanks",
        f"/me/visits/{visit}/check-ins/evening", f"/me/visits/{visit}/driver/name",
        "/manifest.webmanifest", "/styleguide/",
    ):  # fmt: skip
        asked = dict.fromkeys(("day", "q", "next", "language", "occasion", "role", "theme"), word)
        assert client.get(path, query_string=asked).status_code in OUR_OWN, path
    for path in (
        "/staff/visits/{}", "/staff/patients/{}", "/me/visits/{}", "/me/notices/{}", "/ride/{}",
        "/welcome/{}", "/driver/rides/{}", "/me/help/{}", "/static/{}/x", "/nowhere/{}",
    ):  # fmt: skip
        assert client.get(path.format(quote(word, safe=""))).status_code in OUR_OWN, path


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(NAUGHTY),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)  # fmt: skip


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=json_values
    | st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("endpoint", "keys", "answers", "key", "occasion", "said_at"), json_values
        ),
    )
)
def test_json_of_any_shape_is_judged_and_never_breaks_us(
    everybody: tuple[Visitor, dict[str, Any]], body: Any
) -> None:
    client, ids = everybody
    raw = json.dumps(body)
    for path in (
        "/devices/patient",
        "/devices/driver",
        f"/me/visits/{ids['visit_id']}/check-ins/evening",
        "/receipts/no-such-token/shown",
        flag_page("chest-pain"),
        f"/staff/visits/{ids['visit_id']}/checks",
    ):
        answer = client.post(path, data=raw, content_type="application/json")
        assert answer.status_code in OUR_OWN, (path, raw)


@pytest.mark.parametrize(
    "name",
    [
        "Zoë 👩‍⚕️",
        "عمر الخيّام",
        "李小龙",
        "O'Brien; DROP",
        "=1+1",
        "<b>Rosa</b>",
        "{{7*7}}",
    ],
)
def test_a_name_comes_back_as_it_went_in(desk: Desk, name: str) -> None:
    form = {"name": name, "born": "1988-04-12", "phone": "", "email": "", "language": "en"}
    answer = desk.client.post("/staff/patients/new", data=form)
    assert answer.status_code == 303
    with desk.inside():
        assert db.session.scalars(select(Patient.name)).all() == [name]
    page = desk.client.get(answer.location).text
    assert "<b>Rosa" not in page
    assert ">49<" not in page


def test_a_code_typed_with_the_digits_of_another_alphabet_is_read(desk: Desk) -> None:
    visit = desk.visit()
    desk.infuse(visit)
    desk.wait(40)
    desk.done(visit, "end")
    desk.done(visit, "code", code="٤٨٢ ٩١٣")


@pytest.mark.parametrize(
    "onward",
    ["//evil.example", "http://[", "//[", "//ℂ℀.com", "\\\\evil", "/staff\\..", "https:evil"],
)
def test_the_next_page_after_a_sign_in_is_always_ours(
    app: Flask, client: Visitor, onward: str
) -> None:
    with app.app_context():
        a_staff(a_clinic(), email="nora@clinic.example", password_hash=HASHER.hash("p" * 15))
    form = {"email": "nora@clinic.example", "password": "p" * 15, "next": onward}
    answer = client.post("/staff/sign-in", data=form)
    assert (answer.status_code, answer.location) == (303, "/staff/")


@pytest.mark.parametrize(
    "host", ["[", "[::1", "localhost@evil", "evil.example", "localhost:x", "ℂ"]
)
def test_a_host_that_is_not_ours_is_refused(client: Visitor, host: str) -> None:
    assert client.get("/offline", headers={"Host": host}).status_code == 400


def test_nobody_moves_where_they_come_from_by_a_header(app: Flask, client: Visitor) -> None:
    """Limits by source hold although each request claims another address."""
    codes = [
        client.post(
            "/code", data={"code": "x"}, headers={"X-Forwarded-For": f"10.0.0.{number}"}
        ).status_code
        for number in range(12)
    ]
    assert codes[-1] == 429


def test_ten_megabytes_are_refused_without_being_read(client: Visitor) -> None:
    assert client.post("/code", data={"code": "x" * 10_000_000}).status_code == 413
    deep = client.post("/code", data="[" * 200_000, content_type="application/json")
    assert deep.status_code in {400, 415, 422}
