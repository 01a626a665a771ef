"""Carriers that are away, and we ourselves: the others are on time, and no storm follows."""

from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.worker import Worker
from tests.builders import NOW, a_patient, a_visit, saved
from tests.clock import TestClock
from tests.faults.crew import a_test
from tests.notices import (
    HOUR,
    MINUTE,
    a_discharged_visit,
    a_notice,
    a_phone,
    alerts,
    the_notice,
    work_off,
    worker_with,
)
from tests.push_service import PushService

pytestmark = pytest.mark.usefixtures("session")


def test_one_push_vendor_down_for_2_hours_and_the_others_are_unaffected(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    with PushService(host="localhost", clock=lambda: clock().timestamp()) as other:
        neighbour = a_patient(patient.clinic)
        here, there = a_phone(patient, service), a_phone(neighbour, other)
        visit = a_visit(patient)
        theirs = a_visit(neighbour, visit.protocol_version)
        saved(a_test(theirs, "waits", NOW, not_after=NOW + 3 * HOUR))
        other.stop()
        for minutes in range(0, 120, 10):
            now = clock()
            a_notice(visit, "day-1", str(minutes), due_at=now, next_at=now, not_after=now + HOUR)
            work_off(worker)
            assert here.count == minutes // 10 + 1, "nobody waits for the one that is down"
            clock.move(by=10 * MINUTE)
        assert there.count == 0
        other.start()
        work_off(worker)
        assert there.count == 1


def test_201_but_never_shown_and_staff_see_it_within_2_minutes_of_the_deadline(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    phone = a_phone(patient, service)
    a_discharged_visit(patient)
    work_off(worker)
    assert phone.count == 1
    waited = timedelta()
    while not alerts():
        clock.move(by=MINUTE)
        waited += MINUTE
        work_off(worker)
        assert waited <= HOUR
    assert alerts() == [("notice-unseen", "alert")]
    assert waited <= 12 * MINUTE + 2 * MINUTE


def test_down_for_3_days_and_what_is_no_longer_true_is_never_sent_staff_get_the_list_no_storm(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    phone = a_phone(patient, service)
    a_discharged_visit(patient)
    clock.move(by=timedelta(days=3))
    work_off(worker)
    stale = [
        row
        for row in db.session.scalars(select(Notice).where(Notice.role == "patient"))
        if row.due_at >= NOW and row.not_after <= clock()
    ]
    assert len(stale) >= 4
    assert {row.state for row in stale} == {"missed"}
    missed = {row.id for row in stale if row.safety}
    assert missed
    assert alerts().count(("notice-missed", "alert")) >= len(missed)
    assert phone.count <= 1, "one that is still true at most"
    posts = len(service.posts)
    work_off(worker)
    assert len(service.posts) == posts


def test_down_in_the_evening_and_only_what_safety_needs_is_sent_at_night(
    worker: Worker, service: PushService, patient: Patient, clock: TestClock
) -> None:
    phone, visit = a_phone(patient, service), a_visit(patient)
    evening = NOW + timedelta(hours=11, minutes=30)
    times = {"due_at": evening, "next_at": evening, "not_after": evening + 20 * HOUR}
    a_notice(visit, "day-1", **times)
    a_notice(visit, "evening", safety=True, **times)
    clock.move(to=NOW + 17 * HOUR)
    work_off(worker)
    assert (phone.count, the_notice("evening").state) == (1, "sent")
    clock.move(to=NOW + 23 * HOUR - MINUTE)
    work_off(worker)
    assert phone.count == 1
    clock.move(by=MINUTE)
    work_off(worker)
    assert (phone.count, the_notice("day-1").state) == (2, "sent")


def test_our_clock_is_wrong_for_vapid_and_the_operator_is_alarmed_and_the_phone_kept(
    app: Flask, worker: Worker, patient: Patient, clock: TestClock
) -> None:
    true = clock() + timedelta(days=2)
    with PushService(clock=true.timestamp) as strict:
        phone = a_phone(patient, strict)
        a_notice(a_visit(patient), not_after=NOW + 3 * HOUR)
        work_off(worker)
        assert [post.status for post in strict.posts] == [401]
        assert ("sender-refused", "alert") in alerts()
        assert the_notice("rest-4h").state == "sending"
        assert phone.registration.gone is False


def test_two_workers_on_one_due_set_post_each_notice_once(
    app: Flask, worker: Worker, service: PushService, patient: Patient
) -> None:
    phone, visit = a_phone(patient, service), a_visit(patient)
    for number in range(60):
        a_notice(visit, "day-1", str(number))
    second = worker_with(app)
    busy = True
    while busy:
        busy = any([worker.round(), second.round(), worker.under_way, second.under_way])
    second.close()
    assert phone.count == 60
    assert set(Counter(post.headers["topic"] for post in service.posts).values()) == {1}
