"""Our key towards the push services, and the tokens it signs."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from threading import Thread

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from recovery.delivery.keys import (
    KeyRefused,
    Vapid,
    check_subject,
    load_key,
    new_vapid_key,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = load_key(new_vapid_key())
ORIGIN = "https://fcm.googleapis.com"


def claims_of(header: str) -> dict[str, object]:
    token, _, public = header.removeprefix("vapid t=").partition(", k=")
    assert public == KEY.public
    return jwt.decode(
        token,
        KEY.private.public_key(),
        algorithms=["ES256"],
        options={"verify_exp": False, "verify_aud": False},
    )


def test_phone_08_claims_name_the_origin_with_its_port_and_last_twelve_hours() -> None:
    vapid = Vapid(KEY, "mailto:it@clinic.org")
    claims = claims_of(vapid.authorization("https://push.clinic.org:8443", NOW))
    assert claims == {
        "aud": "https://push.clinic.org:8443",
        "exp": int((NOW + timedelta(hours=12)).timestamp()),
        "sub": "mailto:it@clinic.org",
    }


def test_phone_08_a_token_is_kept_while_fresh_and_made_anew_for_each_origin() -> None:
    vapid = Vapid(KEY, "mailto:it@clinic.org")
    first = vapid.authorization(ORIGIN, NOW)
    assert vapid.authorization(ORIGIN, NOW + timedelta(minutes=59)) == first
    assert vapid.authorization(ORIGIN, NOW + timedelta(minutes=60)) != first
    other = vapid.authorization("https://web.push.apple.com", NOW)
    assert claims_of(other)["aud"] == "https://web.push.apple.com"
    assert claims_of(vapid.authorization(ORIGIN, NOW))["aud"] == ORIGIN
    assert vapid.authorization("https://web.push.apple.com", NOW) == other


def test_a_clock_set_back_by_a_day_gets_a_token_that_services_still_take() -> None:
    vapid = Vapid(KEY, "mailto:it@clinic.org")
    vapid.authorization(ORIGIN, NOW)
    earlier = NOW - timedelta(days=1)
    exp = claims_of(vapid.authorization(ORIGIN, earlier))["exp"]
    assert exp == int((earlier + timedelta(hours=12)).timestamp())


def test_many_threads_share_one_token() -> None:
    vapid, seen = Vapid(KEY, "mailto:it@clinic.org"), set[str]()
    threads = [Thread(target=lambda: seen.add(vapid.authorization(ORIGIN, NOW))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 1


def test_a_phone_that_subscribed_under_the_previous_key_is_still_served() -> None:
    old = load_key(new_vapid_key())
    vapid = Vapid(KEY, "mailto:it@clinic.org", previous=old)
    assert vapid.public_key_base64url() == KEY.public
    assert vapid.serves(old.public, NOW)
    assert vapid.serves(None, NOW)
    assert vapid.authorization(ORIGIN, NOW, old.public).endswith(f"k={old.public}")
    assert not Vapid(KEY, "mailto:it@clinic.org").serves(old.public, NOW)


def test_a_key_is_read_as_pem_and_as_base64url() -> None:
    number = KEY.private.private_numbers().private_value
    pem = KEY.private.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()
    raw = urlsafe_b64encode(number.to_bytes(32, "big")).decode()
    for text in (pem, pem.replace("\n", "\\n"), f" {raw}\n", raw.rstrip("=")):
        assert load_key(text, KEY.public).public == KEY.public


def test_a_public_key_of_another_pair_is_noticed_at_start() -> None:
    with pytest.raises(KeyRefused, match="does not belong"):
        load_key(new_vapid_key(), KEY.public)


@pytest.mark.parametrize("text", ["", "short", "A" * 43, "é" * 43, "-----BEGIN nonsense", "A" * 90])
def test_nonsense_is_refused_as_a_key(text: str) -> None:
    with pytest.raises(KeyRefused):
        load_key(text)


def test_a_key_on_another_curve_is_refused() -> None:
    other = ec.generate_private_key(ec.SECP384R1())
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(KeyRefused, match="P-256"):
        load_key(pem)


@pytest.mark.parametrize(
    "subject",
    ["mailto:it@clinic.org", "https://clinic.org", "https://www.clinic.org:8443/contact?x=1"],
)
def test_a_real_subject_is_taken(subject: str) -> None:
    check_subject(subject)


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "it@clinic.org",
        "mailto:",
        "mailto:it",
        "mailto:it@localhost",
        "mailto:it@clinic.local",
        "mailto:mailto:it@clinic.org",
        "mailto: it@clinic.org",
        "http://clinic.org",
        "https://localhost",
        "https://localhost:5000",
        "https://127.0.0.1",
        "https://",
    ],
)
def test_a_subject_that_apple_would_refuse_stops_the_start(subject: str) -> None:
    with pytest.raises(KeyRefused, match="real mailto"):
        Vapid(KEY, subject)


def test_a_private_key_never_shows_in_a_log() -> None:
    assert repr(KEY) == f"VapidKey({KEY.public[:8]}…)"
