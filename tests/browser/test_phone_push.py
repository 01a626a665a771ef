"""What a phone shows when a push comes: real, sealed pushes to real Firefox and real Chromium.

Every one goes through a push service and is counted where a person would see it: on the desktop
that the browser notifies.
"""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from flask import Flask

from recovery.store.sign_ins import Face
from tests.browser.at_home import a_patient_of, an_app, give_cookie
from tests.browser.chromium import Chromium
from tests.browser.fake_fcm import HOST, FakeFcm
from tests.browser.firefox import Firefox
from tests.browser.live import LiveServer
from tests.browser.notifications import Desktop, Shown
from tests.push_service import PlainSender
from tests.waiting import until

pytestmark = pytest.mark.browser

NEUTRAL = "A message for you"
SUBSCRIBE = """const worker = await navigator.serviceWorker.ready;
const how = { userVisibleOnly: true, applicationServerKey: %s };
const held = await worker.pushManager.subscribe(how);
return held.toJSON();"""


class Phone(Protocol):
    """A browser that is signed in, subscribed, and has no page of ours in front."""

    desktop: Desktop

    def send(self, payload: object) -> None: ...
    def tap(self, shown: Shown) -> str: ...


class FirefoxPhone:
    def __init__(self, firefox: Firefox, url: str, cookie: str) -> None:
        self.firefox, self.desktop, self.sender = firefox, firefox.desktop, PlainSender()
        firefox.give_cookie(f"{url}/offline", "homeward-patient", cookie)
        firefox.navigate(f"{url}/me")
        key = json.dumps(self.sender.public_key)
        self.subscription: dict[str, Any] = firefox.js(SUBSCRIBE % key)
        firefox.navigate("about:blank")

    def send(self, payload: object) -> None:
        assert self.sender.send(self.subscription, payload) == 201

    def tap(self, shown: Shown) -> str:
        before = set(self.firefox.windows())
        self.desktop.click(shown.id)
        [tab] = until(lambda: set(self.firefox.windows()) - before, what="the opened tab")
        first = self.firefox.windows()[0]
        self.firefox.switch(tab)
        url = until(lambda: self.firefox.url.replace("about:blank", ""), what="its address")
        self.firefox.command("WebDriver:CloseWindow")
        self.firefox.switch(first)
        return url


class ChromiumPhone:
    def __init__(self, chromium: Chromium, fcm: FakeFcm, url: str, cookie: str) -> None:
        self.chromium, self.fcm, self.desktop = chromium, fcm, chromium.desktop
        self.sender = PlainSender()
        give_cookie(chromium.context, url, Face.PATIENT, cookie)
        page = chromium.open(f"{url}/me")
        key = json.dumps(self.sender.public_key)
        self.subscription: dict[str, Any] = page.evaluate(f"async () => {{ {SUBSCRIBE % key} }}")
        page.close()
        fcm.wait_for_login()

    def send(self, payload: object) -> None:
        way = {"route": self.fcm.route[HOST], "trusted": self.fcm.trusted}
        assert self.sender.send(self.subscription, payload, **way) == 201

    def tap(self, shown: Shown) -> str:
        page = self.chromium.click_opens(shown.id)
        url = page.url
        page.close()
        return url


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    with an_app(sqlite_url, tmp_path) as app:
        yield app


@pytest.fixture
def server(app: Flask, live_server: Callable[[Flask], LiveServer]) -> LiveServer:
    return live_server(app)


@pytest.fixture(params=["firefox", "chromium"])
def phone(
    request: pytest.FixtureRequest, app: Flask, server: LiveServer
) -> Iterator[FirefoxPhone | ChromiumPhone]:
    cookie = a_patient_of(app)
    if request.param == "firefox":
        yield FirefoxPhone(request.getfixturevalue("firefox"), server.url, cookie)
        return
    chromium = request.getfixturevalue("chromium")
    yield ChromiumPhone(chromium, request.getfixturevalue("fake_fcm"), server.url, cookie)
    chromium.context.clear_cookies()


def notice(**changes: Any) -> dict[str, Any]:
    """A push as the sender of ours writes it."""
    said = {"title": "Last food", "body": "Nothing after 5:30", "navigate": "/me", "tag": "x"}
    return {"web_push": 8030, "notification": said | changes, "mutable": True}


