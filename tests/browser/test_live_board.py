"""What staff look at is shown anew in its own place: the board, which sounds with a new alert if
that is wished, and what became of a test notice."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from recovery.services.alerts import raise_alert
from recovery.store.alerts import AlertLevel
from recovery.store.database import db
from recovery.store.visits import Visit
from tests.browser.homeward import served
from tests.browser.live import LiveServer
from tests.notices import a_phone
from tests.push_service import PushService

pytestmark = pytest.mark.browser

#: Counts the notes that really start, and marks the page so that a load anew would show.
LISTEN = """
  window.notes = 0;
  const start = AudioScheduledSourceNode.prototype.start;
  AudioScheduledSourceNode.prototype.start = function (...when) {
    window.notes += 1;
    return start.apply(this, when);
  };
"""
LOOK = "document.dispatchEvent(new Event('visibilitychange'))"


def alarm(app_inside: Callable[[], object], visit_id: int, kind: str) -> None:
    """Something happens that staff must see."""
    with app_inside():  # type: ignore[attr-defined]
        visit = db.session.get_one(Visit, visit_id)
        raise_alert(visit, kind, visit.booked_at, level=AlertLevel.ALERT, key=kind)
        db.session.commit()


def note_count(page: Page) -> int:
    return int(page.evaluate("window.notes"))


def test_a_new_alert_appears_without_a_load_and_sounds_only_if_wished(
    chromium_phone: Callable[..., BrowserContext],
    live_server: Callable[..., LiveServer],
    sqlite_url: str,
    tmp_path: Path,
) -> None:
    with served(sqlite_url, tmp_path, live_server) as homeward:
        visit_id = homeward.desk.visit(start_at=homeward.desk.clock())
        tablet = homeward.tablet(chromium_phone)
        tablet.add_init_script(LISTEN)
        page = tablet.new_page()
        page.goto(f"{homeward.url}/staff/")
        page.evaluate("window.wasHere = true")
        sound = page.locator("[data-sound]")
        expect(sound).to_have_attribute("aria-pressed", "false")

        alarm(homeward.app.app_context, visit_id, "drove")
        page.evaluate(LOOK)
        expect(page.locator("[data-alert]")).to_have_count(1)
        assert note_count(page) == 0

        sound.click()
        expect(sound).to_have_attribute("aria-pressed", "true")
        tried = note_count(page)
        assert tried > 0
        alarm(homeward.app.app_context, visit_id, "left-undischarged")
        page.evaluate(LOOK)
        expect(page.locator("[data-alert]")).to_have_count(2)
        assert note_count(page) == 2 * tried
        expect(sound).to_have_attribute("aria-pressed", "true")
        assert page.evaluate("window.wasHere") is True


def test_a_board_is_not_taken_away_from_somebody_who_chooses_a_day(
    chromium_phone: Callable[..., BrowserContext],
    live_server: Callable[..., LiveServer],
    sqlite_url: str,
    tmp_path: Path,
) -> None:
    with served(sqlite_url, tmp_path, live_server) as homeward:
        visit_id = homeward.desk.visit(start_at=homeward.desk.clock())
        tablet = homeward.tablet(chromium_phone)
        page = tablet.new_page()
        page.goto(f"{homeward.url}/staff/")
        page.fill("#day", "2026-04-11")
        alarm(homeward.app.app_context, visit_id, "drove")
        with page.expect_response("**/staff/pulse**"):
            page.evaluate(LOOK)
        assert page.input_value("#day") == "2026-04-11"
        expect(page.locator("[data-alert]")).to_have_count(0)
        page.locator("#day").blur()
        page.evaluate(LOOK)
        expect(page.locator("[data-alert]")).to_have_count(1)


def test_what_became_of_a_test_notice_comes_by_itself_and_takes_nothing_away(
    chromium_phone: Callable[..., BrowserContext],
    live_server: Callable[..., LiveServer],
    sqlite_url: str,
    tmp_path: Path,
) -> None:
    with PushService() as service, served(sqlite_url, tmp_path, live_server) as homeward:
        now = homeward.desk.clock()
        visit_id = homeward.desk.visit(start_at=now + timedelta(hours=1), booked_at=now)
        with homeward.app.app_context():
            patient = db.session.get_one(Visit, visit_id).patient
            phone, address = a_phone(patient, service, now), f"/staff/patients/{patient.id}"
        tablet = homeward.tablet(chromium_phone)
        page = tablet.new_page()
        page.goto(f"{homeward.url}{address}")
        page.get_by_role("button", name="Send a test notice").click()
        page.evaluate("window.wasHere = true")
        page.fill("#why-patient", "Wrong number")
        expect(page.locator("[data-renews=test]")).to_contain_text("Not shown yet", timeout=20_000)
        receipt = phone.messages()[-1].json["notification"]["data"]["receipt"]
        shown = homeward.app.test_client().post(f"{receipt}/shown", base_url=homeward.url)
        assert shown.status_code == 204
        expect(page.locator("[data-renews=test]")).to_contain_text("Shown at", timeout=20_000)
        expect(page.locator("[data-renews=phones]")).to_contain_text("last notice seen to arrive")
        assert page.input_value("#why-patient") == "Wrong number"
        assert page.evaluate("window.wasHere") is True
