"""A slow mail server, and a push that nobody's phone shows: what must follow."""

import socket
import threading
import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.delivery.carriers import Carriers
from recovery.delivery.mail import MailSender
from recovery.delivery.mail_server import MailServer, Security
from recovery.services.outlets import Outlets
from recovery.store.addresses import Channel
from recovery.store.clinics import StaffRole
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face
from recovery.worker import worker_for
from recovery.worker.lanes import Lanes
from tests.builders import a_patient, a_staff, a_visit, signed_in
from tests.carriers import URL, an_address, outside
from tests.clock import TestClock
from tests.mail_server import SENDER
from tests.notices import MINUTE, a_discharged_visit, a_notice, a_phone, alerts, work_off
from tests.push_service import PushService
from tests.visitor import Visitor
from tests.wire import server

pytestmark = pytest.mark.usefixtures("session")


def test_a_mail_server_that_never_answers_keeps_no_push_waiting(
    app: Flask, service: PushService, patient: Patient
) -> None:
    released = threading.Event()

    def silent(peer: socket.socket) -> None:
        released.wait(20)

    with server(silent) as port:
        push = worker_for(app)
        inner = push.lanes._sender
        mail = MailSender(MailServer("127.0.0.1", port, Security.NONE, SENDER))
        outlets = Outlets(URL, frozenset({Channel.EMAIL}))
        worker = worker_for(app, sender=Carriers(inner, mail), outlets=outlets)
        assert isinstance(worker.lanes, Lanes)
        version = a_visit(patient).protocol_version
        for number in range(20):
            other = a_patient(patient.clinic)
            an_address(other, Channel.EMAIL, to=f"p{number}@patients.example")
            a_notice(a_visit(other, version), safety=True)
        worker.round()
        phone = a_phone(patient, service)
        for number in range(5):
            a_notice(a_visit(patient, version), "day-1", str(number))
        rounds = 0
        while phone.count < 5 and rounds < 200:
            worker.round()
            time.sleep(0.01)
            rounds += 1
        assert phone.count == 5
        waiting = select(Notice.id).where(Notice.state == "sending", Notice.safety)
        assert len(db.session.scalars(waiting).all()) == 20
        released.set()
        worker.close()
        push.close()


def test_201_but_never_shown_staff_see_it_and_the_ladder_goes_on(
    app: Flask,
    client: Visitor,
    service: PushService,
    patient: Patient,
    clock: TestClock,
    tmp_path: Path,
) -> None:
    phone = a_phone(patient, service)
    an_address(patient, Channel.TEXT)
    visit = a_discharged_visit(patient)
    signed_in(client, Face.STAFF, a_staff(patient.clinic, StaffRole.PROVIDER))
    with outside(app, tmp_path) as world:
        work_off(world.worker)
        assert phone.count == 1
        clock.move(by=12 * MINUTE)
        work_off(world.worker)
        assert len(world.texts.texts) == 1
        assert "not seen" in client.get("/staff/").text
        assert "Sent, not seen yet" in client.get(f"/staff/visits/{visit.id}/timeline").text
        clock.move(by=12 * MINUTE)
        work_off(world.worker)
    assert alerts() == [("notice-unseen", "alert")]
