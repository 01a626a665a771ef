"""A welcome link lets one phone in, once, with the right date of birth."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.services.refusals import NotFound
from recovery.services.welcome import LINK_LIVES, TRIES_A_LINK, make_welcome_link
from recovery.store.audit import AuditRow
from recovery.store.clinics import ProtocolVersion, Staff
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face, SignIn
from tests.builders import NOW, a_clinic, a_patient, a_staff, a_visit, signed_in
from tests.clock import TestClock
from tests.visitor import Visitor

BORN = {"born": "1988-04-12"}


@pytest.fixture
def link(app: Flask) -> str:
    """The path of a fresh welcome link of a patient with a visit in an hour."""
    with app.app_context():
        clinic = a_clinic()
        patient = a_patient(clinic, settled_at=None)
        a_visit(patient)
        return f"/welcome/{make_welcome_link(a_staff(clinic), patient.id, NOW)}"


def browser(app: Flask) -> Visitor:
    client = app.test_client()
    assert isinstance(client, Visitor)
    return client


def test_opening_a_link_changes_nothing(app: Flask, client: Visitor, link: str) -> None:
    for _ in range(3):
        answer = client.get(link)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    with app.app_context():
        assert db.session.scalar(select(SignIn.id)) is None
    assert client.submit(link, BORN).status_code == 303


def test_the_page_behind_a_link_says_nothing_of_the_patient(client: Visitor, link: str) -> None:
    page = client.get(link).text
    for word in ("Rosa", "Delgado", "1988", "ketamine"):
        assert word not in page


def test_link_and_date_of_birth_let_a_phone_in(client: Visitor, link: str) -> None:
    assert client.submit(link, BORN).location == "/me"
    assert client.get("/me").location == "/me/settle"


def test_a_wrong_date_does_not_use_the_link_up(client: Visitor, link: str) -> None:
    wrong = client.submit(link, {"born": "1988-04-13"})
    assert wrong.status_code == 422
    assert "<title>Error:" in wrong.text
    assert client.submit(link, BORN).status_code == 303


@pytest.mark.parametrize("born", ["", "12/04/1988", "1988-13-40", "0000-00-00", "x" * 5000])
def test_what_is_no_date_is_a_wrong_date(client: Visitor, link: str, born: str) -> None:
    assert client.submit(link, {"born": born}).status_code == 422


def test_an_unknown_link_gets_the_answer_of_a_wrong_date(client: Visitor, link: str) -> None:
    wrong = client.submit(link, {"born": "1988-04-13"})
    unknown = client.submit(link, BORN, to="/welcome/" + "A" * 43)
    assert unknown.status_code == wrong.status_code == 422
    assert "do not go together" in unknown.text


def test_a_link_works_once(app: Flask, client: Visitor, link: str) -> None:
    assert client.submit(link, BORN).status_code == 303
    again = browser(app).get(link)
    assert again.status_code == 410
    assert "+12125550100" in again.text


def test_phone_45_a_link_ends_after_a_week_and_gives_the_phone_number(
    client: Visitor, clock: TestClock, link: str
) -> None:
    clock.move(by=LINK_LIVES)
    answer = client.get(link)
    assert answer.status_code == 410
    assert "tel:+12125550100" in answer.text


def test_a_new_link_replaces_the_last(app: Flask, client: Visitor, link: str) -> None:
    with app.app_context():
        patient = db.session.scalars(select(Patient)).one()
        new = make_welcome_link(db.session.scalars(select(Staff)).one(), patient.id, NOW)
    assert client.get(link).status_code == 410
    assert client.submit(f"/welcome/{new}", BORN).status_code == 303


def test_dates_of_birth_cannot_be_tried_for_ever(
    app: Flask, client: Visitor, clock: TestClock, link: str
) -> None:
    for _ in range(TRIES_A_LINK):
        assert client.submit(link, {"born": "1990-01-01"}).status_code == 422
    clock.move(by=timedelta(hours=2))
    assert browser(app).submit(link, BORN).status_code == 429


def test_staff_of_another_clinic_cannot_make_a_link(app: Flask, link: str) -> None:
    with app.app_context():
        patient = db.session.scalars(select(Patient)).one()
        stranger = a_staff(a_clinic(name="Elsewhere"))
        with pytest.raises(NotFound):
            make_welcome_link(stranger, patient.id, NOW)


def test_a_phone_stays_signed_in_until_30_days_after_the_last_visit(
    app: Flask, client: Visitor, clock: TestClock, link: str
) -> None:
    client.submit(link, BORN)
    clock.move(by=timedelta(days=30, minutes=59))
    assert client.get("/me/settle").status_code == 200
    clock.move(by=timedelta(minutes=2))
    assert client.get("/me/settle").status_code == 401


def test_a_visit_booked_later_keeps_the_phone_signed_in(
    app: Flask, client: Visitor, clock: TestClock, link: str
) -> None:
    client.submit(link, BORN)
    client.submit("/me/settle", {"language": "en", "wording": "clear"})
    with app.app_context():
        patient = db.session.scalars(select(Patient)).one()
        version = db.session.scalars(select(ProtocolVersion)).one()
        a_visit(patient, version, start_at=NOW + timedelta(days=20))
    assert client.get("/me").status_code == 200
    clock.move(by=timedelta(days=49))
    assert client.get("/me").status_code == 200
    clock.move(by=timedelta(days=2))
    assert client.get("/me").status_code == 401


def test_two_patients_on_one_phone_never_see_each_other(
    app: Flask, client: Visitor, link: str
) -> None:
    with app.app_context():
        first = a_patient(a_clinic(name="Elsewhere"), name="Ana Before")
        signed_in(client, Face.PATIENT, first)
        before = db.session.scalars(select(SignIn)).one().id
    client.submit(link, BORN)
    with app.app_context():
        ended = db.session.get_one(SignIn, before)
        assert ended.ended_at == NOW
    assert client.submit("/me/settle", {"language": "en", "wording": "clear"}).status_code == 303
    assert "Lakeside" in client.get("/me").text


def test_a_code_carries_the_patient_to_another_phone(
    app: Flask, client: Visitor, link: str
) -> None:
    client.submit(link, BORN)
    code = _code(client)
    second = browser(app)
    entered = second.submit("/code", {"code": f" {code[:4].lower()}-{code[4:]} "})
    assert entered.location == "/me/notices/allow"
    assert second.get("/me/settle").status_code == 200
    third = browser(app)
    assert third.submit("/code", {"code": code}).status_code == 422


def test_a_code_ends_after_ten_minutes_and_with_the_next_one(
    app: Flask, client: Visitor, clock: TestClock, link: str
) -> None:
    client.submit(link, BORN)
    first, second = _code(client), _code(client)
    assert browser(app).submit("/code", {"code": first}).status_code == 422
    clock.move(by=timedelta(minutes=10))
    assert browser(app).submit("/code", {"code": second}).status_code == 422


def test_codes_cannot_be_guessed_for_ever(app: Flask, client: Visitor, link: str) -> None:
    for _ in range(10):
        assert client.submit("/code", {"code": "AAAA2222"}).status_code == 422
    assert browser(app).submit("/code", {"code": "AAAA2222"}).status_code == 429


def test_signing_out_ends_the_sign_in_and_the_device(
    app: Flask, client: Visitor, link: str
) -> None:
    client.submit(link, BORN)
    with app.app_context():
        sign_in = db.session.scalars(select(SignIn)).one()
        device = Device(
            clinic_id=sign_in.clinic_id,
            role="patient",
            owner_id=sign_in.subject_id,
            sign_in_id=sign_in.id,
            endpoint="https://fcm.googleapis.com/x",
            endpoint_hash="x",
            p256dh="",
            auth="",
            server_key="",
            created_at=NOW,
        )
        db.session.add(device)
        db.session.commit()
    cookie = client.get_cookie("homeward-patient")
    assert cookie is not None
    assert client.submit("/me/leave").status_code == 200
    client.set_cookie("homeward-patient", cookie.value)
    assert client.get("/me").status_code == 401
    with app.app_context():
        device = db.session.scalars(select(Device)).one()
        assert (device.retired_at, device.retired_why) == (NOW, "signed-out")


def test_the_record_names_who_came_in_and_never_a_token(
    app: Flask, client: Visitor, link: str
) -> None:
    client.submit(link, BORN)
    with app.app_context():
        rows = db.session.scalars(select(AuditRow).order_by(AuditRow.id)).all()
        assert [row.verb for row in rows] == ["made-welcome-link", "entered-by-link"]
        assert link.rsplit("/", 1)[1] not in str([row.facts for row in rows])


def _code(client: Visitor) -> str:
    page = client.submit("/me/code").text
    shown = page.split("<strong>", 1)[1].split("</strong>", 1)[0]
    return shown.replace(" ", "")


def test_a_wrong_date_stays_in_the_field_to_be_mended(client: Visitor, link: str) -> None:
    assert 'value="1988-12-04"' in client.submit(link, {"born": "1988-12-04"}).text


def test_who_is_signed_out_finds_a_way_back(client: Visitor) -> None:
    page = client.get("/me")
    assert page.status_code == 401
    assert 'action="/code"' in page.text
    assert 'autocomplete="one-time-code"' in page.text
    assert "not to drive, that still holds" in page.text


def test_a_code_is_shown_with_the_time_until_which_it_works(client: Visitor, link: str) -> None:
    client.submit(link, BORN)
    assert "until 9:10\u202fAM" in client.submit("/me/code").text
