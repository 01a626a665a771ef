"""kill −9 at each moment of a notice's way to the phone: sent by another, one extra at most."""

import socket
from contextlib import closing
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from recovery.clock import system_now
from recovery.config import Settings
from recovery.store.clinics import Clinic, ProtocolVersion
from recovery.store.database import db, reading
from recovery.store.notices import Attempt, Notice
from recovery.store.visits import Visit
from tests.builders import a_clinic, a_patient, a_visit, saved
from tests.faults.blocked import Blocker
from tests.faults.crew import Crew, a_test, count, owe
from tests.notices import a_phone
from tests.push_service import Phone, PushService
from tests.waiting import until

pytestmark = pytest.mark.kill


@pytest.fixture
def phone(real_app: Flask, real_service: PushService) -> Phone:
    """The phone of somebody to whom nothing is owed yet."""
    patient = a_patient(a_clinic())
    phone = a_phone(patient, real_service, system_now())
    a_visit(patient, start_at=system_now() + timedelta(hours=5))
    return phone


def owe_one() -> None:
    visit = db.session.scalars(select(Visit)).one()
    saved(a_test(visit, "one", system_now()))


def attempts() -> int:
    with reading():
        found = db.session.scalar(select(func.count()).select_from(Attempt)) or 0
        db.session.rollback()
    return found


def sent_by_another(crew: Crew) -> None:
    """Another worker takes over once the lease of the dead one is over, in 20 seconds at most."""
    over = system_now() - timedelta(minutes=1)
    leased = update(Notice).where(Notice.lease_until.is_not(None))
    db.session.execute(leased.values(lease_until=over, next_at=over))
    db.session.commit()
    crew.start()
    until(lambda: count("sent") == 1, 60, "another worker sends it")


def is_one_notice(phone: Phone, times: int) -> None:
    """All that arrived is the same notice, told apart by nothing."""
    messages = phone.messages()
    assert 1 <= len(messages) <= times
    assert len({message.topic for message in messages}) == 1
    assert len({message.json["notification"]["tag"] for message in messages}) == 1


def test_kill_9_before_the_claim_commits_and_there_is_no_extra(
    phone: Phone, real_service: PushService, settings: Settings, crew: Crew
) -> None:
    owe_one()
    with Blocker(settings, "attempt").hold() as blocker:
        worker = crew.start()
        blocker.somebody_waits()
        worker.kill()
    assert (attempts(), real_service.posts) == (0, [])
    sent_by_another(crew)
    assert phone.count == 1


def test_kill_9_connected_but_nothing_arrived_and_there_is_no_extra(
    phone: Phone, real_service: PushService, crew: Crew
) -> None:
    real_service.stop()
    deaf = socket.create_server(("127.0.0.1", real_service.port))
    with closing(deaf):
        owe_one()
        worker = crew.start()
        deaf.settimeout(30)
        peer, _ = deaf.accept()
        worker.kill()
        peer.close()
    real_service.start()
    assert attempts() == 1
    sent_by_another(crew)
    assert phone.count == 1


def test_kill_9_after_the_post_arrived_before_the_answer_is_one_extra_with_the_same_topic_and_tag(
    phone: Phone, real_service: PushService, crew: Crew
) -> None:
    owe_one()
    real_service.queue_fault(delay=30)
    worker = crew.start()
    until(lambda: real_service.posts, 30, "the POST")
    worker.kill()
    sent_by_another(crew)
    assert len(real_service.posts) == 2
    is_one_notice(phone, times=2)


def test_kill_9_after_the_answer_before_its_commit_is_one_extra_with_the_same_topic_and_tag(
    phone: Phone, real_service: PushService, settings: Settings, crew: Crew
) -> None:
    owe_one()
    real_service.queue_fault(delay=2)
    worker = crew.start()
    until(lambda: real_service.posts, 30, "the POST")
    with Blocker(settings, "attempt").hold() as blocker:
        until(lambda: phone.count == 1, 30, "the service has taken it")
        blocker.somebody_waits()
        worker.kill()
    sent_by_another(crew)
    assert len(real_service.posts) == 2
    is_one_notice(phone, times=2)


def test_kill_9_after_the_commit_and_there_is_no_extra(
    phone: Phone, real_service: PushService, crew: Crew
) -> None:
    owe_one()
    worker = crew.start()
    until(lambda: count("sent") == 1, 30, "it is sent")
    worker.kill()
    sent_by_another(crew)
    other = a_phone_of_another(real_service)
    until(lambda: other.count == 1, 30, "the next notice is sent")
    assert phone.count == 1


def a_phone_of_another(service: PushService) -> Phone:
    version = db.session.scalars(select(ProtocolVersion)).one()
    patient = a_patient(db.session.get_one(Clinic, version.clinic_id), name="Ana Ruiz")
    phone = a_phone(patient, service, system_now())
    visit = a_visit(patient, version, start_at=system_now() + timedelta(hours=5))
    saved(a_test(visit, "two", system_now()))
    return phone


def test_everything_killed_with_1000_due_and_all_are_sent_within_60_seconds_of_the_restart(
    real_app: Flask, real_service: PushService, crew: Crew
) -> None:
    owe(real_service, 20, 50)
    real_service.queue_fault(delay=0.05, times=200)
    workers = [crew.start(), crew.start()]
    until(lambda: len(real_service.posts) > 100, 60, "they are in the midst of it")
    for worker in workers:
        worker.kill()
    real_service.call(real_service.faults.clear)
    crew.start()
    until(lambda: count("sent") == 1000, 60, "all are sent")
    assert {post.status for post in real_service.posts} == {201}
