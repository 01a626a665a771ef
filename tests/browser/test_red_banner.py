"""Staff see on any open page that notices are not being sent, without loading it anew."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import delete

from recovery.services.health import worker_alive
from recovery.store.database import db
from recovery.store.workers import WorkerBeat
from tests.browser.homeward import served
from tests.browser.live import LiveServer
from tests.waiting import until

pytestmark = pytest.mark.browser


def test_a_form_that_is_open_shows_the_banner_and_keeps_what_was_typed(
    chromium_phone: Callable[..., BrowserContext],
    live_server: Callable[..., LiveServer],
    sqlite_url: str,
    tmp_path: Path,
) -> None:
    with served(sqlite_url, tmp_path, live_server) as homeward:
        with homeward.app.app_context():
            until(lambda: worker_alive(homeward.desk.clock()), what="the worker's sign of life")
        tablet = homeward.tablet(chromium_phone)
        page = tablet.new_page()
        page.goto(f"{homeward.url}/staff/patients/new")
        page.fill("#name", "Ana Ruiz")
        banner = page.locator("[data-worker]")
        expect(banner).to_be_hidden()
        homeward.stop_worker()
        with homeward.app.app_context():
            db.session.execute(delete(WorkerBeat))
            db.session.commit()
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(banner).to_be_visible()
        assert page.input_value("#name") == "Ana Ruiz"
