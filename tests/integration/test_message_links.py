"""The link of a text or e-mail: it opens the right page, for a tap only, and ends in time."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.store.addresses import Address, Channel
from recovery.store.database import db
from recovery.store.notices import Attempt, Receipt
from recovery.store.patients import Patient, Wording
from recovery.store.sign_ins import Face
from tests.builders import NOW, a_patient, a_ride, a_visit, signed_in
from tests.carriers import URL, Outside, an_address
from tests.clock import TestClock
from tests.notices import (
    HOUR,
    MINUTE,
    a_discharged_visit,
    a_notice,
    a_phone,
    alerts,
    the_notice,
    work_off,
)
from tests.push_service import PushService
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def link(out: Outside, patient: Patient) -> str:
    """The path behind the text that says “rest” to Rosa."""
    an_address(patient, Channel.TEXT)
    a_discharged_visit(patient)
    work_off(out.worker)
    return out.links[0].removeprefix(URL)


def test_phone_44_opening_the_link_changes_nothing_however_often_a_machine_does(
    client: Visitor, link: str
) -> None:
    for _ in range(3):
        assert client.get(link).status_code == 200
        assert client.head(link).status_code == 200
    row = the_notice("rest")
    assert (row.state, row.opened_at) == ("sent", None)
    assert db.session.scalars(select(Receipt)).all() == []


def test_before_the_tap_the_page_says_only_whom_it_is_from(client: Visitor, link: str) -> None:
    page = client.get(link)
    text = page.get_data(as_text=True)
    assert "Lakeside" in text
    assert page.headers["Cache-Control"] == "no-store"
    for secret in ("Rosa", "Infusions", "drive", "rest"):
        assert secret not in text


def test_a_tap_shows_the_notice_counts_as_opened_and_stops_the_ladder(
    client: Visitor, out: Outside, link: str, clock: TestClock
) -> None:
    page = client.submit(link)
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    assert "Are you home? Time to rest" in text
    assert "on Tuesday" in text
    row = the_notice("rest")
    assert (row.state, row.opened_at, row.next_at) == ("opened", NOW, None)
    clock.move(by=HOUR)
    work_off(out.worker)
    assert alerts() == []


def test_with_the_discreet_wording_a_tap_stops_the_ladder_as_well(
    client: Visitor,
    out: Outside,
    patient: Patient,
    service: PushService,
    clock: TestClock,
) -> None:
    patient.wording = Wording.DISCREET.value
    a_phone(patient, service)
    an_address(patient, Channel.TEXT)
    a_discharged_visit(patient)
    work_off(out.worker)
    clock.move(by=12 * MINUTE)
    work_off(out.worker)
    client.submit(out.links[0].removeprefix(URL))
    clock.move(by=HOUR)
    work_off(out.worker)
    assert (the_notice("rest").state, alerts()) == ("opened", [])


def test_a_second_tap_shows_it_again_and_records_nothing_new(client: Visitor, link: str) -> None:
    client.submit(link)
    assert "Time to rest" in client.submit(link).get_data(as_text=True)
    assert len(db.session.scalars(select(Receipt)).all()) == 1


def test_it_is_in_the_language_of_its_reader(
    client: Visitor, out: Outside, patient: Patient
) -> None:
    patient.language = "es"
    an_address(patient, Channel.TEXT)
    a_discharged_visit(patient)
    work_off(out.worker)
    path = out.links[0].removeprefix(URL)
    assert "Tiene un mensaje" in client.get(path).get_data(as_text=True)
    text = client.submit(path).get_data(as_text=True)
    assert "A descansar" in text
    assert 'lang="es"' in text


def test_on_the_signed_in_phone_the_link_leads_to_the_notice_in_the_app(
    client: Visitor, link: str, patient: Patient
) -> None:
    signed_in(client, Face.PATIENT, patient)
    answer = client.get(link)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/me/notices/{the_notice('rest').id}"


def test_somebody_else_who_is_signed_in_sees_only_the_closed_message(
    client: Visitor, link: str, patient: Patient
) -> None:
    signed_in(client, Face.PATIENT, a_patient(patient.clinic, name="Owen Hart"))
    answer = client.get(link)
    assert answer.status_code == 200
    assert "Rosa" not in answer.get_data(as_text=True)


def test_a_drivers_link_opens_the_drivers_notice(
    client: Visitor, out: Outside, patient: Patient
) -> None:
    visit = a_visit(patient)
    ride = a_ride(visit)
    an_address(ride.contact, Channel.TEXT)
    a_notice(visit, "ready", role="driver", recipient_id=ride.id, safety=True)
    work_off(out.worker)
    path = out.links[0].removeprefix(URL)
    assert "Rosa" not in client.get(path).get_data(as_text=True)
    assert "Rosa is ready" in client.submit(path).get_data(as_text=True)
    signed_in(client, Face.DRIVER, ride.contact)
    assert (
        client.get(path).headers["Location"]
        == f"/driver/notices/{the_notice('ready', 'driver').id}"
    )


def test_phone_48_a_driver_whose_consent_was_taken_back_reads_nothing_any_more(
    client: Visitor, out: Outside, patient: Patient
) -> None:
    visit = a_visit(patient)
    ride = a_ride(visit)
    an_address(ride.contact, Channel.TEXT)
    a_notice(visit, "ready", role="driver", recipient_id=ride.id, safety=True)
    work_off(out.worker)
    path = out.links[0].removeprefix(URL)
    form = {"csrf_token": client.token(path)}
    ride.state = "revoked"
    db.session.commit()
    answer = client.post(path, data=form)
    assert answer.status_code == 410
    assert "Rosa" not in answer.get_data(as_text=True)


def test_phone_45_a_link_whose_time_is_over_gives_the_phone_number(
    client: Visitor, link: str, clock: TestClock
) -> None:
    form = {"csrf_token": client.token(link)}
    clock.move(by=timedelta(hours=24))
    for answer in (client.get(link), client.post(link, data=form)):
        assert answer.status_code == 410
        assert "tel:+12125550100" in answer.get_data(as_text=True)
    assert the_notice("rest").opened_at is None


def test_a_link_that_never_was_is_not_found(client: Visitor, link: str) -> None:
    form = {"csrf_token": client.token(link)}
    for path in ("/m/abc", f"{link}x", f"{link}x/stop"):
        assert client.get(path).status_code == 404
        assert client.post(path, data=form).status_code == 404


def test_the_token_of_a_phones_receipt_opens_nothing(
    client: Visitor, out: Outside, patient: Patient, service: PushService
) -> None:
    phone = a_phone(patient, service)
    a_discharged_visit(patient)
    work_off(out.worker)
    token = phone.messages()[0].json["notification"]["data"]["receipt"].rpartition("/")[2]
    form = {"csrf_token": client.token("/code")}
    assert client.get(f"/m/{token}").status_code == 404
    assert client.post(f"/m/{token}", data=form).status_code == 404


def test_a_tap_from_another_site_opens_nothing(client: Visitor, link: str) -> None:
    form = {"csrf_token": client.token(link)}
    answer = client.post(link, data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert the_notice("rest").opened_at is None


def test_who_wants_no_more_email_says_so_by_a_button_or_the_mail_program(
    app: Flask, client: Visitor, out: Outside, patient: Patient
) -> None:
    address = an_address(patient, Channel.EMAIL)
    a_discharged_visit(patient)
    work_off(out.worker)
    path = out.links[0].removeprefix(URL) + "/stop"
    assert out.box.taken[0]["List-Unsubscribe"] == f"<{URL}{path}>"
    assert client.get(path).status_code == 200
    db.session.refresh(address)
    assert address.retired_at is None
    program = app.test_client()
    answer = program.open(path, method="POST", data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    address = db.session.scalars(select(Address).execution_options(populate_existing=True)).one()
    assert (address.retired_at, address.retired_why) == (NOW, "stopped")
    assert ("email-stopped", "task") in alerts()


def test_the_page_to_stop_texts_says_which_word_to_answer(client: Visitor, link: str) -> None:
    assert "STOP" in client.get(f"{link}/stop").get_data(as_text=True)
    assert client.post(f"{link}/stop").status_code == 200
    assert db.session.scalars(select(Address)).one().retired_at is None


def test_when_nobody_is_at_the_clinic_the_page_says_so_honestly(
    client: Visitor, link: str, clock: TestClock
) -> None:
    assert "reads this now" in client.submit(link).get_data(as_text=True)
    clock.move(by=10 * HOUR)
    assert "Dr. Ada Lind" in client.submit(link).get_data(as_text=True)


def test_the_link_says_which_attempt_was_opened(client: Visitor, link: str) -> None:
    client.submit(link)
    receipt = db.session.scalars(select(Receipt)).one()
    attempt = db.session.get_one(Attempt, receipt.attempt_id)
    assert (receipt.kind, attempt.channel) == ("opened", "sms")
