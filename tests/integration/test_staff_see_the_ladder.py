"""Staff see on the timeline by what a notice went, what became of it, and who is told next."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from recovery import config
from recovery.config import Settings
from recovery.domain.ride import RideState
from recovery.services.audit import Actor
from recovery.services.ride_links import ride_link
from recovery.services.stopped_numbers import keep_stop
from recovery.store.addresses import Address, Channel
from recovery.store.clinics import StaffRole
from recovery.store.database import db
from recovery.store.notices import Attempt, Notice
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face
from tests.builders import NOW, a_ride, a_staff, a_visit, signed_in
from tests.carriers import CHANNELS, Outside, an_address
from tests.clock import TestClock
from tests.conftest import settings_for
from tests.notices import MINUTE, a_discharged_visit, a_phone, the_notice, work_off
from tests.push_service import PushService
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path, **CHANNELS)


def read(client: Visitor, page: str) -> str:
    """A page with plain spaces, as eyes see it."""
    return " ".join(client.get(page).text.split())


def test_the_timeline_draws_each_rung_and_what_is_still_ahead(
    client: Visitor, out: Outside, service: PushService, patient: Patient, clock: TestClock
) -> None:
    a_phone(patient, service)
    an_address(patient, Channel.TEXT)
    visit = a_discharged_visit(patient)
    work_off(out.worker)
    page = f"/staff/visits/{visit.id}/timeline"
    signed_in(client, Face.STAFF, a_staff(patient.clinic, StaffRole.PROVIDER))
    before = read(client, page)
    assert "Notice on the phone: accepted" in before
    assert "9:12 AM text or e-mail" in before
    assert "9:24 AM staff" in before
    clock.move(by=12 * MINUTE)
    work_off(out.worker)
    attempt = db.session.scalars(select(Attempt).where(Attempt.channel == "sms")).one()
    attempt.reported = "delivered"
    db.session.commit()
    after = read(client, page)
    assert "Text: the phone has it, nobody opened it yet" in after
    assert "text or e-mail</li>" not in after
    assert "9:24 AM staff" in after


def test_the_timeline_is_a_picture_with_a_line_for_each_notice_that_says_it_in_words(
    client: Visitor, out: Outside, service: PushService, patient: Patient, clock: TestClock
) -> None:
    a_phone(patient, service)
    an_address(patient, Channel.TEXT)
    visit = a_discharged_visit(patient)
    work_off(out.worker)
    clock.move(by=MINUTE)
    signed_in(client, Face.STAFF, a_staff(patient.clinic, StaffRole.PROVIDER))
    page = read(client, f"/staff/visits/{visit.id}/timeline")
    rows = db.session.scalars(select(Notice.id).where(Notice.visit_id == visit.id)).all()
    for row in rows:
        assert f'href="#notice-{row}"' in page
        assert f'<div id="notice-{row}">' in page
    assert page.count('<svg class="notice-line" width="100%" height="32" role="img"') == len(rows)
    rest = the_notice("rest").id
    line = page.split(f'href="#notice-{rest}"')[1].split("</svg> </div>")[0]
    said = line.split('aria-label="')[1].split('"')[0].split(", ")
    assert said[1:] == [
        "tried 9:00 AM",
        "accepted 9:00 AM",
        "text or e-mail 9:12 AM",
        "staff 9:24 AM",
    ]
    for what in ("owed", "tried", "accepted", "ahead"):
        assert f'class="mark {what}"' in line
    assert 'class="to-come"' in line
    assert "style=" not in page


def test_phone_48_a_driver_who_says_yes_reads_that_texts_may_come_and_where(
    client: Visitor, patient: Patient
) -> None:
    ride = a_ride(a_visit(patient), RideState.ASKED)
    link = f"/ride/{ride_link(ride.id, Actor('patient', patient.id), NOW).token}"
    page = client.get(link).text
    assert "ends in 0177" in page
    assert "+12125550177" not in page
    shown = page.partition('name="shown" value="')[2].partition('"')[0]
    assert client.submit(link, {"shown": shown}, to=f"{link}/accept").status_code == 303
    address = db.session.scalars(select(Address)).one()
    assert (address.role, address.to, address.proved_at) == ("contact", "+12125550177", NOW)


def test_phone_47_staff_see_a_stop_on_the_patients_page_and_on_the_board(
    client: Visitor, patient: Patient
) -> None:
    ride = a_ride(a_visit(patient))
    an_address(patient, Channel.TEXT)
    signed_in(client, Face.STAFF, a_staff(patient.clinic, StaffRole.PROVIDER))
    page = f"/staff/patients/{patient.id}"
    assert "Proved by the patient" in read(client, page)
    assert "Answered STOP" not in read(client, page) + read(client, "/staff/")
    keep_stop(patient.phone, NOW)
    keep_stop(ride.contact.phone, NOW)
    db.session.commit()
    assert read(client, page).count("Answered STOP") == 2
    assert "Answered STOP: no texts" in read(client, "/staff/")


def test_where_neither_mail_nor_texts_are_set_up_staff_read_that_they_call(
    app: Flask, client: Visitor, patient: Patient, database_url: str, tmp_path: Path
) -> None:
    config.attach(app, settings_for(database_url, tmp_path))
    signed_in(client, Face.STAFF, a_staff(patient.clinic, StaffRole.PROVIDER))
    assert "No e-mail and no texts are set up here" in read(client, f"/staff/patients/{patient.id}")
