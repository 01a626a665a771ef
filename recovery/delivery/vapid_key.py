"""The key pair that identifies this server to push services (VAPID, RFC 8292)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.hazmat.primitives.asymmetric import ec


def new_vapid_key() -> str:
    """A fresh P-256 private key: its 32 bytes in base64url, as other push tools print it."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return urlsafe_b64encode(number.to_bytes(32, "big")).decode().rstrip("=")


def vapid_key_of(text: str) -> ec.EllipticCurvePrivateKey:
    """Read a key in the form that `new_vapid_key` writes; ValueError if it is none."""
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(raw) != 32:
        raise ValueError("must be 32 bytes in base64url (43 characters)")
    return ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
