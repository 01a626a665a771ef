"""If notices do not work: an address is proved by its code before anything else goes there."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from recovery import config
from recovery.config import Settings
from recovery.services.outlets import Outlets
from recovery.services.own_addresses import send_code
from recovery.services.proving import CODE_LIVES, code_hash
from recovery.services.stopped_numbers import keep_stop
from recovery.store.addresses import Address, Channel
from recovery.store.clinics import ProtocolVersion
from recovery.store.database import db
from recovery.store.notices import Attempt, Notice
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face
from tests.builders import NOW, a_patient, a_visit, signed_in
from tests.carriers import BOTH, CHANNELS, URL, Outside, an_address
from tests.clock import TestClock
from tests.conftest import settings_for
from tests.lock_screen import revealing
from tests.notices import HOUR, alerts, the_notice, work_off
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("session")
TEXT, EMAIL = "/me/notices/other/text", "/me/notices/other/email"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path, **CHANNELS)


@pytest.fixture
def rosa(client: Visitor, patient: Patient) -> Visitor:
    """Rosa's signed-in browser; she has a visit in an hour."""
    patient.email = "rosa@patients.example"
    a_visit(patient)
    signed_in(client, Face.PATIENT, patient)
    return client


def ask(browser: Visitor, page: str, to: str) -> int:
    form = {"to": to}
    return browser.submit(f"{page}?another=1", form, to=f"{page}/code").status_code


def prove(browser: Visitor, page: str, code: str) -> int:
    return browser.submit(page, {"code": code}, to=f"{page}/prove").status_code


def code_in(words: str) -> str:
    found = re.search(r"\b\d{6}\b", words)
    assert found is not None, words
    return found[0]


def address() -> Address:
    db.session.rollback()
    newest = select(Address).order_by(Address.id.desc())
    return db.session.scalars(newest.execution_options(populate_existing=True)).all()[0]


def test_phone_03_who_denied_notices_finds_the_other_channel(rosa: Visitor) -> None:
    assert "/me/notices/other" in rosa.get("/me/settle").text
    denied = rosa.get("/me/notices/allow").text.partition('data-when="dismissed late denied')[2]
    assert "/me/notices/other" in denied.partition("</div>")[0]
    page = rosa.get("/me/notices/other").text
    assert TEXT in page
    assert EMAIL in page


def test_the_address_that_the_clinic_has_is_filled_in(rosa: Visitor) -> None:
    assert 'value="(212) 555-0142"' in rosa.get(TEXT).text
    assert 'value="rosa@patients.example"' in rosa.get(EMAIL).text


def test_a_texted_code_proves_the_number(rosa: Visitor, out: Outside, patient: Patient) -> None:
    assert ask(rosa, TEXT, "(212) 555-0142") == 303
    work_off(out.worker)
    [text] = out.texts.texts
    assert text["To"] == "+12125550142"
    assert not revealing(text["Body"])
    assert "STOP" in text["Body"]
    assert address().proved_at is None
    assert prove(rosa, TEXT, code_in(text["Body"])) == 303
    row = address()
    assert (row.proved_at, row.code_hash) == (NOW, "")
    assert "we text (212)\u00a0555\u20110142" in rosa.get(TEXT).text
    assert the_notice("code").state == "opened"


def test_an_emailed_code_proves_the_address(rosa: Visitor, out: Outside) -> None:
    assert ask(rosa, EMAIL, " Rosa.D@Other.example ") == 303
    work_off(out.worker)
    [letter] = out.box.taken
    assert (letter["To"], letter["Subject"]) == ("rosa.d@other.example", "Your code")
    assert not revealing(letter.get_content())
    code = code_in(letter.get_content())
    assert prove(rosa, EMAIL, f" {code[:3]} {code[3:]}\n") == 303
    assert address().proved_at == NOW


def test_nothing_but_the_code_goes_to_an_address_before_it_is_proved(
    rosa: Visitor, out: Outside
) -> None:
    ask(rosa, TEXT, "(212) 555-0142")
    work_off(out.worker)
    [attempt] = db.session.scalars(select(Attempt))
    assert db.session.get_one(Notice, attempt.notice_id).kind == "code"
    assert len(out.texts.texts) == 1


def test_the_code_is_kept_as_a_hash_only(rosa: Visitor, out: Outside) -> None:
    ask(rosa, TEXT, "(212) 555-0142")
    work_off(out.worker)
    code = code_in(out.texts.texts[0]["Body"])
    row = address()
    assert len(row.code_hash) == 64
    assert code not in row.code_hash
    assert code not in str(the_notice("code").parts)


def test_a_wrong_code_proves_nothing_and_tries_are_limited(rosa: Visitor, out: Outside) -> None:
    ask(rosa, TEXT, "(212) 555-0142")
    work_off(out.worker)
    code = code_in(out.texts.texts[0]["Body"])
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert [prove(rosa, TEXT, wrong) for _ in range(6)] == [422] * 6
    assert prove(rosa, TEXT, code) == 429
    assert address().proved_at is None


