"""A device is one browser's subscription, and belongs to whoever is signed in there now."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from recovery.domain.notice import NoticeState
from recovery.services.planning import replan
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face
from tests.builders import NOW, a_clinic, a_patient, a_ride, a_staff, a_visit, signed_in
from tests.clock import TestClock
from tests.visitor import Visitor

PLACE = "https://updates.push.services.mozilla.com/wpush/v2/abc"


def keys() -> dict[str, str]:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {"p256dh": _text(point), "auth": _text(b"a" * 16)}


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def post(client: Visitor, path: str, body: Any = None) -> TestResponse:
    token = client.get("/form-token").get_json()["token"]
    return client.post(path, json=body or {}, headers={"X-CSRFToken": token})


def subscribe(
    client: Visitor, endpoint: str = PLACE, face: str = "patient", **changes: Any
) -> TestResponse:
    return post(client, f"/devices/{face}", {"endpoint": endpoint, "keys": keys()} | changes)


@pytest.fixture
def signed(app: Flask, client: Visitor) -> Visitor:
    """The browser of a patient with a visit in an hour."""
    with app.app_context():
        patient = a_patient(a_clinic())
        a_visit(patient)
        signed_in(client, Face.PATIENT, patient)
    return client


def devices(app: Flask) -> list[Device]:
    with app.app_context():
        return list(db.session.scalars(select(Device).order_by(Device.id)))


def test_a_subscription_is_kept_exactly_as_the_browser_gave_it(app: Flask, signed: Visitor) -> None:
    place = "https://updates.push.services.mozilla.com/wpush/v2/a%2Fb=?x=Y"
    answer = subscribe(signed, place)
    assert answer.status_code == 201
    device = devices(app)[0]
    assert (device.endpoint, device.role, device.retired_at) == (place, "patient", None)
    assert answer.get_json()["key"] == device.endpoint_hash


def test_the_same_subscription_again_changes_nothing(app: Flask, signed: Visitor) -> None:
    subscribe(signed)
    subscribe(signed)
    assert len(devices(app)) == 1


def test_a_changed_subscription_replaces_the_last_one_of_this_browser(
    app: Flask, signed: Visitor
) -> None:
    subscribe(signed)
    subscribe(signed, PLACE + "new")
    old, new = devices(app)
    assert (old.retired_why, new.retired_at) == ("replaced", None)
    assert signed.get("/devices/patient").get_json()["key"] == new.endpoint_hash


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://updates.push.services.mozilla.com/x",
        "https://169.254.169.254/latest",
        "https://[::ffff:127.0.0.1]/x",
        "https://0x7f.1/x",
        "https://me@fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com.evil.example/x",
        "javascript:alert(1)",
        "",
        "https://fcm.googleapis.com/" + "x" * 3000,
    ],
)
def test_an_address_that_is_no_push_service_is_refused(
    app: Flask, signed: Visitor, endpoint: str
) -> None:
    assert subscribe(signed, endpoint).status_code == 422
    assert devices(app) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"keys": {"p256dh": "", "auth": ""}},
        {"keys": {"p256dh": _text(b"\x04" + b"\0" * 64), "auth": _text(b"a" * 16)}},
        {"keys": {"p256dh": _text(b"\x05" * 65), "auth": _text(b"a" * 15)}},
        {"keys": {"p256dh": 1, "auth": 2}},
        {"keys": []},
        {"endpoint": None},
    ],
)
def test_keys_that_no_phone_has_are_refused(
    app: Flask, signed: Visitor, changes: dict[str, Any]
) -> None:
    answer = subscribe(signed, **changes)
    assert answer.status_code == 422
    assert answer.get_json()["advice"]
    assert devices(app) == []


def test_a_phone_that_changes_hands_retires_the_first_persons_device(
    app: Flask, signed: Visitor
) -> None:
    subscribe(signed)
    with app.app_context():
        second = a_patient(a_clinic(name="Elsewhere"), name="Ana Second")
        signed_in(signed, Face.PATIENT, second)
        second_id = second.id
    assert signed.get("/devices/patient").get_json() | {"server": ""} == {
        "key": "",
        "wanted": False,
        "if_held": False,
        "server": "",
    }
    subscribe(signed)
    old, new = devices(app)
    assert (old.retired_why, old.endpoint) == ("taken-over", "")
    assert (new.owner_id, new.retired_at) == (second_id, None)


def test_a_phone_that_subscribes_anew_for_the_next_person_says_whose_it_gave_up(
    app: Flask, signed: Visitor
) -> None:
    subscribe(signed)
    with app.app_context():
        second = a_patient(a_clinic(name="Elsewhere"), name="Ana Second")
        signed_in(signed, Face.PATIENT, second)
    assert subscribe(signed, f"{PLACE}d", before=PLACE).status_code == 201
    old, new = devices(app)
    assert (old.retired_why, old.endpoint) == ("taken-over", "")
    assert new.retired_at is None
    assert subscribe(signed, f"{PLACE}e", before=f"{PLACE}d").status_code == 201
    assert [row.retired_why for row in devices(app)] == ["taken-over", "replaced", ""]
    for odd in (1, None, [], "x" * 10_000):
        assert subscribe(signed, f"{PLACE}e", before=odd).status_code == 201


def test_a_driver_has_devices_too(app: Flask, client: Visitor) -> None:
    with app.app_context():
        ride = a_ride(a_visit(a_patient(a_clinic())))
        signed_in(client, Face.DRIVER, ride.contact)
        contact = ride.contact_id
    assert subscribe(client, face="driver").status_code == 201
    assert [(d.role, d.owner_id) for d in devices(app)] == [("contact", contact)]
    assert client.get("/devices/patient").status_code == 401


def test_only_a_device_that_nobody_ended_is_mended_without_asking(
    app: Flask, signed: Visitor
) -> None:
    state = signed.get("/devices/patient").get_json()
    assert state["wanted"] is False
    subscribe(signed)
    with app.app_context():
        device = db.session.scalars(select(Device)).one()
        device.retired_at, device.retired_why = NOW, "gone"
        db.session.commit()
    assert signed.get("/devices/patient").get_json()["wanted"] is True
    subscribe(signed)
    assert post(signed, "/devices/patient/forget").status_code == 204
    state = signed.get("/devices/patient").get_json()
    assert (state["key"], state["wanted"]) == ("", False)


@pytest.mark.parametrize("before", ["", "gone"])
def test_staff_see_that_a_phone_blocks_notices_whoever_noticed_first(
    app: Flask, signed: Visitor, before: str
) -> None:
    subscribe(signed)
    with app.app_context():
        device = db.session.scalars(select(Device)).one()
        device.retired_at, device.retired_why = (NOW if before else None), before
        db.session.commit()
    assert post(signed, "/devices/patient/forget", {"why": "blocked"}).status_code == 204
    assert [device.retired_why for device in devices(app)] == ["blocked"]
    assert signed.get("/devices/patient").get_json()["wanted"] is True
    with app.app_context():
        patient = db.session.scalars(select(Patient)).one()
        staff = signed_in(app.test_client(), Face.STAFF, a_staff(patient.clinic))
        page = f"/staff/patients/{patient.id}"
    assert "Notices blocked on the phone" in staff.get("/staff/").text
    assert "ask the patient to allow notices again" in staff.get(page).text
    subscribe(signed)
    assert "Notices blocked on the phone" not in staff.get("/staff/").text
    assert "Notices are on" in staff.get(page).text


def test_a_phone_that_was_given_up_on_purpose_is_not_called_blocked(
    app: Flask, signed: Visitor
) -> None:
    subscribe(signed)
    post(signed, "/devices/patient/forget", {"why": "because"})
    post(signed, "/devices/patient/forget", {"why": "blocked"})
    assert [device.retired_why for device in devices(app)] == ["not-wanted"]


@pytest.mark.parametrize("body", [[], 5, "blocked", {"why": {"a": 1}}, {"why": ["blocked"]}])
def test_an_odd_reason_is_no_reason(app: Flask, signed: Visitor, body: object) -> None:
    subscribe(signed)
    token = signed.get("/form-token").get_json()["token"]
    said = {"headers": {"X-CSRFToken": token}, "json": body}
    assert signed.post("/devices/patient/forget", **said).status_code == 204
    assert [device.retired_why for device in devices(app)] == ["not-wanted"]


def test_without_a_form_token_nothing_is_kept(app: Flask, signed: Visitor) -> None:
    body = {"endpoint": PLACE, "keys": keys()}
    assert signed.post("/devices/patient", json=body).status_code == 400
    assert devices(app) == []


def test_a_test_notice_is_owed_at_once_and_survives_planning(
    app: Flask, signed: Visitor, clock: TestClock
) -> None:
    answer = post(signed, "/me/notices/test")
    assert answer.status_code == 202
    assert answer.get_json()["arrived"] is False
    with app.app_context():
        replan(db.session.scalars(select(Patient)).one().id, clock())
        db.session.commit()
        notice = db.session.scalars(select(Notice).where(Notice.kind == "test")).one()
        assert (notice.state, notice.next_at) == (NoticeState.OWED, NOW)
        assert notice.not_after == NOW + timedelta(minutes=10)


def test_two_taps_ask_for_one_test_notice(signed: Visitor, clock: TestClock) -> None:
    first = post(signed, "/me/notices/test").get_json()["id"]
    assert post(signed, "/me/notices/test").get_json()["id"] == first
    clock.move(by=timedelta(seconds=5))
    assert post(signed, "/me/notices/test").get_json()["id"] != first


def test_test_notices_cannot_be_asked_for_without_end(signed: Visitor, clock: TestClock) -> None:
    for _ in range(10):
        assert post(signed, "/me/notices/test").status_code == 202
        clock.move(by=timedelta(seconds=10))
    assert post(signed, "/me/notices/test").status_code == 429
