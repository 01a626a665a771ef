"""A sender of the tests' own: the least that a strict service takes, nothing of ours in it."""

import json
import os
import socket
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from ssl import create_default_context
from typing import Any
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.push_service.rules import unpadded


class PlainSender:
    """Holds one VAPID key pair. `public_key` is what a page subscribes with (base64url)."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        public = self._key.public_key()
        self.public_key = base64url(
            public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        )

    def token(self, endpoint: str, **claims: object) -> str:
        """Sign an Authorization value for the endpoint's origin, valid an hour."""
        parts = urlsplit(endpoint)
        claimed = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(time.time()) + 3600,
            "sub": "mailto:desk@clinic.example",
        }
        header = {"typ": "JWT", "alg": "ES256"}
        signed = ".".join(
            base64url(json.dumps(part).encode()) for part in (header, claimed | claims)
        )
        der = self._key.sign(signed.encode(), ec.ECDSA(SHA256()))
        raw = b"".join(number.to_bytes(32) for number in decode_dss_signature(der))
        return f"vapid t={signed}.{base64url(raw)}, k={self.public_key}"

    def seal(self, subscription: Mapping[str, Any], plain: bytes) -> bytes:
        """Encrypt for one subscription, as RFC 8291 says."""
        keys = subscription["keys"]
        sealed: bytes = http_ece.encrypt(
            plain,
            salt=os.urandom(16),
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=unpadded(keys["p256dh"]),
            auth_secret=unpadded(keys["auth"]),
            version="aes128gcm",
        )
        return sealed

    def send(
        self,
        subscription: Mapping[str, Any],
        payload: object,
        *,
        ttl: int = 60,
        topic: str | None = None,
        urgency: str = "high",
        route: tuple[str, int] | None = None,
        trusted: Path | None = None,
        **headers: str,
    ) -> int:
        """Seal `payload` (bytes as they are, anything else as JSON), POST it, give the status.

        None: a push without any body, as the protocol allows.

        route: (ip, port) to connect to instead of the endpoint's host; trusted: the PEM file
        of an https service's certificate. headers: extra ones, or other values for the usual
        ones (`content_encoding="gzip"`).
        """
        body = b"" if payload is None else self.seal(subscription, _plain(payload))
        endpoint = urlsplit(subscription["endpoint"])
        sent = {
            "authorization": self.token(subscription["endpoint"]),
            "ttl": str(ttl),
            "urgency": urgency,
        }
        if body:
            sent["content-encoding"] = "aes128gcm"
        if topic is not None:
            sent["topic"] = topic
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        host = endpoint.hostname or ""
        plug = socket.create_connection(route or (host, endpoint.port or 80), timeout=10)
        connection = HTTPConnection(endpoint.netloc)
        if endpoint.scheme == "https":
            plug = create_default_context(cafile=trusted).wrap_socket(plug, server_hostname=host)
        connection.sock = plug
        try:
            connection.request("POST", endpoint.path, body, sent)
            return connection.getresponse().status
        finally:
            connection.close()


def _plain(payload: object) -> bytes:
    return payload if isinstance(payload, bytes) else json.dumps(payload).encode()


def base64url(raw: bytes) -> str:
    """Encode without padding, as push wants it."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
