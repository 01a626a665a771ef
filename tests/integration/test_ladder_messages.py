"""When no phone proves it: a text or an e-mail, through real servers, and on to staff."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.domain.ladder import Rung
from recovery.domain.notice import NoticeState
from recovery.services.receipts import take_receipt
from recovery.services.stopped_numbers import keep_stop, stopped_among
from recovery.store.addresses import Address, Channel
from recovery.store.database import db
from recovery.store.notices import Attempt
from recovery.store.patients import Patient, Wording
from tests.builders import NOW, a_ride, a_visit
from tests.carriers import URL, Outside, an_address, outside
from tests.clock import TestClock
from tests.lock_screen import revealing
from tests.notices import (
    MINUTE,
    a_discharged_visit,
    a_notice,
    a_phone,
    alerts,
    the_notice,
    work_off,
)
from tests.push_service import PushService

pytestmark = pytest.mark.usefixtures("session")


def climb_once(out: Outside, clock: TestClock) -> None:
    work_off(out.worker)
    clock.move(by=12 * MINUTE)
    work_off(out.worker)


def test_a_phone_that_proves_nothing_is_followed_by_a_text_and_then_by_staff(
    out: Outside, service: PushService, patient: Patient, clock: TestClock
) -> None:
    a_phone(patient, service)
    an_address(patient, Channel.TEXT)
    a_discharged_visit(patient)
    climb_once(out, clock)
    [text] = out.texts.texts
    row = the_notice("rest")
    assert (row.rung, row.state, row.tried_at) == (Rung.MESSAGE, "sent", clock())
    assert text["To"] == patient.phone
    assert text["StatusCallback"].startswith(f"{URL}/texts/status/")
    assert int(text["ValidityPeriod"]) == (row.not_after - clock()).total_seconds()
    assert alerts() == []
    clock.move(by=12 * MINUTE)
    work_off(out.worker)
    assert alerts() == [("notice-unseen", "alert")]


def test_safety_prefers_a_text_and_a_routine_notice_an_email(
    out: Outside, patient: Patient
) -> None:
    an_address(patient, Channel.TEXT)
    an_address(patient, Channel.EMAIL)
    visit = a_visit(patient)
    a_notice(visit, "rest", safety=True)
    a_notice(visit, "day-1")
    work_off(out.worker)
    assert (len(out.texts.texts), len(out.box.taken)) == (1, 1)
    assert [row.channel for row in db.session.scalars(select(Attempt).order_by(Attempt.id))] in (
        ["sms", "email"],
        ["email", "sms"],
    )


def test_somebody_without_a_phone_for_notices_gets_an_email_at_once(
    out: Outside, patient: Patient
) -> None:
    an_address(patient, Channel.EMAIL)
    a_discharged_visit(patient)
    work_off(out.worker)
    [letter] = out.box.taken
    assert letter["To"] == "rosa@patients.example"
    assert letter["From"].startswith("Lakeside <")
    assert (the_notice("rest").state, alerts()) == ("sent", [])


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("channel", [Channel.TEXT, Channel.EMAIL])
def test_phone_43_texts_and_emails_reveal_nothing_in_any_language_or_wording(
    out: Outside, patient: Patient, language: str, channel: Channel
) -> None:
    patient.language, patient.wording = language, Wording.CLEAR.value
    an_address(patient, channel)
    a_discharged_visit(patient)
    work_off(out.worker)
    if channel is Channel.TEXT:
        said = [out.texts.texts[0]["Body"]]
    else:
        letter = out.box.taken[0]
        said = [letter["Subject"], letter["From"], letter.get_content()]
        assert letter["Content-Language"] == language
    for words in said:
        assert not revealing(words), words
        for secret in ("Rosa", "Delgado", "Infusions", "drive", "maneje", "1988"):
            assert secret not in words
    assert ("mensaje" in said[0]) is (language == "es")


def test_a_text_that_the_provider_refuses_is_followed_by_email_at_once(
    out: Outside, patient: Patient
) -> None:
    text = an_address(patient, Channel.TEXT)
    an_address(patient, Channel.EMAIL)
    a_discharged_visit(patient)
    out.texts.refuse_next(400, 21614)
    work_off(out.worker)
    assert len(out.box.taken) == 1
    db.session.refresh(text)
    assert (text.retired_at, text.retired_why) == (NOW, "gone")


def test_a_refused_email_counts_as_not_reached_and_climbs_to_staff_at_once(
    out: Outside, patient: Patient
) -> None:
    an_address(patient, Channel.EMAIL)
    a_discharged_visit(patient)
    out.box.at_recipient.append("550 5.1.1 no such user")
    work_off(out.worker)
    assert alerts() == [("no-device", "alert")]
    assert db.session.scalars(select(Address)).one().retired_why == "gone"


def test_greylisting_is_waited_out_within_the_rungs_time(
    out: Outside, patient: Patient, clock: TestClock
) -> None:
    an_address(patient, Channel.EMAIL)
    a_discharged_visit(patient)
    out.box.at_recipient += ["451 4.7.1 later"] * 3
    for _ in range(4):
        work_off(out.worker)
        clock.move(by=MINUTE)
    assert len(out.box.taken) == 1
    assert (the_notice("rest").state, alerts()) == ("sent", [])


def test_a_mail_server_that_stays_shut_is_given_up_after_twelve_minutes(
    out: Outside, patient: Patient, clock: TestClock
) -> None:
    an_address(patient, Channel.EMAIL)
    a_discharged_visit(patient)
    out.box.at_recipient += ["451 4.7.1 later"] * 50
    for _ in range(13):
        work_off(out.worker)
        clock.move(by=MINUTE)
    assert alerts() == [("notice-unsent", "alert")]


def test_every_try_of_one_email_has_the_same_identity(
    out: Outside, patient: Patient, clock: TestClock
) -> None:
    an_address(patient, Channel.EMAIL)
    a_discharged_visit(patient)
    out.box.at_end.append("451 4.3.0 try again")
    work_off(out.worker)
    clock.move(by=MINUTE)
    work_off(out.worker)
    [letter] = out.box.taken
    row = the_notice("rest")
    assert letter["Message-ID"] == f"<{row.topic}.{row.id}@homeward.example>"
    assert row.tries == 2


def test_phone_47_a_number_that_said_stop_is_never_texted(out: Outside, patient: Patient) -> None:
    an_address(patient, Channel.TEXT)
    keep_stop(patient.phone, NOW)
    a_discharged_visit(patient)
    work_off(out.worker)
    assert out.texts.texts == []
    assert alerts() == [("no-device", "alert")]


def test_phone_47_a_stop_that_the_provider_knows_of_is_kept(out: Outside, patient: Patient) -> None:
    an_address(patient, Channel.TEXT)
    a_discharged_visit(patient)
    out.texts.refuse_next(400, 21610)
    work_off(out.worker)
    assert stopped_among([patient.phone])
    assert ("sms-stopped", "task") in alerts()


@pytest.mark.parametrize("why", ["proved_at", "retired_at"])
def test_an_address_that_is_not_proved_or_was_taken_back_gets_nothing(
    out: Outside, patient: Patient, why: str
) -> None:
    an_address(patient, Channel.TEXT, **{why: None if why == "proved_at" else NOW})
    a_discharged_visit(patient)
    work_off(out.worker)
    assert out.texts.texts == []


def test_without_the_channels_settings_the_rung_is_not_there(
    app: Flask, patient: Patient, tmp_path: Path
) -> None:
    an_address(patient, Channel.TEXT)
    a_discharged_visit(patient)
    with outside(app, tmp_path, frozenset({Channel.EMAIL})) as world:
        work_off(world.worker)
        assert world.texts.texts == []
    assert alerts() == [("no-device", "alert")]


def test_a_halted_patient_gets_no_text(out: Outside, patient: Patient) -> None:
    an_address(patient, Channel.TEXT)
    a_discharged_visit(patient)
    patient.halted_at = NOW
    work_off(out.worker)
    assert out.texts.texts == []
    assert the_notice("rest").state == "withdrawn"


def test_a_driver_without_a_phone_for_notices_is_texted_at_once(
    out: Outside, patient: Patient
) -> None:
    visit = a_visit(patient)
    ride = a_ride(visit)
    an_address(ride.contact, Channel.TEXT)
    a_notice(visit, "ready", role="driver", recipient_id=ride.id, safety=True)
    work_off(out.worker)
    [text] = out.texts.texts
    assert text["To"] == ride.contact.phone
    assert "Rosa" not in text["Body"]


def test_the_links_token_is_kept_as_a_hash_and_a_receipt_of_the_phone_stops_the_text(
    out: Outside, service: PushService, patient: Patient, clock: TestClock
) -> None:
    phone = a_phone(patient, service)
    an_address(patient, Channel.TEXT)
    a_discharged_visit(patient)
    climb_once(out, clock)
    token = out.links[0].rpartition("/")[2]
    assert len(token) >= 22
    stored = db.session.scalars(select(Attempt.receipt_hash)).all()
    assert token not in stored
    pushed = phone.messages()[0].json["notification"]["data"]["receipt"].rpartition("/")[2]
    take_receipt(pushed, NoticeState.SHOWN, clock())
    clock.move(by=timedelta(hours=1))
    work_off(out.worker)
    assert alerts() == []
