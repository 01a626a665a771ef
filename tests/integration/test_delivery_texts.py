"""Texts through a stand-in for Twilio, over real TLS: taken, refused, put off, proved."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from recovery.delivery.outcome import Gone, Outcome, Sent, TryAgain
from recovery.delivery.text import LONGEST_TTL, TextMessage
from recovery.delivery.twilio import HOST, TwilioSender
from tests.authority import Authority
from tests.twilio_service import ACCOUNT, OURS, SENDER, TOKEN, TwilioService

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
MESSAGE = TextMessage(
    to="+12125550142",
    body="Lakeside: A message for you. https://home.example/m/abc",
    ttl=720,
    callback="https://home.example/texts/status/17",
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def twilio(authority: Authority) -> Iterator[TwilioService]:
    with TwilioService(authority.server_tls(HOST)) as running:
        yield running


def send(twilio: TwilioService, authority: Authority, message: TextMessage = MESSAGE) -> Outcome:
    sender = twilio.sender(authority.tls)
    try:
        return sender.send(message, NOW)
    finally:
        sender.close()


def test_a_text_is_handed_over_with_its_window_and_where_to_report(
    twilio: TwilioService, authority: Authority
) -> None:
    assert send(twilio, authority) == Sent("201")
    assert twilio.texts == [
        {
            "To": "+12125550142",
            "From": SENDER,
            "Body": MESSAGE.body,
            "ValidityPeriod": "720",
            "StatusCallback": MESSAGE.callback,
        }
    ]
    assert twilio.paths == [f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"]
    assert twilio.keys == [f"{ACCOUNT}:{TOKEN}"]


def test_a_long_window_is_cut_to_what_the_provider_takes(
    twilio: TwilioService, authority: Authority
) -> None:
    send(twilio, authority, TextMessage(MESSAGE.to, MESSAGE.body, ttl=7 * 24 * 3600))
    assert twilio.texts[0]["ValidityPeriod"] == str(LONGEST_TTL)
    assert "StatusCallback" not in twilio.texts[0]


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (400, 21211, Gone("400 21211", retire=True)),
        (400, 21614, Gone("400 21614", retire=True)),
        (400, 21610, Gone("400 21610", retire=False, stopped=True)),
        (400, 21606, Gone("400 21606", retire=False, alarm=True)),
        (400, 0, Gone("400", retire=False, alarm=True)),
        (401, 20003, TryAgain("401 20003", alarm=True)),
        (404, 20404, TryAgain("404 20404", alarm=True)),
        (500, 0, TryAgain("500")),
        (503, 20503, TryAgain("503 20503")),
        (302, 0, TryAgain("302", alarm=True)),
        (200, 0, TryAgain("200", alarm=True)),
    ],
)
def test_each_refusal_of_the_provider_has_its_own_outcome(
    twilio: TwilioService, authority: Authority, status: int, code: int, outcome: Outcome
) -> None:
    twilio.refuse_next(status, code, Location="https://evil.example/")
    assert send(twilio, authority) == outcome
    assert len(twilio.texts) == 1


def test_too_many_at_once_is_waited_for(twilio: TwilioService, authority: Authority) -> None:
    twilio.refuse_next(429, 20429, Retry_After="7")
    assert send(twilio, authority) == TryAgain("429 20429", timedelta(seconds=7), whole_host=True)


def test_a_provider_whose_certificate_is_foreign_gets_no_password(authority: Authority) -> None:
    with TwilioService(authority.server_tls("evil.example")) as twilio:
        assert send(twilio, authority) == TryAgain("TLS not trusted", alarm=True)
        assert twilio.texts == []


def test_a_provider_whose_name_leads_into_our_own_net_gets_nothing() -> None:
    sender = TwilioSender(OURS, resolve=lambda host, port: ["169.254.169.254"])
    assert sender.send(MESSAGE, NOW) == TryAgain("name leads to an address not allowed", alarm=True)


def test_connections_are_kept_between_texts(twilio: TwilioService, authority: Authority) -> None:
    sender = twilio.sender(authority.tls)
    assert [sender.send(MESSAGE, NOW) for _ in range(3)] == [Sent("201")] * 3
    sender.close()
