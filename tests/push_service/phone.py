"""A phone in software: subscribes with keys of its own and opens what it receives."""

import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.push_service.registration import Message, Registration
from tests.push_service.seal import base64url

if TYPE_CHECKING:
    from tests.push_service.service import PushService


@dataclass(slots=True)
class Received:
    """One opened message. ttl in seconds; at: epoch seconds of its acceptance."""

    body: bytes
    topic: str | None
    urgency: str
    ttl: int
    at: float
    headers: dict[str, str] = field(repr=False)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Phone:
    """Stays `online` until told otherwise; what is sent meanwhile waits at the service."""

    def __init__(
        self,
        service: "PushService",
        key: bytes | None,
        private: ec.EllipticCurvePrivateKey | None = None,
        secret: bytes | None = None,
    ) -> None:
        """key: the application server's. private, secret: to open a published example."""
        self._private = private or ec.generate_private_key(ec.SECP256R1())
        self._secret = secret or secrets.token_bytes(16)
        self._sealed: list[Message] = []
        self._opened: list[Received] = []
        self._service = service
        self.online = True
        self.registration = service.register(self, key)
        self.endpoint = self.registration.endpoint
        self.token = self.registration.token
        public = self._private.public_key()
        self.p256dh = base64url(public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        self.auth = base64url(self._secret)

    @property
    def subscription(self) -> dict[str, Any]:
        """What PushSubscription.toJSON() gives in a browser."""
        return {
            "endpoint": self.endpoint,
            "expirationTime": None,
            "keys": {"p256dh": self.p256dh, "auth": self.auth},
        }

    def hand_over(self, registration: Registration, message: Message) -> None:
        self._sealed.append(message)
        registration.acknowledge(message.version)

    def go_offline(self) -> None:
        self.online = False

    def go_online(self) -> None:
        """Come back and take what waited: the newest of each Topic, nothing expired."""

        def come_back() -> None:
            self.online = True
            self.registration.flush(self._service.clock())

        self._service.call(come_back)

    def unsubscribe(self) -> None:
        self.registration.gone = True

    @property
    def count(self) -> int:
        """How many messages came, without opening them."""
        return len(self._sealed)

    def messages(self) -> list[Received]:
        """Open and give all that came, oldest first; ECEException if one was sealed wrongly."""
        for message in self._sealed[len(self._opened) :]:
            self._opened.append(self._open(message))
        return list(self._opened)

    def _open(self, message: Message) -> Received:
        body = message.body and http_ece.decrypt(
            message.body, private_key=self._private, auth_secret=self._secret, version="aes128gcm"
        )
        wishes = message.wishes
        return Received(
            body, wishes.topic, wishes.urgency, wishes.ttl, message.at, dict(message.headers)
        )
