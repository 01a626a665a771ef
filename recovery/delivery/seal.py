"""Sealing a payload so that only the phone can read it (RFC 8291, aes128gcm).

The package `webpush` does the sealing, and this is the one place where its faults are put right.
Left to itself, version 1.0.6 drops the port from `aud`, keeps a TTL for the next message, knows no
Urgency or Topic, parses the key and signs for every message, normalises the endpoint, and checks
neither sizes nor the lengths of the phone's keys. So it is shown keys and payload only; tokens
come from `keys.Vapid`, headers from `push.PushSender`, and the address never passes through it.
"""

import re
from base64 import urlsafe_b64decode

from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import AnyHttpUrl
from webpush import WebPush, WebPushSubscription
from webpush.types import WebPushKeys
from webpush.vapid import VAPID

from recovery.delivery.message import Subscription, TooLarge

SEALED_LIMIT = 4_096
"""Bytes of a sealed message that every push service takes (RFC 8291 §4)."""

_OVERHEAD = 16 + 4 + 1 + 65 + 1 + 16
"""Salt, record size, key length, our key, padding mark, AES-GCM tag: 103 bytes."""

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}", re.ASCII)
_NOWHERE = AnyHttpUrl("https://push.invalid/")
_NOT_A_PHONE = "The phone's keys cannot be used."


class SubscriptionRefused(ValueError):
    """The phone's keys are no keys: nothing sealed for them could ever be read."""


def check_keys(p256dh: str, auth: str) -> None:
    """Judge the keys when a browser subscribes: a point on P-256 (65 bytes) and 16 bytes.

    Raises SubscriptionRefused (the web answers 422).
    """
    point = _checked_lengths(p256dh, auth)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as broken:
        raise SubscriptionRefused(_NOT_A_PHONE) from broken


class Sealer:
    """Seals payloads for phones; safe to use from many threads, since nothing is kept."""

    def __init__(self) -> None:
        private_pem, public_pem, _ = VAPID.generate_keys()
        self._package = WebPush(private_pem, public_pem, subscriber="unused")
        self._package.vapid = _Unsigned(private_pem, public_pem)

    def seal(self, plain: bytes, subscription: Subscription) -> bytes:
        """Encrypt `plain` for one subscription; every call uses a fresh key and salt.

        Raises TooLarge when the result would exceed 4,096 bytes, SubscriptionRefused for
        unusable keys (the package's own check tells whether the point is on the curve).
        """
        if len(plain) + _OVERHEAD > SEALED_LIMIT:
            raise TooLarge(f"The notice has {len(plain)} bytes, too many to be sealed.")
        _checked_lengths(subscription.p256dh, subscription.auth)
        keys = WebPushKeys(p256dh=subscription.p256dh, auth=subscription.auth)
        phone = WebPushSubscription(endpoint=_NOWHERE, keys=keys)
        try:
            sealed: bytes = self._package.get(plain, phone).encrypted
        except ValueError as broken:
            raise SubscriptionRefused(_NOT_A_PHONE) from broken
        return sealed


class _Unsigned(VAPID):  # type: ignore[misc]
    """Keeps the package from signing: tokens are made once per origin and hour elsewhere."""

    def get_authorization_header(self, endpoint: object, subscriber: str, expiration: int) -> str:
        return ""


def _checked_lengths(p256dh: str, auth: str) -> bytes:
    point, secret = _decoded(p256dh), _decoded(auth)
    if len(point) != 65 or point[0] != 4 or len(secret) != 16:
        raise SubscriptionRefused(_NOT_A_PHONE)
    return point


def _decoded(text: str) -> bytes:
    """Decode strictly: Python's decoder skips foreign characters, and so does the package."""
    if len(text) > 100 or not _BASE64URL.fullmatch(text):
        raise SubscriptionRefused(_NOT_A_PHONE)
    bare = text.rstrip("=")
    try:
        return urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except ValueError as broken:
        raise SubscriptionRefused(_NOT_A_PHONE) from broken
