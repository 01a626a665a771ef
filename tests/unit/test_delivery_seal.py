"""Sealing, by RFC 8291 and against a second implementation."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode

import http_ece
import pytest
import webpush
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from recovery.delivery.message import Subscription, TooLarge
from recovery.delivery.seal import Sealer, SubscriptionRefused, check_keys

SEALER = Sealer()
ENDPOINT = "https://web.push.apple.com/x"


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


PRIVATE = ec.generate_private_key(ec.SECP256R1())
POINT = PRIVATE.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
SECRET = os.urandom(16)
PHONE = Subscription(ENDPOINT, encoded(POINT), encoded(SECRET))


def test_the_example_of_rfc_8291_is_sealed_to_the_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    number = int.from_bytes(decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    private = ec.derive_private_key(number, ec.SECP256R1())
    monkeypatch.setattr(webpush.ec, "generate_private_key", lambda *_: private)
    monkeypatch.setattr(webpush.os, "urandom", lambda _: decoded("DGv6ra1nlYgDCS1FRnbzlw"))
    phone = Subscription(
        ENDPOINT,
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
    )
    sealed = SEALER.seal(b"When I grow up, I want to be a watermelon", phone)
    assert encoded(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYW"
        "AmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgS"
        "xsj_Qulcy4a-fN"
    )


@given(st.binary(max_size=2000))
def test_another_implementation_opens_what_was_sealed(plain: bytes) -> None:
    sealed = SEALER.seal(plain, PHONE)
    assert http_ece.decrypt(sealed, private_key=PRIVATE, auth_secret=SECRET) == plain


def test_the_largest_message_that_services_take_is_4096_bytes_sealed() -> None:
    assert len(SEALER.seal(b"x" * 3993, PHONE)) == 4096
    with pytest.raises(TooLarge):
        SEALER.seal(b"x" * 3994, PHONE)


def test_two_seals_of_one_text_differ() -> None:
    assert SEALER.seal(b"same", PHONE) != SEALER.seal(b"same", PHONE)


def test_padding_in_a_browsers_keys_is_harmless() -> None:
    padded = Subscription(ENDPOINT, PHONE.p256dh + "=", PHONE.auth + "==")
    check_keys(padded.p256dh, padded.auth)
    sealed = SEALER.seal(b"x", padded)
    assert http_ece.decrypt(sealed, private_key=PRIVATE, auth_secret=SECRET) == b"x"


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", PHONE.auth),
        (PHONE.p256dh, ""),
        (encoded(POINT[:-1]), PHONE.auth),
        (encoded(POINT + b"x"), PHONE.auth),
        (encoded(b"\x05" + POINT[1:]), PHONE.auth),
        (encoded(b"\x04" + b"\x01" * 64), PHONE.auth),
        (encoded(b"\x04" + b"\x00" * 64), PHONE.auth),
        (
            encoded(PRIVATE.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)),
            PHONE.auth,
        ),
        (PHONE.p256dh, encoded(SECRET[:15])),
        (PHONE.p256dh, encoded(SECRET + b"x")),
        (PHONE.p256dh, PHONE.auth + "\n"),
        (PHONE.p256dh, " " + PHONE.auth),
        (PHONE.p256dh, "é" * 22),
        (PHONE.p256dh[:-1] + "!", PHONE.auth),
        ("A" * 5000, PHONE.auth),
        ("A", PHONE.auth),
    ],
    ids=lambda key: str(len(key)),
)
def test_keys_that_are_no_keys_are_refused_at_the_door_and_at_sealing(
    p256dh: str, auth: str
) -> None:
    with pytest.raises(SubscriptionRefused):
        check_keys(p256dh, auth)
    with pytest.raises(SubscriptionRefused):
        SEALER.seal(b"x", Subscription(ENDPOINT, p256dh, auth))
