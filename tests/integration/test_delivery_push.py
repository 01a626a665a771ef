"""The push sender against the strict push service, which judges as the real ones do."""

import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recovery.delivery.endpoints import AllowedHosts
from recovery.delivery.keys import Vapid, load_key, new_vapid_key
from recovery.delivery.message import PushMessage, Subscription, Urgency
from recovery.delivery.outcome import Gone, Sent, TryAgain
from recovery.delivery.push import PushSender
from tests.push_service import Phone, PushService

KEY = load_key(new_vapid_key())
HERE_ONLY = AllowedHosts(loopback=True, public=False)


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    with PushService() as running:
        yield running


@pytest.fixture
def phone(service: PushService) -> Phone:
    service.faults.clear()
    service.posts.clear()
    return service.subscribe(KEY.public)


@pytest.fixture
def sender() -> Iterator[PushSender]:
    made = sender_with(Vapid(KEY, "mailto:it@clinic.org"))
    yield made
    made.close()


def sender_with(vapid: Vapid, timeout: float = 1.0) -> PushSender:
    return PushSender(vapid, HERE_ONLY, timeout=timeout)


def message_for(phone: Phone, server_key: str | None = None, **wishes: object) -> PushMessage:
    subscription = Subscription(phone.endpoint, phone.p256dh, phone.auth, server_key)
    defaults: dict[str, object] = {"payload": b"rest now", "ttl": 600}
    return PushMessage(subscription, **{**defaults, **wishes})  # type: ignore[arg-type]


def now() -> datetime:
    return datetime.now(UTC)


def test_a_phone_opens_what_was_sent_with_its_ttl_urgency_and_topic(
    sender: PushSender, phone: Phone
) -> None:
    message = message_for(phone, ttl=77, urgency=Urgency.HIGH, topic="visit-1_a")
    assert sender.send(message, now()) == Sent("201")
    [received] = phone.messages()
    assert (received.body, received.ttl) == (b"rest now", 77)
    assert (received.urgency, received.topic) == ("high", "visit-1_a")


def test_each_message_keeps_its_own_ttl_among_many_threads(
    sender: PushSender, phone: Phone
) -> None:
    def send(ttl: int) -> object:
        return sender.send(message_for(phone, payload=str(ttl).encode(), ttl=ttl), now())

    with ThreadPoolExecutor(8) as threads:
        outcomes = set(threads.map(send, range(1, 201)))
    assert outcomes == {Sent("201")}
    received = phone.messages()
    assert sorted(r.ttl for r in received) == list(range(1, 201))
    assert all(r.body == str(r.ttl).encode() for r in received)


def test_phone_08_one_token_serves_message_after_message(
    sender: PushSender, phone: Phone, service: PushService
) -> None:
    at = now()
    for _ in range(20):
        sender.send(message_for(phone), at)
    assert len({post.headers["authorization"] for post in service.posts}) == 1


def test_an_unsubscribed_phone_is_retired(sender: PushSender, phone: Phone) -> None:
    phone.unsubscribe()
    assert sender.send(message_for(phone), now()) == Gone("410", retire=True)


def test_a_foreign_key_is_our_fault_and_keeps_the_phone(phone: Phone) -> None:
    other = sender_with(Vapid(load_key(new_vapid_key()), "mailto:it@clinic.org"))
    assert other.send(message_for(phone), now()) == TryAgain("403", alarm=True)
    other.close()


def test_a_clock_of_ours_that_is_days_off_alarms_and_keeps_the_phone(
    sender: PushSender, phone: Phone
) -> None:
    for wrong in (now() - timedelta(days=1), now() + timedelta(days=2)):
        assert sender.send(message_for(phone), wrong) == TryAgain("401", alarm=True)


def test_a_key_being_phased_out_still_reaches_the_phones_that_know_it(
    service: PushService, phone: Phone
) -> None:
    new = load_key(new_vapid_key())
    rotated = sender_with(Vapid(new, "mailto:it@clinic.org", previous=KEY))
    assert rotated.send(message_for(phone, KEY.public), now()) == Sent("201")
    assert rotated.send(message_for(service.subscribe(new.public)), now()) == Sent("201")
    rotated.close()
    ended = sender_with(Vapid(new, "mailto:it@clinic.org"))
    before = len(service.posts)
    outcome = ended.send(message_for(phone, KEY.public), now())
    assert outcome == Gone("subscribed under a key that has ended", retire=True)
    assert len(service.posts) == before
    ended.close()


