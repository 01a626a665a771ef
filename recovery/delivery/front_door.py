"""Looks at our own public address from outside, as a phone does: name, TLS, and who answers."""

import json
import socket
import ssl
from collections.abc import Mapping
from http.client import HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlsplit

from recovery.delivery.posting import strict_tls

#: Seconds for each step; a phone would not wait longer either.
PATIENCE: Final = 10.0
MOST: Final = 4096
PATH: Final = "/healthz"


class NobodyThere(Exception):
    """The address does not lead to Homeward; the text reads on from the address."""


def what_answers(public_url: str, tls: ssl.SSLContext | None = None) -> Mapping[str, Any]:
    """Return what our /healthz says at the public address, whatever its state.

    No redirect is followed: notices carry this very address. `tls` replaces the system's trusted
    authorities. Raises NobodyThere.
    """
    parts = urlsplit(public_url)
    if parts.scheme != "https" or not parts.hostname:
        raise NobodyThere("is not https, so that phones can get no notices")
    door = HTTPSConnection(
        parts.hostname, parts.port or 443, timeout=PATIENCE, context=tls or strict_tls()
    )
    try:
        door.request("GET", PATH, headers={"Accept": "application/json", "User-Agent": "homeward"})
        answer = door.getresponse()
        return _ours(answer.status, answer.read(MOST))
    except (OSError, HTTPException) as failed:
        raise NobodyThere(_why(failed)) from None
    finally:
        door.close()


def _ours(status: int, body: bytes) -> Mapping[str, Any]:
    if 300 <= status < 400:
        raise NobodyThere(f"redirects ({status}); it must answer itself")
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict) or not {"ok", "database", "worker"} <= said.keys():
        raise NobodyThere(f"is answered by something that is not Homeward ({status})")
    return said


def _why(failed: OSError | HTTPException) -> str:
    match failed:
        case socket.gaierror():
            return "has a name that does not resolve"
        case TimeoutError():
            return f"does not answer within {PATIENCE:.0f} seconds"
        case ssl.SSLCertVerificationError():
            return f"has a certificate that is not trusted ({failed.verify_message})"
        case ssl.SSLError():
            return "does not speak TLS 1.2 or newer"
        case ConnectionRefusedError():
            return "refuses the connection"
        case HTTPException():
            return "does not speak HTTP"
    return f"cannot be reached ({failed.strerror or type(failed).__name__})"
