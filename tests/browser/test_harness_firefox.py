"""The harness itself, proved in a real Firefox with a page that has nothing of ours in it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.firefox import Firefox
from tests.browser.live import LiveServer
from tests.browser.site.app import Site
from tests.push_service import PlainSender, PushService
from tests.waiting import until

pytestmark = pytest.mark.browser

Subscription = dict[str, Any]
Serve = Callable[[Site], LiveServer]


@pytest.fixture
def sender() -> PlainSender:
    return PlainSender()


@pytest.fixture
def site(sender: PlainSender) -> Site:
    return Site(sender.public_key)


@pytest.fixture
def server(site: Site, live_server: Serve) -> LiveServer:
    return live_server(site)


@pytest.fixture
def subscription(firefox: Firefox, site: Site, server: LiveServer) -> Subscription:
    firefox.navigate(server.url)
    firefox.click("#subscribe")
    until(lambda: firefox.text("#state") == "subscribed", what="the subscription")
    return site.subscriptions[-1]


def notice(server: LiveServer, title: str) -> dict[str, str]:
    return {"title": title, "body": "A body", "tag": "t", "navigate": f"{server.url}/opened"}


def test_an_encrypted_push_is_shown_and_a_click_opens_its_page(
    firefox: Firefox,
    push_service: PushService,
    site: Site,
    server: LiveServer,
    sender: PlainSender,
    subscription: Subscription,
    artefacts: Path,
) -> None:
    before, tabs = len(firefox.desktop.shown), set(firefox.windows())
    assert sender.send(subscription, notice(server, "Hello")) == 201
    shown = firefox.desktop.wait_for(before + 1)
    assert (shown.title, shown.body) == ("Hello", "A body")
    until(lambda: site.receipts == ["Hello"], what="the receipt")
    until(lambda: push_service.acks[-1].code == 100, what="Firefox's ack")
    firefox.desktop.click(shown.id)
    [tab] = until(lambda: set(firefox.windows()) - tabs, what="the opened tab")
    first = firefox.windows()[0]
    firefox.switch(tab)
    until(lambda: firefox.text("h1") == "Opened by a notice", what="the page")
    firefox.screenshot(artefacts / "harness" / "firefox-opened.png")
    firefox.command("WebDriver:CloseWindow")
    firefox.switch(first)


def test_an_ended_subscription_answers_410(
    firefox: Firefox, push_service: PushService, sender: PlainSender, subscription: Subscription
) -> None:
    token = subscription["endpoint"].rpartition("/")[2]
    assert firefox.js("""
        const worker = await navigator.serviceWorker.ready;
        return (await worker.pushManager.getSubscription()).unsubscribe();
    """)
    until(lambda: push_service.registrations[token].gone, what="Firefox's unregister")
    assert sender.send(subscription, {}) == 410


def test_a_withdrawn_permission_ends_the_subscription(
    firefox: Firefox, sender: PlainSender, subscription: Subscription
) -> None:
    firefox.set_permission("notifications", "denied")
    until(lambda: sender.send(subscription, {}, ttl=0) == 410, what="410")


def test_a_page_without_its_server_is_the_offline_page(
    firefox: Firefox, server: LiveServer
) -> None:
    firefox.navigate(server.url)
    firefox.wait_for("return Boolean((await navigator.serviceWorker.ready).active)")
    firefox.wait_for("return navigator.serviceWorker.controller !== null")
    server.stop()
    firefox.navigate(f"{server.url}/opened")
    assert firefox.text("h1") == "Offline"
    server.start()
    firefox.navigate(f"{server.url}/opened")
    assert firefox.text("h1") == "Opened by a notice"


def test_a_browser_that_was_off_shows_exactly_the_newest_message_of_a_topic(
    firefox: Firefox,
    push_service: PushService,
    site: Site,
    server: LiveServer,
    sender: PlainSender,
    subscription: Subscription,
) -> None:
    before = len(firefox.desktop.shown)
    firefox.quit()
    for title in ("first", "second", "third"):
        assert sender.send(subscription, notice(server, title), topic="wait") == 201
    token = subscription["endpoint"].rpartition("/")[2]
    assert len(push_service.registrations[token].pending) == 1
    firefox.start()
    until(lambda: site.receipts, what="the receipt")
    until(lambda: not push_service.registrations[token].pending, what="the ack")
    assert [shown.title for shown in firefox.desktop.shown[before:]] == ["third"]
    assert site.receipts == ["third"]


def test_a_forgotten_browser_tells_its_worker_that_the_subscription_changed(
    push_service: PushService, site: Site, sender: PlainSender, subscription: Subscription
) -> None:
    push_service.forget_browser()
    until(lambda: site.changed, what="pushsubscriptionchange")
    assert site.changed == [subscription["endpoint"]]
    assert sender.send(subscription, {}) == 410


def test_a_dropped_socket_loses_no_message(
    push_service: PushService,
    site: Site,
    server: LiveServer,
    sender: PlainSender,
    subscription: Subscription,
) -> None:
    push_service.drop_sockets()
    assert sender.send(subscription, notice(server, "after the drop")) == 201
    until(lambda: site.receipts == ["after the drop"], what="the receipt")
