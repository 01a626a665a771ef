"""The push sender and certificates: it fails closed."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from recovery.delivery.outcome import Sent, TryAgain
from recovery.delivery.push import PushSender
from tests.authority import Authority
from tests.push_service import PushService
from tests.wire import FCM, KEY, LOOPBACK, TOKENS, message_for, post_to, server


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@contextmanager
def fcm(tls: ssl.SSLContext) -> Iterator[tuple[PushService, dict[str, tuple[str, int]]]]:
    """A stand-in for Google's service and the route that leads its name to it."""
    with PushService(tls=tls, origin=f"https://{FCM}", path="/fcm/send/") as service:
        yield service, {FCM: ("127.0.0.1", service.port)}


def test_a_vendors_name_can_be_led_to_this_machine_while_tls_verifies_it(
    authority: Authority,
) -> None:
    with fcm(authority.server_tls(FCM)) as (service, routes):
        phone = service.subscribe(KEY.public)
        assert phone.endpoint.startswith(f"https://{FCM}/fcm/send/")
        sender = PushSender(TOKENS, LOOPBACK, routes=routes, tls=authority.tls)
        message = message_for(phone)
        assert [sender.send(message, datetime.now(UTC)) for _ in range(3)] == [Sent("201")] * 3
        sender.close()
        assert [received.body for received in phone.messages()] == [b"rest now"] * 3
        assert service.posts[0].headers["host"] == FCM


@pytest.mark.parametrize(("host", "days"), [("evil.example", 1), (FCM, -1)])
def test_a_wrong_or_expired_certificate_fails_closed_with_an_alarm(
    authority: Authority, host: str, days: int
) -> None:
    with fcm(authority.server_tls(host, days)) as (service, routes):
        outcome = post_to(f"https://{FCM}/x", routes=routes, tls=authority.tls)
        assert outcome == TryAgain("TLS not trusted", alarm=True)
        assert service.posts == []


def test_an_authority_that_this_machine_does_not_know_fails_closed(authority: Authority) -> None:
    with fcm(authority.server_tls(FCM)) as (service, routes):
        assert post_to(f"https://{FCM}/x", routes=routes) == (
            TryAgain("TLS not trusted", alarm=True)
        )
        assert service.posts == []


def test_a_handshake_that_is_cut_off_is_tried_again_without_alarm() -> None:
    with server(lambda peer: None) as port:
        assert post_to(f"https://127.0.0.1:{port}/x") == TryAgain("connection broken")