def test_a_code_is_old_after_half_an_hour(rosa: Visitor, out: Outside, clock: TestClock) -> None:
    ask(rosa, TEXT, "(212) 555-0142")
    work_off(out.worker)
    code = code_in(out.texts.texts[0]["Body"])
    form = {"csrf_token": rosa.token(TEXT), "code": code}
    clock.move(by=CODE_LIVES)
    assert rosa.post(f"{TEXT}/prove", data=form).status_code == 404
    assert address().proved_at is None


def test_a_new_code_ends_the_one_before(rosa: Visitor, out: Outside, clock: TestClock) -> None:
    for _ in range(2):
        ask(rosa, TEXT, "(212) 555-0142")
        work_off(out.worker)
        clock.move(by=timedelta(minutes=1))
    first, second = (code_in(text["Body"]) for text in out.texts.texts)
    if first != second:
        assert prove(rosa, TEXT, first) == 422
    assert prove(rosa, TEXT, second) == 303


def test_nobody_proves_an_address_with_anothers_code(
    rosa: Visitor, out: Outside, patient: Patient
) -> None:
    owen = a_patient(patient.clinic, name="Owen Hart", phone="+12125550163")
    a_visit(owen, db.session.scalars(select(ProtocolVersion)).one())
    for person in (owen, patient):
        send_code(person, Channel.TEXT, "(212) 555-0142", Outlets(URL, BOTH), NOW)
    work_off(out.worker)
    codes = {code_in(text["Body"]) for text in out.texts.texts}
    hers = db.session.scalars(select(Address).where(Address.owner_id == patient.id)).one()
    foreign = {code for code in codes if code_hash(hers.id, code) != hers.code_hash}
    assert len(out.texts.texts) == 2
    for code in foreign:
        assert prove(rosa, TEXT, code) == 422
    assert address().proved_at is None


def test_a_new_number_replaces_the_last_only_once_it_is_proved(
    rosa: Visitor, out: Outside, patient: Patient
) -> None:
    old = an_address(patient, Channel.TEXT)
    ask(rosa, TEXT, "(212) 555-0199")
    work_off(out.worker)
    db.session.refresh(old)
    assert old.retired_at is None
    prove(rosa, TEXT, code_in(out.texts.texts[-1]["Body"]))
    db.session.refresh(old)
    assert old.retired_why == "replaced"
    assert (address().to, address().proved_at) == ("+12125550199", NOW)


def test_what_is_no_address_is_refused_and_stays_on_the_page(rosa: Visitor) -> None:
    for page, typed in ((TEXT, "12"), (EMAIL, "rosa at home"), (TEXT, "")):
        answer = rosa.submit(page, {"to": typed}, to=f"{page}/code")
        assert answer.status_code == 422
        assert f'value="{typed or "(212) 555-0142"}"' in answer.text
        assert "Error:" in answer.text
    assert db.session.scalars(select(Address)).all() == []


def test_phone_47_a_number_that_said_stop_cannot_be_proved_anew(rosa: Visitor) -> None:
    keep_stop("+12125550142", NOW)
    db.session.commit()
    answer = rosa.submit(TEXT, {"to": "(212) 555-0142"}, to=f"{TEXT}/code")
    assert answer.status_code == 422
    assert "START" in answer.text


def test_phone_47_the_patient_reads_that_texts_are_stopped(rosa: Visitor, patient: Patient) -> None:
    an_address(patient, Channel.TEXT)
    keep_stop(patient.phone, NOW)
    db.session.commit()
    assert "You answered STOP" in rosa.get(TEXT).text


def test_turned_off_nothing_goes_there_any_more(rosa: Visitor, patient: Patient) -> None:
    row = an_address(patient, Channel.EMAIL)
    assert rosa.submit(EMAIL, to=f"{EMAIL}/end").status_code == 303
    db.session.refresh(row)
    assert (row.retired_at, row.retired_why) == (NOW, "not-wanted")


def test_nobody_floods_a_strangers_phone_with_codes(rosa: Visitor) -> None:
    answers = [ask(rosa, TEXT, "(212) 555-0188") for _ in range(7)]
    assert answers == [303] * 5 + [429] * 2


def test_a_code_that_cannot_be_sent_is_nobodys_task(
    rosa: Visitor, out: Outside, clock: TestClock
) -> None:
    ask(rosa, EMAIL, "rosa@patients.example")
    out.box.at_recipient.append("550 5.1.1 no such user")
    work_off(out.worker)
    clock.move(by=9 * HOUR)
    work_off(out.worker)
    assert (the_notice("code").state, alerts()) == ("missed", [])


def test_without_mail_and_texts_the_page_says_that_the_clinic_calls(
    database_url: str, tmp_path: Path, app: Flask, rosa: Visitor
) -> None:
    config.attach(app, settings_for(database_url, tmp_path))
    assert "calls you instead" in rosa.get("/me/notices/other").text
    assert rosa.get(TEXT).status_code == 404
    assert rosa.get("/me/notices/other/fax").status_code == 404
