"""Machines at /healthz and staff on every page learn within a minute that nobody sends notices."""

from datetime import timedelta

from flask import Flask

from recovery.delivery.keys import load_key
from recovery.store.database import db
from recovery.store.workers import WorkerBeat
from tests.clock import TestClock
from tests.conftest import VAPID_KEY
from tests.front_desk import Desk
from tests.visitor import Visitor

BANNER = "<div data-worker hidden>"


def beat(app: Flask, clock: TestClock) -> None:
    with app.app_context():
        db.session.merge(WorkerBeat(name="worker", started_at=clock(), at=clock()))
        db.session.commit()


def test_without_a_worker_it_is_not_well(client: Visitor) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.get_json() == {
        "ok": False,
        "key": load_key(VAPID_KEY).public[:12],
        "database": True,
        "worker": False,
        "last_beat": None,
        "overdue": 0,
        "paused": 0,
        "clock_off": 0,
    }


def test_a_beat_keeps_it_well_for_a_minute(app: Flask, client: Visitor, clock: TestClock) -> None:
    beat(app, clock)
    clock.move(by=timedelta(seconds=60))
    assert client.get("/healthz").status_code == 200
    clock.move(by=timedelta(seconds=1))
    assert client.get("/healthz").status_code == 503


def test_a_worker_that_said_goodbye_does_not_count(
    app: Flask, client: Visitor, clock: TestClock
) -> None:
    beat(app, clock)
    with app.app_context():
        row = db.session.get(WorkerBeat, "worker")
        assert row is not None
        row.stopped_at = clock()
        db.session.commit()
    assert client.get("/healthz").status_code == 503


def test_every_staff_page_shows_the_red_banner(app: Flask, desk: Desk) -> None:
    visit = desk.visit()
    of_visit = f"/staff/visits/{visit}"
    pages = ("/staff/", "/staff/patients", "/staff/alerts", of_visit, f"{of_visit}/timeline")
    for page in pages:
        assert BANNER not in desk.client.get(page).text
    beat(app, desk.clock)
    for page in pages:
        assert BANNER in desk.client.get(page).text


def test_an_open_page_is_told_by_its_pulse_at_the_price_of_a_304(app: Flask, desk: Desk) -> None:
    beat(app, desk.clock)
    first = desk.client.get("/staff/pulse")
    assert first.get_json()["worker"] is True
    etag = {"If-None-Match": first.headers["ETag"]}
    assert desk.client.get("/staff/pulse", headers=etag).status_code == 304
    desk.clock.move(by=timedelta(minutes=2))
    later = desk.client.get("/staff/pulse", headers=etag)
    assert (later.status_code, later.get_json()["worker"]) == (200, False)


def test_the_pulse_tells_that_the_board_changed(app: Flask, desk: Desk) -> None:
    visit = desk.visit()
    before = desk.client.get("/staff/pulse").get_json()["board"]
    assert f'data-board="{before}"' in desk.client.get("/staff/").text
    desk.done(visit, "arrive")
    assert desk.client.get("/staff/pulse").get_json()["board"] != before
