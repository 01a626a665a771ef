"""/metrics: numbers of the database, true to the row, for those only who may read them."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from recovery import create_app
from recovery.store.database import db
from recovery.store.notices import Attempt, Receipt
from recovery.store.patients import Patient
from recovery.store.workers import WorkerBeat
from tests.builders import NOW, a_clinic, a_patient, a_visit, saved
from tests.clock import TestClock
from tests.conftest import settings_for
from tests.notices import a_notice
from tests.visitor import Visitor

TOKEN = "t" * 43
SECOND = timedelta(seconds=1)
Found = dict[tuple[str, ...], float]


@pytest.fixture
def app(fresh_app: Flask) -> Flask:
    """An app of its own: it remembers what it has counted."""
    return fresh_app


@pytest.fixture
def patient(app: Flask) -> Patient:
    with app.app_context():
        patient = a_patient(a_clinic())
        db.session.expunge(patient)
        return patient


def read(client: Visitor) -> Found:
    """Every number by its name and the values of its labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def an_attempt(notice_id: int, channel: str = "push", outcome: str = "sent") -> Attempt:
    attempt: Attempt = saved(
        Attempt(notice_id=notice_id, channel=channel, fence=1, at=NOW, outcome=outcome)
    )
    return attempt


def test_it_tells_what_is_due_what_is_late_and_how_old_the_oldest_is(
    app: Flask, client: Visitor, clock: TestClock, patient: Patient
) -> None:
    with app.app_context():
        visit = a_visit(db.session.merge(patient))
        a_notice(visit, "late", safety=True, due_at=NOW - 90 * SECOND)
        a_notice(visit, "just-due", safety=True)
        a_notice(visit, "routine")
        a_notice(visit, "accepted", state="sent", due_at=NOW - 900 * SECOND)
        a_notice(visit, "planned", due_at=NOW + SECOND, next_at=NOW + SECOND)
        a_notice(visit, "missed", state="missed", next_at=None)
    found = read(client)
    assert found["homeward_notices_due", "push", "yes"] == 2
    assert found["homeward_notices_late", "push", "yes"] == 1
    assert found["homeward_oldest_due_notice_age_seconds", "push", "yes"] == 90
    assert found["homeward_notices_due", "push", "no"] == 1
    assert found["homeward_notices_late", "push", "no"] == 0
    clock.move(by=62 * SECOND)
    assert read(client)["homeward_notices_late", "push", "no"] == 2


def test_it_tells_which_channel_those_that_are_due_and_late_wait_for(
    app: Flask, client: Visitor, patient: Patient
) -> None:
    with app.app_context():
        visit = a_visit(db.session.merge(patient))
        for rung, seconds in ((0, 0), (1, 70), (2, 80), (2, 0), (3, 0), (4, 0)):
            since = NOW - seconds * SECOND
            a_notice(visit, "evening", f"{rung}/{seconds}", safety=True, rung=rung, due_at=since)
        a_notice(visit, "staff-left", safety=True, role="staff", recipient_id=visit.clinic_id)
        page = {"role": "staff", "recipient_id": visit.clinic_id, "rung": 2}
        a_notice(visit, "on-call", safety=True, **page)
    found = read(client)
    for channel, due, late in (
        ("push", 2, 1),
        ("message", 3, 1),
        ("driver", 1, 0),
        ("staff", 2, 0),
    ):
        assert found["homeward_notices_due", channel, "yes"] == due
        assert found["homeward_notices_late", channel, "yes"] == late
        assert found["homeward_notices_due", channel, "no"] == 0
    assert found["homeward_oldest_due_notice_age_seconds", "message", "yes"] == 80


