"""The fake push service refuses what the real ones refuse, so that our tests mean something."""

import math
import time
from collections.abc import Iterator
from http.client import HTTPConnection, RemoteDisconnected

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.push_service import Phone, PlainSender, PushService
from tests.push_service.rules import unpadded
from tests.waiting import until

HOUR = 3600


@pytest.fixture
def service() -> Iterator[PushService]:
    with PushService() as running:
        yield running


@pytest.fixture
def sender() -> PlainSender:
    return PlainSender()


@pytest.fixture
def phone(service: PushService, sender: PlainSender) -> Phone:
    return service.subscribe(sender.public_key)


def test_the_example_of_rfc_8291_section_5_opens(service: PushService) -> None:
    private = ec.derive_private_key(
        int.from_bytes(unpadded("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")), ec.SECP256R1()
    )
    phone = Phone(service, None, private, unpadded("BTBZMqHH6r4Tts7J_aSIgg"))
    sealed = unpadded(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmY"
        "WAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexS"
        "gSxsj_Qulcy4a-fN"
    )
    headers = {
        "TTL": "60",
        "Content-Encoding": "aes128gcm",
        "Authorization": PlainSender().token(phone.endpoint),
    }
    connection = HTTPConnection("127.0.0.1", service.port)
    connection.request("POST", f"/wpush/v2/{phone.token}", sealed, headers)
    assert connection.getresponse().status == 201
    connection.close()
    assert phone.messages()[0].body == b"When I grow up, I want to be a watermelon"


def test_an_accepted_message_arrives_with_what_was_asked_for(
    service: PushService, sender: PlainSender, phone: Phone
) -> None:
    sent = {"web_push": 8030}
    assert sender.send(phone.subscription, sent, ttl=90, topic="t1", urgency="low") == 201
    [message] = phone.messages()
    assert message.json == sent
    assert (message.ttl, message.topic, message.urgency) == (90, "t1", "low")
    assert [post.status for post in service.posts] == [201]


@pytest.mark.parametrize(
    "headers",
    [
        {"ttl_": "soon"},
        {"ttl_": "-1"},
        {"ttl_": ""},
        {"topic": "has space"},
        {"topic": "x" * 33},
        {"urgency": "urgent"},
        {"content_encoding": "aesgcm"},
    ],
)
def test_a_header_that_means_nothing_is_a_400(
    sender: PlainSender, phone: Phone, headers: dict[str, str]
) -> None:
    spelled = {name.removesuffix("_"): value for name, value in headers.items()}
    assert sender.send(phone.subscription, {}, **spelled) == 400
    assert phone.count == 0


def test_more_than_4096_bytes_are_a_413(sender: PlainSender, phone: Phone) -> None:
    assert sender.send(phone.subscription, b"x" * 3993) == 201
    assert sender.send(phone.subscription, b"x" * 3994) == 413


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "http://127.0.0.1"},
        {"exp": int(time.time()) + 25 * HOUR},
        {"exp": int(time.time()) - 1},
        {"exp": "tomorrow"},
        {"sub": "desk@clinic.example"},
        {"sub": "mailto:mailto:desk@clinic.example"},
        {"sub": "https://localhost"},
    ],
)
def test_a_vapid_token_that_claims_wrongly_is_a_401(
    sender: PlainSender, phone: Phone, claims: dict[str, object]
) -> None:
    token = sender.token(phone.endpoint, **claims)
    assert sender.send(phone.subscription, {}, authorization=token) == 401


def test_a_token_signed_by_another_key_than_it_names_is_a_401(
    sender: PlainSender, phone: Phone
) -> None:
    token = PlainSender().token(phone.endpoint).partition(", k=")[0]
    forged = f"{token}, k={sender.public_key}"
    assert sender.send(phone.subscription, {}, authorization=forged) == 401
    assert sender.send(phone.subscription, {}, authorization="WebPush abc") == 401
    assert sender.send(phone.subscription, {}, authorization="") == 401


