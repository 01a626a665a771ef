"""An e-mail that was taken and came back later counts as not reached, and climbs on at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result as Ran
from flask import Flask
from sqlalchemy import select

from recovery import config
from recovery.config import ConfigError, Settings, load
from recovery.domain.ladder import Rung
from recovery.store.addresses import Address, Channel
from recovery.store.clinics import StaffRole
from recovery.store.database import db
from recovery.store.notices import Attempt
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face
from tests.builders import a_staff, signed_in
from tests.carriers import CHANNELS, Outside, an_address, outside
from tests.clock import TestClock
from tests.conftest import settings_for
from tests.notices import MINUTE, a_discharged_visit, alerts, the_notice, work_off
from tests.returned_mail import away, report
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("session")
COMES_BACK_TO = "bounces@home.example.org"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path, **CHANNELS, mail_bounces=COMES_BACK_TO)


@pytest.fixture
def out(app: Flask, settings: Settings, tmp_path: Path) -> Iterator[Outside]:
    with outside(app, tmp_path, returns=settings.outlets.returns) as world:
        yield world


@pytest.fixture
def sent(out: Outside, patient: Patient) -> str:
    """A safety notice went out by e-mail; the address that it comes back to."""
    an_address(patient, Channel.EMAIL)
    a_discharged_visit(patient)
    work_off(out.worker)
    [sender] = out.box.senders
    return sender


def take(app: Flask, raw: bytes, *recipient: str) -> Ran:
    """The mail server hands a message over; other sessions see what was committed."""
    db.session.rollback()
    ran = app.test_cli_runner().invoke(args=["take-bounce", *recipient], input=raw)
    db.session.rollback()
    return ran


def attempt() -> Attempt:
    return db.session.scalars(select(Attempt).where(Attempt.channel == "email")).one()


def test_each_email_comes_back_to_an_address_of_its_own(out: Outside, sent: str) -> None:
    assert sent.startswith("bounces+")
    assert sent.endswith("@home.example.org")
    assert out.box.taken[0]["From"] == "Lakeside <notices@homeward.example>"


def test_a_hard_bounce_climbs_at_once_and_the_dead_mailbox_is_written_to_no_more(
    app: Flask, client: Visitor, out: Outside, patient: Patient, sent: str, clock: TestClock
) -> None:
    clock.move(by=MINUTE)
    assert alerts() == []
    assert take(app, report(sent)).exit_code == 0
    assert (attempt().reported, attempt().detail) == ("bounced", "5.1.1")
    address = db.session.scalars(select(Address)).one()
    assert (address.retired_at, address.retired_why) == (clock(), "gone")
    work_off(out.worker)
    assert alerts() == [("notice-unseen", "alert")]
    assert the_notice("rest").rung == Rung.STAFF
    signed_in(client, Face.STAFF, a_staff(patient.clinic, StaffRole.PROVIDER), clock())
    page = client.get(f"/staff/visits/{the_notice('rest').visit_id}/timeline").text
    assert "it reached nobody" in page


def test_a_full_mailbox_climbs_too_and_is_written_to_again(
    app: Flask, out: Outside, sent: str
) -> None:
    take(app, report(sent, status="5.2.2"))
    assert db.session.scalars(select(Address)).one().retired_at is None
    work_off(out.worker)
    assert the_notice("rest").rung == Rung.STAFF
    assert len(out.box.taken) == 1


def test_a_text_follows_an_email_that_came_back(
    app: Flask, out: Outside, patient: Patient, sent: str
) -> None:
    an_address(patient, Channel.TEXT)
    take(app, report(sent))
    work_off(out.worker)
    assert len(out.texts.texts) == 1
    assert the_notice("rest").rung == Rung.MESSAGE


def test_the_same_bounce_twice_is_one(app: Flask, sent: str, clock: TestClock) -> None:
    take(app, report(sent))
    first = attempt().reported_at
    clock.move(by=MINUTE)
    take(app, report(sent))
    assert attempt().reported_at == first


def test_a_bounce_of_a_notice_that_was_opened_changes_nothing(
    app: Flask, out: Outside, sent: str
) -> None:
    row = the_notice("rest")
    row.state, row.next_at = "opened", None
    db.session.commit()
    take(app, report(sent))
    work_off(out.worker)
    assert (the_notice("rest").state, alerts()) == ("opened", [])


def test_the_mail_server_may_say_itself_to_whom_it_came_back(app: Flask, sent: str) -> None:
    take(app, report("bounces@home.example.org"), sent)
    assert attempt().reported == "bounced"


def test_what_is_no_failure_or_was_not_signed_by_us_is_dropped(app: Flask, sent: str) -> None:
    forged = sent.replace("bounces+", "bounces+1")
    for raw in (away(sent), report(sent, action="delayed"), report(forged), b"", b"\0\xff" * 99):
        ran = take(app, raw)
        assert (ran.exit_code, "dropped" in ran.output) == (0, True)
    assert attempt().reported == ""


def test_without_the_setting_nothing_is_listened_to(
    app: Flask, database_url: str, tmp_path: Path
) -> None:
    config.attach(app, settings_for(database_url, tmp_path, **CHANNELS))
    ran = take(app, b"")
    assert (ran.exit_code, "RECOVERY_MAIL_BOUNCES" in ran.output) == (1, True)


def test_an_address_that_cannot_carry_a_mark_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="RECOVERY_MAIL_BOUNCES must be an address"):
        load(instance=tmp_path, mail_bounces="a+b@home.example.org")
