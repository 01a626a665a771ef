"""Raw servers on loopback that talk as badly as a test wants, and posts to them."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from recovery.delivery.endpoints import AllowedHosts
from recovery.delivery.keys import Vapid, load_key, new_vapid_key
from recovery.delivery.message import PushMessage, Subscription
from recovery.delivery.outcome import Outcome
from recovery.delivery.push import PushSender
from tests.push_service import Phone

KEY = load_key(new_vapid_key())
TOKENS = Vapid(KEY, "mailto:it@clinic.org")
LOOPBACK = AllowedHosts(loopback=True, public=False)
FCM = "fcm.googleapis.com"
SECONDS = 0.8
"""What the sender gets in all in these tests, instead of ten."""

Talk = Callable[[socket.socket], None]

P256DH = KEY.public
"""Any point on the curve: nobody opens what is sent here."""
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"


@contextmanager
def server(talk: Talk) -> Iterator[int]:
    """Serve one raw connection after the other on loopback; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                try:
                    talk(peer)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def request_of(peer: socket.socket) -> bytes:
    """Read one whole request, head and body."""
    read = b""
    while b"\r\n\r\n" not in read:
        read += received(peer)
    head, _, body = read.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    while len(body) < int(fields[b"content-length"]):
        body += received(peer)
    return head


def received(peer: socket.socket) -> bytes:
    if not (data := peer.recv(65536)):
        raise ConnectionResetError("the sender has hung up")
    return data


def message_for(phone: Phone) -> PushMessage:
    return PushMessage(Subscription(phone.endpoint, phone.p256dh, phone.auth), b"rest now", 600)


def message_to(endpoint: str) -> PushMessage:
    return PushMessage(Subscription(endpoint, P256DH, AUTH), b"rest now", 600)


def post_to(endpoint: str, allowed: AllowedHosts = LOOPBACK, **settings: object) -> Outcome:
    sender = PushSender(TOKENS, allowed, **{"timeout": SECONDS, **settings})  # type: ignore[arg-type]
    try:
        return sender.send(message_to(endpoint), datetime.now(UTC))
    finally:
        sender.close()
