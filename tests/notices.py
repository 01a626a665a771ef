"""Notices, phones and workers for tests: software phones that open what they are sent."""

import time
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from recovery.domain.visit import VisitState
from recovery.services.planning import replan
from recovery.services.sign_in import Lifetimes, begin, hashed
from recovery.store.alerts import Alert
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.notices import Notice
from recovery.store.patients import Contact, Patient
from recovery.store.sign_ins import Face, SignIn
from recovery.store.visits import Visit
from recovery.worker import Worker, worker_for
from tests.builders import MONTH, NOW, a_visit, saved
from tests.push_service import Phone, PushService

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def a_device(person: Patient | Contact, phone: Phone, now: datetime = NOW) -> Device:
    """The browser of somebody who signed in and allowed notices."""
    patient = isinstance(person, Patient)
    face = Face.PATIENT if patient else Face.DRIVER
    token = begin(face, person.clinic_id, person.id, "phone", Lifetimes(MONTH, MONTH), now)
    sign_in = db.session.scalars(select(SignIn).where(SignIn.token_hash == hashed(token))).one()
    device: Device = saved(
        Device(
            clinic_id=person.clinic_id,
            role="patient" if patient else "contact",
            owner_id=person.id,
            sign_in_id=sign_in.id,
            endpoint=phone.endpoint,
            endpoint_hash=hashed(phone.endpoint),
            p256dh=phone.p256dh,
            auth=phone.auth,
            server_key="",
            created_at=now,
        )
    )
    return device


def a_phone(person: Patient | Contact, service: PushService, now: datetime = NOW) -> Phone:
    """The same with a phone that takes messages from any sender."""
    phone = service.subscribe()
    a_device(person, phone, now)
    return phone


def a_notice(visit: Visit, kind: str = "rest-4h", occasion: str = "", **changes: Any) -> Notice:
    """A routine notice to the patient, due now and useful for an hour."""
    notice: Notice = saved(notice_row(visit, kind, occasion, **changes))
    return notice


def notice_row(visit: Visit, kind: str, occasion: str = "", **changes: Any) -> Notice:
    """The same, not kept yet."""
    values: dict[str, Any] = {
        "clinic_id": visit.clinic_id,
        "visit_id": visit.id,
        "kind": kind,
        "occasion": occasion,
        "role": "patient",
        "recipient_id": visit.patient_id,
        "parts": [{"visit_id": visit.id, "kind": kind, "occasion": occasion, "says": {}}],
        "safety": False,
        "no_driving": False,
        "due_at": NOW,
        "not_after": NOW + HOUR,
        "next_at": NOW,
        "topic": hashed(f"{visit.id}/{kind}/{occasion}")[:32],
        "created_at": NOW,
    }
    return Notice(**(values | changes))


def a_discharged_visit(patient: Patient, now: datetime = NOW, **changes: Any) -> Visit:
    """A visit that went well; the patient left 45 minutes ago, so “rest” is due at `now`.

    What was planned for earlier has had its time.
    """
    left = now - 45 * MINUTE
    times: dict[str, Any] = {
        "state": VisitState.DISCHARGED.value,
        "start_at": left - 3 * HOUR,
        "arrived_at": left - 3 * HOUR,
        "started_at": left - 3 * HOUR,
        "ended_at": left - 2 * HOUR,
        "ready_at": left - HOUR,
        "left_at": left,
    }
    visit = a_visit(patient, **(times | changes))
    replan(patient.id, left)
    earlier = update(Notice).where(Notice.visit_id == visit.id, Notice.due_at < now)
    db.session.execute(earlier.values(state="missed", next_at=None))
    db.session.commit()
    return visit


def worker_with(app: Flask, **parts: Any) -> Worker:
    """A worker of this app that the test moves by hand."""
    return worker_for(app, **parts)


def work_off(worker: Worker, within: float = 15.0) -> None:
    """Let a worker do all that is due now, and write down what became of it."""
    db.session.commit()
    ends = time.monotonic() + within
    while worker.round() or worker.under_way:
        assert time.monotonic() < ends, "the worker does not come to rest"
        time.sleep(0.002)


def the_notice(kind: str, role: str = "patient") -> Notice:
    """The newest notice of a kind, as it is in the database now."""
    db.session.rollback()
    return db.session.scalars(
        select(Notice)
        .where(Notice.kind == kind, Notice.role == role)
        .order_by(Notice.id.desc())
        .execution_options(populate_existing=True)
    ).all()[0]


def alerts() -> list[tuple[str, str]]:
    """Kind and level of every alert, as they are in the database now."""
    db.session.rollback()
    return [(alert.kind, alert.level) for alert in db.session.scalars(select(Alert))]
