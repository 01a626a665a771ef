"""What a push service refuses: RFC 8030 headers, RFC 8291 coding, RFC 8292 (VAPID) tokens."""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

MOST_BYTES = 4096
"""RFC 8030 §7.2: a service may answer 413 above this; Mozilla's, Google's and Apple's do."""
LONGEST_TOKEN_LIFE = 24 * 60 * 60
"""Seconds. RFC 8292 §2: `exp` must not be more than 24 hours ahead."""

_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
_URGENCIES = frozenset(("very-low", "low", "normal", "high"))
_VAPID = re.compile(r"vapid +t=([\w.-]+) *, *k=([\w-]+=*)", re.IGNORECASE | re.ASCII)
_SUBJECT = re.compile(r"mailto:[^\s:@]+@[^\s:@]+\.[^\s:@.]+|https://[^\s/.]+\.[^\s]+")


class RefusedError(Exception):
    """The POST is answered with `status`; `reason` is for whoever reads the failing test."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the headers ask for: `ttl` in seconds, the two others as sent."""

    ttl: int
    topic: str | None
    urgency: str


def unpadded(value: str) -> bytes:
    """Decode base64url with or without padding; ValueError if it is something else."""
    return urlsafe_b64decode(value + "=" * (-len(value) % 4))


def read_wishes(headers: Mapping[str, str], body: bytes) -> Wishes:
    """Judge the headers and the size of a message before anything is stored."""
    ttl = headers.get("ttl", "")
    if not (ttl.isascii() and ttl.isdigit()):
        raise RefusedError(400, f"TTL must be digits, not {ttl!r}")
    topic = headers.get("topic")
    if topic is not None and not _TOPIC.fullmatch(topic):
        raise RefusedError(400, f"Topic must be 1 to 32 URL-safe characters, not {topic!r}")
    urgency = headers.get("urgency", "normal")
    if urgency not in _URGENCIES:
        raise RefusedError(400, f"Urgency {urgency!r} does not exist")
    if body and headers.get("content-encoding") != "aes128gcm":
        raise RefusedError(400, "Content-Encoding must be aes128gcm")
    if len(body) > MOST_BYTES:
        raise RefusedError(413, f"{len(body)} bytes are more than {MOST_BYTES}")
    return Wishes(int(ttl), topic, urgency)


@dataclass(frozen=True, slots=True)
class _Token:
    claims: dict[str, object]
    key: bytes


class VapidJudge:
    """Judges tokens for one origin. A signature is verified once per token, its dates each time."""

    def __init__(self, audience: str, clock: Callable[[], float]) -> None:
        self._audience = audience
        self._clock = clock
        self._verified: dict[str, _Token] = {}

    def key_of(self, authorization: str | None) -> bytes:
        """Give the public key that signed; RefusedError(401) if the token does not hold."""
        if not authorization:
            raise RefusedError(401, "no Authorization header")
        token = self._verified.get(authorization)
        if token is None:
            token = self._verified[authorization] = _verified(authorization)
        self._judge(token.claims)
        return token.key

    def _judge(self, claims: dict[str, object]) -> None:
        expires, now = claims.get("exp"), self._clock()
        if claims.get("aud") != self._audience:
            raise RefusedError(401, f"aud must be {self._audience}, not {claims.get('aud')}")
        if isinstance(expires, bool) or not isinstance(expires, int | float):
            raise RefusedError(401, "exp must be a number")
        if not now < expires <= now + LONGEST_TOKEN_LIFE:
            raise RefusedError(401, f"exp is {expires - now:.0f} s from now")
        if not _SUBJECT.fullmatch(str(claims.setdefault("sub", ""))):
            raise RefusedError(
                401, f"sub must be a real mailto: or https:, not {claims.get('sub')}"
            )


def _verified(authorization: str) -> _Token:
    match = _VAPID.fullmatch(authorization)
    if match is None:
        raise RefusedError(401, "Authorization must be: vapid t=…, k=…")
    try:
        signed, _, signature = match[1].rpartition(".")
        header, claims = (json.loads(unpadded(part)) for part in signed.split("."))
        key, raw = unpadded(match[2]), unpadded(signature)
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)
    except ValueError as error:
        raise RefusedError(401, f"unreadable token: {error}") from error
    if header.get("alg") != "ES256" or len(raw) != 64 or not isinstance(claims, dict):
        raise RefusedError(401, "the token must be a JWT signed with ES256")
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    try:
        public.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(SHA256()))
    except InvalidSignature as error:
        raise RefusedError(401, "the signature is not by k") from error
    return _Token(claims, key)
