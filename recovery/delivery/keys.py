"""Our VAPID key (RFC 8292): who we are to the push services, and the tokens that say so."""

import re
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from webpush.vapid import VAPID

TOKEN_LIFE = timedelta(hours=12)
"""Services refuse more than 24 h. Half of it forgives a clock that is 12 h off either way."""

RENEWED_AFTER = timedelta(hours=1)
"""Signing takes most of a message's time, so a token serves an origin for an hour."""

KEY_SHOWN = 12
"""Characters of a public key by which people and commands tell keys apart."""

_MOST_TOKENS = 1_000
_SUBJECT = re.compile(
    r"mailto:[^@\s:/?#]+@(?P<mail>[^@\s:/?#]+)"
    r"|https://(?P<site>[^@\s:/?#]+)(?::\d+)?(?:[/?#]\S*)?"
)
_NO_KEY = "must be 32 bytes in base64url (43 characters) or a PEM text"
_NOT_REAL = ("localhost", ".localhost", ".local", ".internal", ".invalid", ".test")


class KeyRefused(ValueError):
    """The key or the subject cannot be used; the text reads on from the name of the setting."""


def new_vapid_key() -> str:
    """A fresh P-256 private key: its 32 bytes in base64url, as other push tools print it.

    Keep it: phones subscribe under its public half and can be reached with no other.
    """
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return urlsafe_b64encode(number.to_bytes(32, "big")).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class VapidKey:
    """A loaded key pair; `public` is what browsers subscribe under (base64url, no padding)."""

    private: ec.EllipticCurvePrivateKey
    public: str

    def __repr__(self) -> str:
        return f"VapidKey({self.public[:8]}…)"


def load_key(private: str, public: str | None = None) -> VapidKey:
    """Read a private key once, as PEM (also with "\\n" written out) or base64url of 32 bytes.

    Give `public` (base64url) to prove at start that the pair belongs together.
    Raises KeyRefused.
    """
    text = private.strip().replace("\\n", "\n")
    key = _from_pem(text) if text.startswith("-----BEGIN") else _from_number(text)
    own: str = VAPID.get_application_server_key(key.public_key())
    if public is not None and public.strip().rstrip("=") != own:
        raise KeyRefused("does not belong to the public key given")
    return VapidKey(key, own)


def check_pair(key: VapidKey) -> None:
    """Sign, and verify with the public half as browsers are given it. Raises KeyRefused."""
    point = urlsafe_b64decode(key.public + "=" * (-len(key.public) % 4))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    signed = jwt.encode({"sub": "homeward"}, key.private, algorithm="ES256")
    try:
        jwt.decode(signed, public, algorithms=["ES256"])
    except jwt.InvalidSignatureError as broken:
        raise KeyRefused("does not belong to the public key that browsers are given") from broken


class Vapid:
    """Signs for push services, once per origin and hour; safe to use from many threads.

    `previous` is a key being phased out: phones that subscribed under it are still served
    until `previous_until` (None: as long as it is in the settings). `subject` is where a push
    service can reach the operator. Raises KeyRefused for a subject that Apple answers with 403.
    """

    def __init__(
        self,
        key: VapidKey,
        subject: str,
        previous: VapidKey | None = None,
        previous_until: datetime | None = None,
    ) -> None:
        check_subject(subject)
        self._current, self._previous_until = key, previous_until
        self._keys: Mapping[str, VapidKey] = {k.public: k for k in (previous, key) if k}
        self._subject = subject
        self._tokens: dict[tuple[str, str], tuple[datetime, str]] = {}
        self._lock = threading.Lock()

    def public_key_base64url(self) -> str:
        """The key that new subscriptions are made under (`applicationServerKey`)."""
        return self._current.public

    def serves(self, server_key: str | None, now: datetime) -> bool:
        """Whether a subscription made under this public key can still be reached."""
        if server_key is None or server_key == self._current.public:
            return True
        ended = self._previous_until is not None and now >= self._previous_until
        return server_key in self._keys and not ended

    def authorization(self, origin: str, now: datetime, server_key: str | None = None) -> str:
        """Give the Authorization header for an origin ("https://host", with any odd port).

        A token is made anew after an hour, and when the clock was set back: it would then
        seem to last longer than services allow.
        """
        key = self._keys[server_key] if server_key else self._current
        slot = (key.public, origin)
        with self._lock:
            made, header = self._tokens.get(slot, (None, ""))
            if made is None or not made <= now < made + RENEWED_AFTER:
                header = self._sign(key, origin, now)
                if len(self._tokens) >= _MOST_TOKENS:
                    self._tokens.clear()
                self._tokens[slot] = (now, header)
        return header

    def _sign(self, key: VapidKey, origin: str, now: datetime) -> str:
        claims = {"aud": origin, "exp": int((now + TOKEN_LIFE).timestamp()), "sub": self._subject}
        token = jwt.encode(claims, key.private, algorithm="ES256")
        return f"vapid t={token}, k={key.public}"


def check_subject(subject: str) -> None:
    """Refuse a subject that is no real mailto: or https: address (Apple answers 403 to it)."""
    found = _SUBJECT.fullmatch(subject)
    host = (found["mail"] or found["site"]).lower() if found else ""
    if "." not in host.strip(".") or host.endswith(_NOT_REAL) or host.replace(".", "").isdigit():
        raise KeyRefused("must be a real mailto: or https: address")


def _from_pem(text: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError) as broken:
        raise KeyRefused(_NO_KEY) from broken
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyRefused("must be on the curve P-256")
    return key


def _from_number(text: str) -> ec.EllipticCurvePrivateKey:
    try:
        raw = urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
        if len(raw) != 32:
            raise KeyRefused(_NO_KEY)
        return ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
    except (NotBase64, ValueError) as broken:
        raise KeyRefused(_NO_KEY) from broken