def test_a_refused_size_is_tried_once_with_the_short_text(
    sender: PushSender, phone: Phone, service: PushService
) -> None:
    service.queue_fault(status=413)
    message = message_for(phone, short=lambda: b"open the app")
    assert sender.send(message, now()) == Sent("201, shortened")
    assert [r.body for r in phone.messages()] == [b"open the app"]
    assert len(service.posts) == 2


@pytest.mark.parametrize(("short", "posts"), [(b"s", 2), (None, 1)])
def test_a_size_refused_again_is_given_up_and_the_phone_kept(
    sender: PushSender, phone: Phone, service: PushService, short: bytes | None, posts: int
) -> None:
    service.queue_fault(status=413, times=2)
    outcome = sender.send(message_for(phone, short=short and (lambda: short)), now())
    assert outcome == Gone("413 however short", retire=False, alarm=True)
    assert len(service.posts) == posts


@pytest.mark.parametrize(
    ("text", "wait"),
    [("30", 30), ("-1", None), ("1e9", None), ("1000000000", 3600), ("soon", None)],
)
def test_too_many_requests_says_how_long_to_wait(
    sender: PushSender, phone: Phone, service: PushService, text: str, wait: int | None
) -> None:
    service.queue_fault(status=429, headers={"Retry-After": text})
    after = None if wait is None else timedelta(seconds=wait)
    assert sender.send(message_for(phone), now()) == TryAgain("429", after, whole_host=True)


def test_the_reason_a_service_gives_is_kept(
    sender: PushSender, phone: Phone, service: PushService
) -> None:
    service.queue_fault(status=403, body=b'{"reason":"BadJwtToken"}')
    assert sender.send(message_for(phone), now()) == TryAgain("403 BadJwtToken", alarm=True)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_phone_10_a_redirect_is_never_followed(
    sender: PushSender, phone: Phone, service: PushService, status: int
) -> None:
    elsewhere = service.subscribe(KEY.public)
    service.queue_fault(status=status, redirect=elsewhere.endpoint)
    assert sender.send(message_for(phone), now()) == TryAgain(str(status), alarm=True)
    assert len(service.posts) == 1


def test_the_environment_cannot_lead_a_message_through_a_proxy(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setitem(os.environ, name, "http://127.0.0.1:1")
    keys = tmp_path / "tls-keys"
    monkeypatch.setitem(os.environ, "SSLKEYLOGFILE", str(keys))
    sender = sender_with(Vapid(KEY, "mailto:it@clinic.org"))
    assert sender.send(message_for(phone), now()) == Sent("201")
    sender.close()
    assert not keys.exists()


def test_a_service_that_was_away_is_reached_again_by_the_same_sender(phone: Phone) -> None:
    sender = sender_with(Vapid(KEY, "mailto:it@clinic.org"))
    away = PushService().start()
    other = away.subscribe(KEY.public)
    assert sender.send(message_for(other), now()) == Sent("201")
    away.stop()
    assert isinstance(sender.send(message_for(other), now()), TryAgain)
    assert sender.send(message_for(phone), now()) == Sent("201")
    away.start()
    assert sender.send(message_for(other), now()) == Sent("201")
    sender.close()
    away.stop()


def test_a_phones_address_never_reaches_the_log(
    sender: PushSender, phone: Phone, service: PushService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sender.send(message_for(phone), now())
    service.queue_fault(status=500)
    sender.send(message_for(phone), now())
    service.queue_fault(reset=True)
    sender.send(message_for(phone), now())
    assert phone.token not in caplog.text


@pytest.mark.parametrize(
    ("endpoint", "outcome"),
    [
        ("https://evil.example/x", Gone("address not allowed by the settings", False, True)),
        ("http://169.254.169.254/x", Gone("address not allowed by the settings", False, True)),
    ],
)
def test_a_stored_address_that_is_no_longer_allowed_gets_no_packet(
    sender: PushSender, phone: Phone, endpoint: str, outcome: Gone
) -> None:
    message = PushMessage(Subscription(endpoint, phone.p256dh, phone.auth), b"x", 60)
    assert sender.send(message, now()) == outcome


def test_a_stored_subscription_with_unusable_keys_is_retired(
    sender: PushSender, phone: Phone, service: PushService
) -> None:
    message = PushMessage(Subscription(phone.endpoint, phone.p256dh, "AAAA"), b"x", 60)
    assert sender.send(message, now()) == Gone("unusable keys", retire=True)
    assert service.posts == []