def test_it_counts_what_was_sent_and_shown_by_channel(
    app: Flask, client: Visitor, patient: Patient
) -> None:
    with app.app_context():
        notice = a_notice(a_visit(db.session.merge(patient)))
        shown = an_attempt(notice.id)
        an_attempt(notice.id, outcome="again")
        an_attempt(notice.id, channel="email")
        an_attempt(notice.id, channel="email", outcome="")
        saved(Receipt(attempt_id=shown.id, kind="shown", at=NOW))
    found = read(client)
    assert found["homeward_attempts_total", "push", "sent"] == 1
    assert found["homeward_attempts_total", "push", "again"] == 1
    assert found["homeward_attempts_total", "email", "sent"] == 1
    assert found["homeward_attempts_total", "email", "unknown"] == 1
    assert found["homeward_receipts_total", "push", "shown"] == 1


def test_what_was_counted_an_hour_ago_is_remembered_and_still_counted_once(
    app: Flask, client: Visitor, clock: TestClock, patient: Patient
) -> None:
    sent = ("homeward_attempts_total", "push", "sent")
    with app.app_context():
        notice = a_notice(a_visit(db.session.merge(patient)))
        unknown = an_attempt(notice.id, outcome="").id
    assert read(client)["homeward_attempts_total", "push", "unknown"] == 1
    with app.app_context():
        db.session.get_one(Attempt, unknown).outcome = "sent"
        db.session.commit()
    assert read(client)[sent] == 1
    clock.move(by=timedelta(hours=2))
    assert [read(client)[sent] for _ in range(2)] == [1, 1]
    with app.app_context():
        saved(Attempt(notice_id=1, channel="push", fence=2, at=clock(), outcome="sent"))
    assert [read(client)[sent] for _ in range(2)] == [2, 2]


def test_a_restored_database_is_counted_anew(
    app: Flask, client: Visitor, clock: TestClock, patient: Patient
) -> None:
    sent = ("homeward_attempts_total", "push", "sent")
    with app.app_context():
        notice = a_notice(a_visit(db.session.merge(patient)))
        first, second = an_attempt(notice.id), an_attempt(notice.id)
        last = second.id
        assert first.id < last
    clock.move(by=timedelta(hours=2))
    assert read(client)[sent] == 2
    with app.app_context():
        db.session.delete(db.session.get_one(Attempt, last))
        db.session.commit()
    assert read(client)[sent] == 1


def test_it_tells_whether_a_worker_lives(app: Flask, client: Visitor, clock: TestClock) -> None:
    assert read(client)["homeward_worker_alive",] == 0
    with app.app_context():
        saved(WorkerBeat(name="worker", started_at=NOW, at=NOW))
    clock.move(by=7 * SECOND)
    found = read(client)
    assert found["homeward_worker_alive",] == 1
    assert found["homeward_worker_beat_age_seconds",] == 7


def test_without_a_token_only_this_machine_may_read_it(client: Visitor) -> None:
    assert client.get("/metrics").status_code == 200
    far = {"REMOTE_ADDR": "203.0.113.7"}
    assert client.get("/metrics", environ_overrides=far).status_code == 404
    behind_a_proxy = {"X-Forwarded-For": "203.0.113.7"}
    assert client.get("/metrics", headers=behind_a_proxy).status_code == 404


def test_with_a_token_whoever_shows_it_may_read_it_and_nobody_else(
    sqlite_url: str, tmp_path: Path, clock: TestClock
) -> None:
    app = create_app(settings_for(sqlite_url, tmp_path, metrics_token=TOKEN), clock=clock)
    client = app.test_client()
    for said in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer ü" + TOKEN[1:]}):
        answer = client.get("/metrics", headers=said)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert "homeward" not in answer.text
    far = {"REMOTE_ADDR": "203.0.113.7"}
    shown = {"Authorization": f"Bearer {TOKEN}"}
    answer = client.get("/metrics", headers=shown, environ_overrides=far)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")


def test_in_production_it_needs_a_token(sqlite_url: str, tmp_path: Path) -> None:
    settings = settings_for(
        sqlite_url,
        tmp_path,
        environment="production",
        public_url="https://home.example.org",
        vapid_subject="mailto:it@example.org",
        allow_loopback_push=False,
    )
    client = create_app(settings).test_client()
    answer = client.get("/metrics", base_url="https://home.example.org")
    assert answer.status_code == 404
