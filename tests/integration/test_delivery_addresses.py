"""Where the push sender connects to: names, what they resolve to, and rebinding."""

import socket
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from recovery.delivery.connect import system_addresses
from recovery.delivery.endpoints import AllowedHosts
from recovery.delivery.outcome import Sent, TryAgain
from recovery.delivery.push import PushSender
from tests.push_service import PushService
from tests.wire import (
    FCM,
    KEY,
    LOOPBACK,
    SECONDS,
    TOKENS,
    message_for,
    message_to,
    post_to,
    request_of,
    server,
)


def test_a_look_up_that_hangs_ends_after_the_whole_time() -> None:
    release = threading.Event()

    def hang(host: str, port: int) -> Sequence[str]:
        release.wait(5)
        return ["127.0.0.1"]

    started = time.monotonic()
    outcome = post_to(f"https://{FCM}/x", AllowedHosts(), resolve=hang)
    release.set()
    assert outcome == TryAgain("time-out")
    assert time.monotonic() - started < SECONDS + 0.5


def test_the_next_address_of_a_name_is_tried_when_one_does_not_answer() -> None:
    with PushService() as service:
        phone = service.subscribe(KEY.public)
        sender = PushSender(
            TOKENS, LOOPBACK, timeout=SECONDS, resolve=lambda *_: ["::1", "127.0.0.1"]
        )
        assert sender.send(message_for(phone), datetime.now(UTC)) == Sent("201")
        sender.close()


def test_a_name_that_does_not_resolve_keeps_the_phone() -> None:
    def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    assert post_to(f"https://{FCM}/x", AllowedHosts(), resolve=unknown) == (
        TryAgain("name not resolving")
    )


def test_a_name_that_leads_to_this_machine_gets_no_packet() -> None:
    touched: list[int] = []
    with server(lambda peer: touched.append(1)) as port:
        allowed = AllowedHosts(extra=frozenset({f"localhost:{port}"}))
        assert system_addresses("localhost", port)
        assert post_to(f"https://localhost:{port}/x", allowed) == (
            TryAgain("name leads to an address not allowed", alarm=True)
        )
    assert touched == []


def test_phone_10_a_name_is_checked_again_at_connect_and_connected_where_it_was_judged() -> None:
    answers = [["127.0.0.1"], ["169.254.169.254"], ["169.254.169.254"]]
    asked: list[str] = []

    def rebind(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return answers[len(asked) - 1]

    def talk(peer: socket.socket) -> None:
        request_of(peer)
        peer.sendall(b"HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n")

    with server(talk) as port:
        sender = PushSender(TOKENS, LOOPBACK, timeout=SECONDS, resolve=rebind)
        message = message_to(f"http://localhost:{port}/x")
        assert sender.send(message, datetime.now(UTC)) == Sent("201")
        assert asked == ["localhost"]
        assert sender.send(message, datetime.now(UTC)) == (
            TryAgain("name leads to an address not allowed", alarm=True)
        )
        assert asked == ["localhost"] * 2
        sender.close()
