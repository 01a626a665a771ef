"""Every push shows exactly one notice, and a wrong clock of the phone hides none."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import Chromium, deliver_push
from tests.browser.line import Line
from tests.browser.offline.conftest import COOKIE, Rosa
from tests.waiting import until

pytestmark = pytest.mark.browser

NEUTRAL = "A message for you"
SAID = {"title": "Do not drive", "body": "Not before 9:30.", "navigate": "/me", "tag": "x"}
PROOF, LATER = "/receipts/" + 43 * "t", "/receipts/" + 43 * "u"
#: A browser that will not show a notice with a picture.
FUSSY = """
const plain = ServiceWorkerRegistration.prototype.showNotification;
ServiceWorkerRegistration.prototype.showNotification = function (title, how) {
  if (how.icon) return Promise.reject(new TypeError("no pictures"));
  return plain.call(this, title, how);
};
"""
HOUR = timedelta(hours=1)


@pytest.fixture
def fussy(line: Line) -> None:
    """Let the phone's browser refuse what it does not know; ask for it before the page."""
    line.changes(lambda text: FUSSY + text, "sw.js")


@pytest.fixture
def page(chromium: Chromium, line: Line, rosa: Rosa) -> Iterator[Page]:
    """Rosa's home page, with a worker that takes pushes."""
    cookie = {"name": COOKIE, "value": rosa.cookie, "url": line.url}
    chromium.context.add_cookies([cookie])  # type: ignore[list-item]
    page = chromium.open(f"{line.url}/me")
    script = "navigator.serviceWorker.ready.then((worker) => worker.active.state)"
    until(lambda: page.evaluate(script) == "activated", what="the worker")
    # The debugger finds a worker only once the browser has stored it.
    until(lambda: page.evaluate("caches.has('pages-')") or stored(page), what="a stored worker")
    yield page
    page.close()


def stored(page: Page) -> bool:
    page.reload()
    return bool(page.evaluate("caches.keys().then((names) => names.length > 1)"))


def push(page: Page, payload: str) -> list[dict[str, Any]]:
    """Deliver a push; the debugger loses one in fifty on a busy machine, which shows nothing."""
    for patience in (20, 40):
        deliver_push(page, payload)
        try:
            return until(lambda: shown(page), patience, "a notice")
        except AssertionError:
            continue
    raise AssertionError("no notice was shown")


def shown(page: Page) -> list[dict[str, Any]]:
    script = """async () => {
      const worker = await navigator.serviceWorker.ready;
      return (await worker.getNotifications()).map(({ title, body }) => ({ title, body }));
    }"""
    found: list[dict[str, Any]] = page.evaluate(script)
    return found


def until_then(not_after: datetime) -> str:
    data = {"not_after": int(not_after.timestamp() * 1000)}
    return json.dumps({"web_push": 8030, "notification": SAID | {"data": data}})


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "not json",
        "[]",
        json.dumps({"web_push": 8030}),
        json.dumps({"notification": {"title": "T", "navigate": "https://evil.example/"}}),
        json.dumps({"notification": {"title": "", "navigate": "/me"}}),
    ],
)
def test_phone_04_every_push_event_empty_or_malformed_too_shows_exactly_one_notification(
    page: Page, payload: str
) -> None:
    push(page, payload)
    time.sleep(0.2)
    assert [notice["title"] for notice in shown(page)] == [NEUTRAL]


def test_phone_04_a_browser_that_refuses_the_trimmings_shows_the_bare_notice(
    fussy: None, page: Page
) -> None:
    [notice] = push(page, json.dumps({"web_push": 8030, "notification": SAID}))
    assert (notice["title"], notice["body"]) == (SAID["title"], SAID["body"])


def test_a_notice_in_time_is_shown_as_it_was_written(page: Page) -> None:
    [notice] = push(page, json.dumps({"web_push": 8030, "notification": SAID}))
    assert (notice["title"], notice["body"]) == (SAID["title"], SAID["body"])


def test_phone_12_a_stale_notice_is_shown_as_a_neutral_open_the_app(page: Page) -> None:
    [notice] = push(page, until_then(datetime.now(UTC) - HOUR))
    assert notice["title"] == NEUTRAL
    assert notice["body"] == "Open the app to read it."


def test_phone_12_a_stale_notice_is_not_proved_as_seen(page: Page, line: Line) -> None:
    past = int((datetime.now(UTC) - HOUR).timestamp() * 1000)
    for receipt, end in ((PROOF, past), (LATER, past + 7_200_000)):
        data = {"not_after": end, "receipt": receipt}
        push(page, json.dumps({"notification": SAID | {"tag": receipt[-1], "data": data}}))
    until(lambda: f"POST {LATER}/shown" in line.asked, what="the receipt of the one in time")
    assert f"POST {PROOF}/shown" not in line.asked


def test_a_phone_whose_clock_is_fast_does_not_hide_a_notice_that_still_holds(
    page: Page, line: Line
) -> None:
    line.dates(datetime.now(UTC) - 2 * HOUR)
    [notice] = push(page, until_then(datetime.now(UTC) - HOUR))
    assert notice["title"] == SAID["title"]


@pytest.mark.parametrize("fault", ["cut", "lies"])
def test_without_proof_that_it_is_late_a_notice_is_shown_as_it_was_written(
    page: Page, line: Line, fault: str
) -> None:
    if fault == "cut":
        line.cut()
    else:
        line.fails(503)
    [notice] = push(page, until_then(datetime.now(UTC) - HOUR))
    assert notice["title"] == SAID["title"]


def test_a_push_brings_the_kept_plan_up_to_date(
    page: Page, line: Line, app: Any, rosa: Rosa
) -> None:
    until(lambda: page.evaluate("caches.keys()") != [], what="a kept page")
    push(page, json.dumps({"web_push": 8030, "notification": SAID}))
    until(lambda: "GET /me/keep" in line.asked, what="the plan")
    kept = "caches.match('/me/help').then((answer) => Boolean(answer))"
    until(lambda: page.evaluate(kept), what="the kept help page")


def test_what_was_shown_without_a_connection_is_proved_once_there_is_one(
    page: Page, line: Line
) -> None:
    line.cut()
    push(page, json.dumps({"web_push": 8030, "notification": SAID | {"data": {"receipt": PROOF}}}))
    owed = "caches.has('receipts')"
    until(lambda: page.evaluate(owed), what="a receipt that is owed")
    line.mend()
    page.evaluate("navigator.serviceWorker.controller.postMessage('keep-little')")
    until(lambda: f"POST {PROOF}/shown" in line.asked, what="the receipt")
    left = "caches.open('receipts').then((owed) => owed.keys()).then((keys) => keys.length)"
    until(lambda: page.evaluate(left) == 0, what="nothing owed")
