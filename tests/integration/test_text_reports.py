"""What the text provider tells us later: proved by signature, kept once, acted on at once."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from recovery.config import Settings
from recovery.services.stopped_numbers import stopped_among
from recovery.store.addresses import Address, Channel, TextStop
from recovery.store.alerts import Alert
from recovery.store.audit import AuditRow
from recovery.store.database import db
from recovery.store.notices import Attempt
from recovery.store.patients import Patient
from tests.builders import NOW, a_ride, a_visit
from tests.carriers import CHANNELS, Outside, an_address
from tests.clock import TestClock
from tests.conftest import settings_for
from tests.lock_screen import revealing
from tests.notices import MINUTE, a_discharged_visit, a_notice, alerts, the_notice, work_off
from tests.twilio_service import SENDER, signed
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("session")
HERE = "http://localhost:8000"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path, **CHANNELS)


def call(client: Visitor, path: str, fields: dict[str, str], **changes: Any) -> TestResponse:
    """Call one of our doors as Twilio does."""
    values: dict[str, Any] = {"data": fields, "headers": signed(HERE + path, fields)}
    return client.post(path, **(values | changes))


def report(client: Visitor, attempt: Attempt, status: str, **fields: str) -> TestResponse:
    said = {"MessageSid": "SM1", "MessageStatus": status, **fields}
    return call(client, f"/texts/status/{attempt.id}", said)


def reply(client: Visitor, number: str, words: str, **fields: str) -> TestResponse:
    said = {"From": number, "To": SENDER, "Body": words, **fields}
    return call(client, "/texts/incoming", said)


@pytest.fixture
def texted(out: Outside, patient: Patient) -> Attempt:
    """A text with a safety notice that the provider took."""
    an_address(patient, Channel.TEXT)
    a_discharged_visit(patient)
    work_off(out.worker)
    return db.session.scalars(select(Attempt)).one()


def stops(*numbers: str) -> bool:
    """Whether these numbers, and no other, are texted no more."""
    db.session.rollback()
    kept = db.session.scalar(select(func.count()).select_from(TextStop))
    return kept == len(numbers) and stopped_among(numbers) == set(numbers)


def test_delivered_is_kept_and_proves_nothing(
    client: Visitor, out: Outside, texted: Attempt, clock: TestClock
) -> None:
    assert report(client, texted, "delivered").status_code == 204
    db.session.refresh(texted)
    assert (texted.reported, texted.reported_at) == ("delivered", NOW)
    assert the_notice("rest").state == "sent"
    clock.move(by=12 * MINUTE)
    work_off(out.worker)
    assert alerts() == [("notice-unseen", "alert")]


@pytest.mark.parametrize("status", ["undelivered", "failed", "canceled"])
def test_a_text_that_reached_nobody_climbs_on_at_once(
    client: Visitor, out: Outside, texted: Attempt, status: str
) -> None:
    report(client, texted, status, ErrorCode="30003")
    work_off(out.worker)
    assert alerts() == [("notice-unseen", "alert")]
    db.session.refresh(texted)
    assert texted.detail == f"{status} 30003"
    assert db.session.scalars(select(Address)).one().retired_at is None


def test_a_text_that_reached_nobody_is_followed_by_email_where_there_is_one(
    client: Visitor, out: Outside, texted: Attempt, patient: Patient, clock: TestClock
) -> None:
    an_address(patient, Channel.EMAIL)
    report(client, texted, "undelivered")
    work_off(out.worker)
    assert (len(out.box.taken), alerts()) == (1, [])
    clock.move(by=12 * MINUTE)
    work_off(out.worker)
    assert alerts() == [("notice-unseen", "alert")]


def test_a_report_that_is_quicker_than_the_outcome_counts(
    client: Visitor, out: Outside, patient: Patient
) -> None:
    an_address(patient, Channel.TEXT)
    a_discharged_visit(patient)
    out.worker.round()
    attempt = db.session.scalars(select(Attempt)).one()
    while not out.texts.texts:
        pass
    report(client, attempt, "failed")
    work_off(out.worker)
    assert alerts() == [("notice-failed", "alert")]


def test_reports_may_come_twice_and_in_any_order(
    client: Visitor, texted: Attempt, out: Outside
) -> None:
    for status in ("delivered", "sent", "delivered", "queued", "undelivered"):
        assert report(client, texted, status).status_code == 204
    db.session.refresh(texted)
    assert texted.reported == "delivered"
    work_off(out.worker)
    assert alerts() == []


def test_a_report_about_a_notice_that_was_opened_changes_nothing(
    client: Visitor, out: Outside, texted: Attempt
) -> None:
    client.submit(out.links[0].partition(".org")[2])
    report(client, texted, "failed")
    work_off(out.worker)
    assert (the_notice("rest").state, alerts()) == ("opened", [])


@pytest.mark.parametrize(("code", "why"), [("30005", "gone"), ("30006", "gone"), ("30003", "")])
def test_a_number_that_takes_no_texts_is_retired(
    client: Visitor, texted: Attempt, code: str, why: str
) -> None:
    report(client, texted, "undelivered", ErrorCode=code)
    row = select(Address).execution_options(populate_existing=True)
    assert db.session.scalars(row).one().retired_why == why


def test_a_call_without_twilios_signature_is_refused(client: Visitor, texted: Attempt) -> None:
    path, fields = f"/texts/status/{texted.id}", {"MessageStatus": "failed"}
    forged = signed(HERE + path, fields, token="guessed" * 4)
    other = signed(HERE + "/texts/status/999", fields)
    for headers in ({}, forged, other, {"X-Twilio-Signature": "ü"}):
        assert call(client, path, fields, headers=headers).status_code == 403
    changed = call(
        client, path, {"MessageStatus": "delivered"}, headers=signed(HERE + path, fields)
    )
    assert changed.status_code == 403
    db.session.refresh(texted)
    assert texted.reported == ""


def test_a_report_about_no_text_of_ours_is_not_found(client: Visitor, texted: Attempt) -> None:
    path, fields = f"/texts/status/{texted.id + 1}", {"MessageStatus": "failed"}
    assert call(client, path, fields).status_code == 404
    huge = "/texts/status/99999999999999999999"
    assert call(client, huge, fields).status_code == 404


def test_without_an_account_there_is_no_door(fresh_app: Flask, tmp_path: Path) -> None:
    from recovery import config

    plain = config.current
    with fresh_app.app_context():
        config.attach(fresh_app, settings_for(plain().database_url, tmp_path))
    answer = fresh_app.test_client().open("/texts/incoming", method="POST", data={"Body": "STOP"})
    assert answer.status_code == 404


@pytest.mark.parametrize("word", ["STOP", "Alto.", "no más", "Stop texting me"])
def test_phone_47_stop_halts_texts_from_its_commit_on_and_staff_get_a_task(
    client: Visitor, out: Outside, patient: Patient, word: str
) -> None:
    an_address(patient, Channel.TEXT)
    visit = a_visit(patient)
    answer = reply(client, patient.phone, word)
    assert answer.status_code == 200
    assert answer.mimetype == "text/xml"
    assert "<Message>" not in answer.get_data(as_text=True)
    assert stops(patient.phone)
    assert alerts() == [("sms-stopped", "task")]
    a_notice(visit, "rest", safety=True)
    work_off(out.worker)
    assert out.texts.texts == []


def test_phone_47_start_lets_texts_come_again_and_closes_the_task(
    client: Visitor, out: Outside, patient: Patient
) -> None:
    an_address(patient, Channel.TEXT)
    visit = a_visit(patient)
    reply(client, patient.phone, "PARAR")
    reply(client, patient.phone, "iniciar")
    assert stops()
    assert db.session.scalars(select(Alert)).one().resolved_at == NOW
    a_notice(visit, "rest", safety=True)
    work_off(out.worker)
    assert len(out.texts.texts) == 1


def test_phone_47_the_providers_own_reading_of_a_reply_counts(
    client: Visitor, patient: Patient
) -> None:
    reply(client, patient.phone, "please no", OptOutType="STOP")
    assert stops(patient.phone)


def test_phone_47_stop_of_an_unknown_number_is_kept_for_whoever_it_may_become(
    client: Visitor,
) -> None:
    reply(client, "+12125559999", "stop")
    assert stops("+12125559999")


def test_phone_47_a_drivers_stop_is_a_task_that_names_the_driver(
    client: Visitor, patient: Patient
) -> None:
    ride = a_ride(a_visit(patient))
    an_address(ride.contact, Channel.TEXT)
    reply(client, ride.contact.phone, "stop")
    facts = db.session.scalars(select(Alert)).one().facts
    assert (facts["who"], facts["who_id"]) == ("contact", ride.contact_id)


def test_phone_47_the_same_stop_twice_is_one_task(client: Visitor, patient: Patient) -> None:
    an_address(patient, Channel.TEXT)
    a_visit(patient)
    for _ in range(2):
        reply(client, patient.phone, "stop")
    assert alerts() == [("sms-stopped", "task")]
    trail = db.session.scalars(select(AuditRow.verb)).all()
    assert "stopped-sms" in trail


@pytest.mark.parametrize(("language", "words"), [("en", "Nobody reads"), ("es", "Nadie lee")])
def test_any_other_answer_is_told_honestly_that_nobody_reads_it(
    client: Visitor, patient: Patient, language: str, words: str
) -> None:
    patient.language = language
    an_address(patient, Channel.TEXT)
    a_visit(patient)
    text = reply(client, patient.phone, "I feel <b>odd</b>").get_data(as_text=True)
    assert words in text
    assert "911" in text
    assert "+12125550100" in text
    assert not revealing(text.partition("<Message>")[2])
    assert stops()


def test_two_machines_do_not_talk_to_each_other_for_ever(client: Visitor, patient: Patient) -> None:
    an_address(patient, Channel.TEXT)
    a_visit(patient)
    answers = [reply(client, patient.phone, "hello").get_data(as_text=True) for _ in range(5)]
    assert ["Message" in answer for answer in answers] == [True] * 3 + [False] * 2


def test_a_stranger_gets_no_answer(client: Visitor, patient: Patient) -> None:
    a_visit(patient)
    assert "<Message>" not in reply(client, "+12125559999", "hello").get_data(as_text=True)
