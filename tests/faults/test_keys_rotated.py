"""SECRET_KEY or VAPID key rotated: nobody loses notices, and the old key ends on schedule."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, session

from recovery import create_app
from recovery.config import ConfigError, load
from recovery.delivery.keys import load_key, new_vapid_key
from recovery.services.devices import device_state
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.sign_ins import Face, SignIn
from recovery.web.access import ANYONE, open_to
from tests.builders import NOW, a_clinic, a_patient, a_staff, a_visit, signed_in
from tests.clock import TestClock
from tests.conftest import VAPID_KEY, settings_for
from tests.notices import a_device, a_notice, work_off, worker_with
from tests.push_service import PushService
from tests.visitor import Visitor

WEEK = timedelta(weeks=1)
OLD = load_key(VAPID_KEY)


def rotated(url: str, folder: Path, clock: TestClock, **changes: Any) -> Flask:
    """The app after both keys were replaced; the old ones hold for a week more."""
    values: dict[str, Any] = {
        "secret_key": "n" * 43,
        "secret_key_previous": "s" * 43,
        "vapid_private_key": new_vapid_key(),
        "vapid_private_key_previous": VAPID_KEY,
        "previous_keys_until": NOW + WEEK,
    }
    app = create_app(settings_for(url, folder, **(values | changes)), clock=clock)
    app.test_client_class = Visitor
    return app


def test_vapid_key_rotated_and_phones_of_the_old_one_are_served_until_it_ends(
    database_url: str, tmp_path: Path, clock: TestClock, service: PushService
) -> None:
    app = rotated(database_url, tmp_path, clock)
    worker = worker_with(app)
    with app.app_context():
        patient = a_patient(a_clinic())
        phone = service.subscribe(OLD.public)
        device = a_device(patient, phone)
        device.server_key = OLD.public
        visit = a_visit(patient)
        a_notice(visit)
        work_off(worker)
        assert (phone.count, [post.status for post in service.posts]) == (1, [201])
        later = clock.move(by=WEEK)
        a_notice(visit, "day-1", due_at=later, next_at=later, not_after=later + WEEK)
        work_off(worker)
        assert len(service.posts) == 1
        row = db.session.get_one(Device, device.id)
        assert row.retired_why == "gone"
        state = device_state(db.session.get_one(SignIn, row.sign_in_id))
        assert (state.key, state.wanted) == ("", True), "the next page subscribes anew"
        db.session.remove()
        db.engine.dispose()
    worker.close()


def test_secret_key_rotated_and_everybody_stays_signed_in(
    sqlite_url: str, tmp_path: Path, clock: TestClock
) -> None:
    before = create_app(settings_for(sqlite_url, tmp_path), clock=clock)
    after = rotated(sqlite_url, tmp_path, clock)
    without = rotated(sqlite_url, tmp_path, clock, secret_key_previous=None)
    clock.move(by=WEEK)
    ended = rotated(sqlite_url, tmp_path, clock)
    clock.move(to=NOW)
    for app in (before, after, without, ended):
        _shows_its_session(app)
    browser = before.test_client()
    with before.app_context():
        signed_in(browser, Face.STAFF, a_staff(a_clinic()))
    browser.get("/keep?word=flash")
    found = {}
    for name, app in (("after", after), ("without", without), ("ended", ended)):
        other = app.test_client()
        for cookie in ("homeward-staff", "form"):
            kept = browser.get_cookie(cookie)
            assert kept is not None
            other.set_cookie(cookie, kept.value)
        assert other.get("/staff/").status_code == 200
        found[name] = other.get("/kept").text
        with app.app_context():
            db.engine.dispose()
    assert found == {"after": "flash", "without": "", "ended": ""}


def _shows_its_session(app: Flask) -> None:
    @app.get("/keep")
    @open_to(ANYONE)
    def keep() -> str:
        session["word"] = "flash"
        return ""

    @app.get("/kept")
    @open_to(ANYONE)
    def kept() -> str:
        return str(session.get("word", ""))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"vapid_private_key_previous": VAPID_KEY}, "RECOVERY_PREVIOUS_KEYS_UNTIL"),
        ({"secret_key_previous": "s" * 43}, "RECOVERY_PREVIOUS_KEYS_UNTIL"),
        (
            {"vapid_private_key_previous": "short", "previous_keys_until": NOW},
            "RECOVERY_VAPID_PRIVATE_KEY_PREVIOUS must be",
        ),
        ({"previous_keys_until": "2027-01-31T00:00"}, "RECOVERY_PREVIOUS_KEYS_UNTIL"),
    ],
)
def test_keys_rotated_without_a_plan_stop_the_start(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        load(instance=tmp_path, **changes)
