"""Only the phone's own word makes a notice shown, opened or read; each word counts once."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from recovery.domain.notice import NoticeState
from recovery.services.sign_in import hashed
from recovery.services.trial import send_test_notice
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.notices import Attempt, Notice, Receipt
from recovery.store.patients import Patient, Wording
from recovery.store.sign_ins import Face, SignIn
from tests.builders import NOW, a_clinic, a_patient, a_visit, saved, signed_in
from tests.clock import TestClock
from tests.visitor import Visitor

TOKEN = "t" * 43
LATER = NOW + timedelta(minutes=12)


@pytest.fixture
def notice(app: Flask, client: Visitor) -> int:
    """A notice that a push service has accepted; its ladder goes on in twelve minutes."""
    with app.app_context():
        patient = a_patient(a_clinic())
        a_visit(patient)
        signed_in(client, Face.PATIENT, patient)
        row = send_test_notice(patient, NOW)
        row.state, row.sent_at, row.next_at = NoticeState.SENT.value, NOW, LATER
        device = saved(
            Device(
                clinic_id=patient.clinic_id,
                role="patient",
                owner_id=patient.id,
                sign_in_id=db.session.scalars(select(SignIn)).one().id,
                endpoint="https://fcm.googleapis.com/x",
                endpoint_hash="x",
                p256dh="",
                auth="",
                server_key="",
                created_at=NOW,
            )
        )
        attempt = Attempt(
            notice_id=row.id,
            device_id=device.id,
            channel="push",
            fence=1,
            at=NOW,
            receipt_hash=hashed(TOKEN),
        )
        saved(attempt)
        return int(row.id)


def state(app: Flask, notice: int) -> tuple[str, datetime | None]:
    with app.app_context():
        row = db.session.get_one(Notice, notice)
        return row.state, row.next_at


def test_a_shown_notice_has_reached_its_reader(
    app: Flask, client: Visitor, clock: TestClock, notice: int
) -> None:
    moment = clock.move(by=timedelta(seconds=3))
    assert client.post(f"/receipts/{TOKEN}/shown").status_code == 204
    assert state(app, notice) == (NoticeState.SHOWN, None)
    with app.app_context():
        assert db.session.get_one(Notice, notice).shown_at == moment
        assert db.session.scalars(select(Device)).one().last_receipt_at == moment


def test_a_receipt_counts_once(app: Flask, client: Visitor, clock: TestClock, notice: int) -> None:
    for _ in range(3):
        assert client.post(f"/receipts/{TOKEN}/shown").status_code == 204
        clock.move(by=timedelta(minutes=1))
    with app.app_context():
        assert db.session.scalar(select(func.count(Receipt.id))) == 1
        assert db.session.get_one(Notice, notice).shown_at == NOW


def test_receipts_out_of_order_undo_nothing(app: Flask, client: Visitor, notice: int) -> None:
    client.post(f"/receipts/{TOKEN}/opened")
    client.post(f"/receipts/{TOKEN}/shown")
    assert state(app, notice) == (NoticeState.OPENED, None)


def test_with_the_discreet_wording_only_opening_stops_the_ladder(
    app: Flask, client: Visitor, notice: int
) -> None:
    with app.app_context():
        db.session.scalars(select(Patient)).one().wording = Wording.DISCREET.value
        db.session.commit()
    client.post(f"/receipts/{TOKEN}/shown")
    assert state(app, notice) == (NoticeState.SHOWN, LATER)
    client.post(f"/receipts/{TOKEN}/opened")
    assert state(app, notice) == (NoticeState.OPENED, None)


@pytest.mark.parametrize("before", ["owed", "sending", "sent", "missed", "withdrawn", "failed"])
def test_a_phone_is_believed_whatever_was_thought_before(
    app: Flask, client: Visitor, notice: int, before: str
) -> None:
    with app.app_context():
        db.session.get_one(Notice, notice).state = before
        db.session.commit()
    client.post(f"/receipts/{TOKEN}/shown")
    assert state(app, notice)[0] == NoticeState.SHOWN


def test_a_receipt_for_nothing_is_not_found(client: Visitor, notice: int) -> None:
    assert client.post("/receipts/unknown/shown").status_code == 404
    assert client.post(f"/receipts/{TOKEN}/eaten").status_code == 404
    assert client.get(f"/receipts/{TOKEN}/shown").status_code == 405


def test_another_site_cannot_send_receipts(app: Flask, client: Visitor, notice: int) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(f"/receipts/{TOKEN}/shown", headers=headers).status_code == 403
    assert state(app, notice)[0] == NoticeState.SENT


def test_looking_at_a_notice_changes_nothing(app: Flask, client: Visitor, notice: int) -> None:
    assert "This is a test" in client.get(f"/me/notices/{notice}").text
    assert state(app, notice) == (NoticeState.SENT, LATER)


def test_i_have_read_this_acknowledges_a_notice(app: Flask, client: Visitor, notice: int) -> None:
    page = f"/me/notices/{notice}"
    assert client.submit(page, to=f"{page}/read").location == "/me"
    assert state(app, notice) == (NoticeState.ACKNOWLEDGED, None)
    assert "You have read this" in client.get(page).text


def test_the_page_that_waits_for_a_test_learns_that_it_arrived(
    client: Visitor, notice: int
) -> None:
    place = f"/me/notices/{notice}/state"
    assert client.get(place).get_json()["arrived"] is False
    client.post(f"/receipts/{TOKEN}/shown")
    assert client.get(place).get_json()["arrived"] is True


def test_somebody_elses_notice_does_not_exist(app: Flask, client: Visitor, notice: int) -> None:
    with app.app_context():
        signed_in(client, Face.PATIENT, a_patient(a_clinic(name="Elsewhere")))
    for path in ("", "/state"):
        assert client.get(f"/me/notices/{notice}{path}").status_code == 404
    token = {"csrf_token": client.token("/me/settle")}
    assert client.post(f"/me/notices/{notice}/read", data=token).status_code == 404
    assert state(app, notice)[0] == NoticeState.SENT
