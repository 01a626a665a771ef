"""The harness itself, proved in Debian's Chromium with a page that has nothing of ours in it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.chromium import Chromium, deliver_push
from tests.browser.fake_fcm import HOST, FakeFcm
from tests.browser.live import LiveServer
from tests.browser.site.app import Site
from tests.push_service import PlainSender
from tests.waiting import until

pytestmark = pytest.mark.browser

Send = Callable[[dict[str, Any], object], int]


@pytest.fixture
def sender() -> PlainSender:
    return PlainSender()


@pytest.fixture
def site(sender: PlainSender) -> Site:
    return Site(sender.public_key)


@pytest.fixture
def server(site: Site, live_server: Callable[[Site], LiveServer]) -> LiveServer:
    return live_server(site)


@pytest.fixture
def page(chromium: Chromium, server: LiveServer) -> Page:
    return chromium.open(server.url)


@pytest.fixture
def send(sender: PlainSender, fake_fcm: FakeFcm) -> Send:
    def routed(subscription: dict[str, Any], payload: object) -> int:
        return sender.send(
            subscription, payload, route=fake_fcm.route[HOST], trusted=fake_fcm.trusted
        )

    return routed


@pytest.fixture
def subscription(page: Page, site: Site, fake_fcm: FakeFcm) -> dict[str, Any]:
    page.click("#subscribe")
    expect(page.locator("#state")).to_have_text("subscribed", timeout=20_000)
    fake_fcm.wait_for_login()
    return site.subscriptions[-1]


def notice(server: LiveServer, title: str) -> dict[str, str]:
    return {"title": title, "body": "A body", "tag": "t", "navigate": f"{server.url}/opened"}


def test_a_push_by_the_debugger_is_shown(
    chromium: Chromium, page: Page, site: Site, server: LiveServer
) -> None:
    before = len(chromium.desktop.shown)
    deliver_push(page, json.dumps(notice(server, "By the debugger")))
    assert chromium.desktop.wait_for(before + 1).title == "By the debugger"
    until(lambda: site.receipts == ["By the debugger"], what="the receipt")


def test_an_encrypted_push_is_shown_and_a_click_opens_its_page(
    chromium: Chromium,
    site: Site,
    server: LiveServer,
    send: Send,
    subscription: dict[str, Any],
    artefacts: Path,
) -> None:
    before = len(chromium.desktop.shown)
    assert send(subscription, notice(server, "Hello")) == 201
    shown = chromium.desktop.wait_for(before + 1)
    assert shown.title == "Hello"
    assert shown.body.endswith("A body")
    until(lambda: site.receipts == ["Hello"], what="the receipt")
    opened = chromium.click_opens(shown.id)
    expect(opened.locator("h1")).to_have_text("Opened by a notice")
    opened.screenshot(path=artefacts / "harness" / "chromium-opened.png")


def test_an_ended_subscription_answers_410(
    page: Page, send: Send, subscription: dict[str, Any]
) -> None:
    assert page.evaluate(
        """async () => {
            const worker = await navigator.serviceWorker.ready;
            return (await worker.pushManager.getSubscription()).unsubscribe();
        }"""
    )
    until(lambda: send(subscription, {}) == 410, what="410")


def test_a_browser_that_was_off_gets_what_waited(
    chromium: Chromium,
    site: Site,
    server: LiveServer,
    send: Send,
    subscription: dict[str, Any],
    fake_fcm: FakeFcm,
) -> None:
    chromium.quit()
    assert send(subscription, notice(server, "While you were away")) == 201
    chromium.start()
    fake_fcm.wait_for_login()
    until(lambda: site.receipts == ["While you were away"], what="the receipt")


def test_a_page_without_its_server_is_the_offline_page(page: Page, server: LiveServer) -> None:
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    server.stop()
    page.goto(f"{server.url}/opened")
    expect(page.locator("h1")).to_have_text("Offline")
    page.context.set_offline(True)
    server.start()
    page.goto(f"{server.url}/opened")
    expect(page.locator("h1")).to_have_text("Offline")
    page.context.set_offline(False)
    page.goto(f"{server.url}/opened")
    expect(page.locator("h1")).to_have_text("Opened by a notice")


@pytest.mark.parametrize("width", [320, 390])
def test_a_fresh_phone_has_the_size_theme_and_language_asked_for(
    chromium_phone: Callable[..., BrowserContext], server: LiveServer, width: int
) -> None:
    page = chromium_phone(width=width, scheme="dark", locale="es").new_page()
    page.goto(server.url)
    assert page.evaluate(
        "[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches, navigator.language]"
    ) == [width, True, "es"]
