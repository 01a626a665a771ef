"""The push sender against servers that misbehave on the wire."""

import gzip
import inspect
import socket
import struct
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from recovery.delivery.connect import all_within
from recovery.delivery.line import ANSWER_LIMIT, Line
from recovery.delivery.outcome import Outcome, Sent, TryAgain
from recovery.delivery.posting import WHOLE_TIME
from recovery.delivery.push import PushSender
from tests.push_service import PushService
from tests.wire import (
    KEY,
    LOOPBACK,
    SECONDS,
    TOKENS,
    Talk,
    message_for,
    message_to,
    post_to,
    request_of,
    server,
)


def posted(talk: Talk) -> Outcome:
    with server(talk) as port:
        return post_to(f"http://127.0.0.1:{port}/x")


def drip(data: bytes) -> Talk:
    def talk(peer: socket.socket) -> None:
        request_of(peer)
        for byte in data:
            peer.sendall(bytes([byte]))
            time.sleep(0.05)

    return talk


def flood(head: bytes, chunk: bytes, sent: list[int]) -> Talk:
    """Answer with `head`, then `chunk` without end; `sent` counts what the network took."""

    def talk(peer: socket.socket) -> None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        request_of(peer)
        peer.sendall(head)
        while True:
            sent.append(peer.send(chunk))

    return talk


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nX-Padding: " + b"x" * 200,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 20,
    ],
)
def test_phone_10_a_byte_now_and_then_does_not_stretch_the_whole_time(answer: bytes) -> None:
    assert posted(drip(answer)) == TryAgain("time-out")


def test_phone_10_a_message_has_ten_seconds_in_all() -> None:
    assert WHOLE_TIME == 10
    assert inspect.signature(PushSender).parameters["timeout"].default == WHOLE_TIME


def test_time_out_of_a_silent_service_after_the_whole_time() -> None:
    assert posted(lambda peer: time.sleep(5 * SECONDS)) == TryAgain("time-out")


def test_time_out_of_a_silent_tls_handshake_after_the_whole_time() -> None:
    with server(lambda peer: time.sleep(5 * SECONDS)) as port:
        assert post_to(f"https://127.0.0.1:{port}/x") == TryAgain("time-out")


def test_one_slow_service_makes_no_other_late() -> None:
    go_on = threading.Event()
    with PushService() as good, server(lambda peer: go_on.wait(60)) as slow:
        sender = PushSender(TOKENS, LOOPBACK, timeout=60)
        bad = threading.Thread(
            target=sender.send,
            args=(message_to(f"http://127.0.0.1:{slow}/x"), datetime.now(UTC)),
        )
        bad.start()
        phone = good.subscribe(KEY.public)
        for _ in range(20):
            assert sender.send(message_for(phone), datetime.now(UTC)) == Sent("201")
        assert bad.is_alive()
        go_on.set()
        bad.join()
        sender.close()


def test_one_connection_carries_message_after_message() -> None:
    connections: list[int] = []

    def talk(peer: socket.socket) -> None:
        connections.append(peer.fileno())
        while True:
            request_of(peer)
            peer.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok")

    with server(talk) as port:
        sender = PushSender(TOKENS, LOOPBACK)
        message = message_to(f"http://127.0.0.1:{port}/x")
        assert {sender.send(message, datetime.now(UTC)) for _ in range(10)} == {Sent("201")}
        sender.close()
    assert len(connections) == 1


def connections_for_ten(pieces: list[bytes], outcome: Outcome) -> int:
    """Ten posts, each answered with these packets; how many connections they took."""
    connections: list[int] = []

    def talk(peer: socket.socket) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connections.append(peer.fileno())
        while True:
            request_of(peer)
            for piece in pieces:
                peer.sendall(piece)
                time.sleep(0.005)

    with server(talk) as port:
        sender = PushSender(TOKENS, LOOPBACK)
        message = message_to(f"http://127.0.0.1:{port}/x")
        assert {sender.send(message, datetime.now(UTC)) for _ in range(10)} == {outcome}
        sender.close()
    return len(connections)


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"],
        [b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n", b"\r\no", b"k"],
        [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"],
    ],
)
def test_an_answer_in_pieces_keeps_the_connection(pieces: list[bytes]) -> None:
    assert connections_for_ten(pieces, Sent("201")) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok" + b"HTTP/1.1 410 Gone\r\n\r\n",
        b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nHTTP/",
        b"HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 201 Created\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_what_was_not_asked_for_never_answers_the_next_message(answer: bytes) -> None:
    assert connections_for_ten([answer], Sent("201")) == 10


def test_reset_is_tried_again() -> None:
    def reset(peer: socket.socket) -> None:
        request_of(peer)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert posted(reset) == TryAgain("connection broken")


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 201", b"nonsense\r\n\r\n", b"HTTP/1.1 99999 x\r\n\r\n", b"\0" * 100],
)
def test_an_answer_that_is_no_http_is_never_success(answer: bytes) -> None:
    def talk(peer: socket.socket) -> None:
        request_of(peer)
        peer.sendall(answer)

    assert posted(talk) == TryAgain("connection broken")


def test_endless_head_is_cut_off_and_never_success() -> None:
    sent: list[int] = []
    assert posted(flood(b"HTTP/1.1 201 Created\r\n", b"X-More: yes\r\n" * 50, sent)) == (
        TryAgain("connection broken")
    )


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 500 Oops\r\n\r\n",
        b"HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n",
        b"HTTP/1.1 500 Oops\r\nContent-Length: 99999999999\r\n\r\n",
    ],
)
def test_phone_10_at_most_four_kibibytes_are_read_back(head: bytes) -> None:
    sent: list[int] = []
    assert posted(flood(head, b"x" * 1024, sent)) == TryAgain("500")
    assert sum(sent) < 8_000_000  # what the kernels' buffers on both sides may swallow
    assert ANSWER_LIMIT == 4096


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 500 Oops\r\n\r\n", b"HTTP/1.1 201 Created\r\nX-Long: "]
)
def test_phone_10_what_comes_after_four_kibibytes_stays_unread(head: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        answer = head + b"x" * 50_000
        theirs.sendall(answer)
        theirs.shutdown(socket.SHUT_WR)
        with all_within(SECONDS), suppress(OSError):
            Line(ours).exchange(b"POST / HTTP/1.1\r\n\r\n")
        left = sum(iter(lambda: len(ours.recv(65_536)), 0))
        assert len(answer) - left == 4096


def test_compressed_bomb_stays_compressed() -> None:
    bomb = gzip.compress(b'{"reason":"Bomb"}' + b" " * 3_000_000)
    assert len(bomb) < 3_500

    def talk(peer: socket.socket) -> None:
        request_of(peer)
        head = f"HTTP/1.1 429 x\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
        peer.sendall(head.encode() + bomb)

    assert posted(talk) == TryAgain("429", whole_host=True)


def test_a_wait_given_as_a_date_is_counted_from_our_now() -> None:
    until = datetime.now(UTC) + timedelta(minutes=10)

    def talk(peer: socket.socket) -> None:
        request_of(peer)
        date = until.strftime("%a, %d %b %Y %H:%M:%S GMT")
        peer.sendall(f"HTTP/1.1 503 x\r\nRetry-After: {date}\r\n\r\n".encode())

    outcome = posted(talk)
    assert isinstance(outcome, TryAgain)
    assert outcome.after is not None
    assert timedelta(minutes=9) < outcome.after <= timedelta(minutes=10)


def test_a_refused_connection_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert post_to(f"http://127.0.0.1:{port}/x") == TryAgain("connection broken")