def test_a_token_is_judged_by_the_clock_of_the_service(sender: PlainSender) -> None:
    with PushService(clock=lambda: time.time() + 2 * HOUR) as ahead:
        phone = ahead.subscribe(sender.public_key)
        assert sender.send(phone.subscription, {}) == 401


def test_another_key_than_the_one_subscribed_with_is_a_403(phone: Phone) -> None:
    assert PlainSender().send(phone.subscription, {}) == 403


def test_unknown_is_a_404_and_ended_is_a_410(
    service: PushService, sender: PlainSender, phone: Phone
) -> None:
    unknown = {**phone.subscription, "endpoint": f"{phone.endpoint}x"}
    assert sender.send(unknown, {}) == 404
    service.expire(phone.endpoint)
    assert sender.send(phone.subscription, {}) == 410


def test_a_phone_that_was_off_gets_the_newest_of_a_topic_and_nothing_expired(
    service: PushService, sender: PlainSender, phone: Phone
) -> None:
    phone.go_offline()
    for number in range(3):
        assert sender.send(phone.subscription, {"n": number}, topic="wait") == 201
    assert sender.send(phone.subscription, {"n": "other"}) == 201
    assert sender.send(phone.subscription, {"n": "only now"}, ttl=0) == 201
    assert phone.count == 0
    phone.go_online()
    assert [message.json["n"] for message in phone.messages()] == [2, "other"]


def test_queued_faults_spoil_the_posts_that_follow_in_order(
    service: PushService, sender: PlainSender, phone: Phone
) -> None:
    service.queue_fault(status=429, headers={"Retry-After": "7"})
    service.queue_fault(status=500, times=2)
    answers = [sender.send(phone.subscription, {}) for _ in range(4)]
    assert answers == [429, 500, 500, 201]
    assert phone.count == 1


def test_a_fault_may_be_for_one_endpoint_only(
    service: PushService, sender: PlainSender, phone: Phone
) -> None:
    other = service.subscribe(sender.public_key)
    service.queue_fault(status=503, endpoint=phone.endpoint, times=math.inf)
    assert sender.send(other.subscription, {}) == 201
    assert sender.send(phone.subscription, {}) == 503
    service.faults.clear()
    assert sender.send(phone.subscription, {}) == 201


def test_a_reset_may_come_before_or_after_the_message_was_taken(
    service: PushService, sender: PlainSender, phone: Phone
) -> None:
    for accepted in (False, True):
        service.queue_fault(reset=True, accepted=accepted)
        with pytest.raises((ConnectionResetError, RemoteDisconnected)):
            sender.send(phone.subscription, {})
        assert phone.count == accepted


def test_an_answer_may_be_late_or_come_byte_by_byte(
    service: PushService, sender: PlainSender, phone: Phone
) -> None:
    service.queue_fault(delay=0.1)
    service.queue_fault(drip=0.002)
    for _ in range(2):
        began = time.monotonic()
        assert sender.send(phone.subscription, {}) == 201
        assert time.monotonic() - began > 0.1
    assert phone.count == 2


def test_an_answer_may_never_end_and_a_redirect_leads_elsewhere(
    service: PushService, sender: PlainSender, phone: Phone
) -> None:
    service.queue_fault(redirect=f"{service.origin}/elsewhere")
    service.queue_fault(endless=True)
    assert sender.send(phone.subscription, {}) == 307
    connection = HTTPConnection("127.0.0.1", service.port)
    connection.request("POST", f"/wpush/v2/{phone.token}")
    with connection.getresponse() as response:
        assert len(response.read(1_000_000)) == 1_000_000
    connection.close()
    assert "/elsewhere" not in [post.path for post in service.posts]


def test_an_outage_keeps_ports_and_subscriptions(
    service: PushService, sender: PlainSender, phone: Phone
) -> None:
    service.stop()
    with pytest.raises(ConnectionRefusedError):
        sender.send(phone.subscription, {})
    service.start()
    assert sender.send(phone.subscription, {}) == 201
    until(lambda: phone.count == 1, what="the message after the outage")