#: Each push, and the title that a person must see. (A sealed nothing reaches no worker: browsers
#: do not open it, so there is no event.)
ODD: list[tuple[object, str]] = [
    (None, NEUTRAL),
    (b" ", NEUTRAL),
    (b"not json", NEUTRAL),
    (b'{"notification": {"title": "Last', NEUTRAL),
    (b"<h1>Last food</h1><script>alert(1)</script>", NEUTRAL),
    (b"\xff\xfe\x00", NEUTRAL),
    (b"null", NEUTRAL),
    (b"[]", NEUTRAL),
    (b"42", NEUTRAL),
    ({"web_push": 8030}, NEUTRAL),
    ({"notification": None}, NEUTRAL),
    (notice(title=""), NEUTRAL),
    (notice(title=5), NEUTRAL),
    (notice(title=None), NEUTRAL),
    (notice(navigate=None), "Last food"),
    (notice(navigate="https://evil.example/"), NEUTRAL),
    (notice(navigate="//evil.example/me"), NEUTRAL),
    (notice(navigate="javascript:alert(1)"), NEUTRAL),
    (notice(navigate="data:text/html,x"), NEUTRAL),
    (notice(navigate="http://["), NEUTRAL),
    (notice(body={"a": 1}, lang=7, tag=[1], data="x"), "Last food"),
    (notice(data={"receipt": "https://evil.example/receipts/x"}), "Last food"),
    (notice(tag="", silent=True), "Last food"),
    (notice(title="<b>Last food</b>"), "<b>Last food</b>"),
]


def test_phone_04_every_push_event_shows_exactly_one_notification(phone: Phone) -> None:
    before = len(phone.desktop.shown)
    for number, (payload, title) in enumerate(ODD, 1):
        phone.send(payload)
        shown = phone.desktop.wait_for(before + number)
        assert shown.title == title, payload
        assert "script" not in shown.body
    phone.send(notice(title="The last one"))
    assert phone.desktop.wait_for(before + len(ODD) + 1).title == "The last one"
    time.sleep(0.3)
    assert len(phone.desktop.shown) == before + len(ODD) + 1


def test_phone_05_a_tap_opens_the_page_that_the_notice_names(
    phone: Phone, server: LiveServer
) -> None:
    before = len(phone.desktop.shown)
    phone.send(notice(navigate=f"{server.url}/me/help"))
    shown = phone.desktop.wait_for(before + 1)
    assert (shown.title, shown.body.split("\n")[-1]) == ("Last food", "Nothing after 5:30")
    assert phone.tap(shown) == f"{server.url}/me/help"


@pytest.mark.parametrize("where", ["https://evil.example/", "http://127.0.0.1:9/me"])
def test_phone_05_the_worker_refuses_another_origin(
    phone: Phone, server: LiveServer, where: str
) -> None:
    before = len(phone.desktop.shown)
    phone.send(notice(navigate=where))
    shown = phone.desktop.wait_for(before + 1)
    assert shown.title == NEUTRAL
    assert phone.tap(shown) == f"{server.url}/me"


def test_phone_12_a_stale_notice_is_shown_as_a_neutral_open_the_app(
    phone: Phone, server: LiveServer
) -> None:
    before, now = len(phone.desktop.shown), time.time() * 1000
    stale = {"title": "Homeward", "body": "Open the app."}
    phone.send(notice(data={"not_after": now - 60_000, "stale": stale}))
    assert words(phone.desktop.wait_for(before + 1)) == ("Homeward", "Open the app.")
    phone.send(notice(data={"not_after": now - 60_000}))
    late = phone.desktop.wait_for(before + 2)
    assert words(late) == (NEUTRAL, "Open the app to read it.")
    phone.send(notice(tag="y", data={"not_after": now + 60_000, "stale": stale}))
    assert words(phone.desktop.wait_for(before + 3)) == ("Last food", "Nothing after 5:30")
    assert phone.tap(late) == f"{server.url}/me"


def words(shown: Shown) -> tuple[str, str]:
    """Title and text, without the line that Chromium puts above: where it comes from."""
    return shown.title, shown.body.split("\n")[-1]
