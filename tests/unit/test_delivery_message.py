"""A push message before it is sealed."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from recovery.delivery.memory import MemorySender
from recovery.delivery.message import (
    MessageRefused,
    PushMessage,
    Subscription,
    TooLarge,
    Words,
    declarative,
)
from recovery.delivery.outcome import Gone, Sender, Sent

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PHONE = Subscription("https://fcm.googleapis.com/fcm/send/secret", "p", "a")
WORDS = Words("Time to rest", "Please do not drive until Tuesday 14:30.")
STALE = Words("You have news", "Open the app.")
GOOD: dict[str, Any] = {
    "navigate": "https://home.example/wait",
    "lang": "es",
    "tag": "abc",
    "receipt": "/receipts/xyz",
    "not_after": datetime(2026, 11, 24, 8, tzinfo=UTC),
}


def test_phone_05_the_payload_is_the_declarative_form_that_safari_and_our_worker_read() -> None:
    assert json.loads(declarative(WORDS, STALE, **GOOD)) == {
        "web_push": 8030,
        "notification": {
            "title": "Time to rest",
            "body": "Please do not drive until Tuesday 14:30.",
            "navigate": "https://home.example/wait",
            "lang": "es",
            "tag": "abc",
            "data": {
                "receipt": "/receipts/xyz",
                "not_after": 1795507200000,
                "stale": {"title": "You have news", "body": "Open the app."},
            },
        },
        "mutable": True,
    }


def test_a_notice_can_be_silent() -> None:
    assert json.loads(declarative(WORDS, STALE, **GOOD, silent=True))["notification"]["silent"]


@pytest.mark.parametrize("text", ["Descanse, señora", "مرحبا", "🚗💤", 'a "quote" \\ \0 \x1b'])
def test_any_script_survives_the_trip(text: str) -> None:
    assert json.loads(declarative(Words("x", text), STALE, **GOOD))["notification"]["body"] == text


def test_phone_07_more_than_two_thousand_bytes_are_refused_before_sending() -> None:
    room = 2000 - len(declarative(Words("x", ""), STALE, **GOOD))
    assert len(declarative(Words("x", "ñ" * (room // 2)), STALE, **GOOD)) in {1999, 2000}
    with pytest.raises(TooLarge, match="2001"):
        declarative(Words("x", "n" * (room + 1)), STALE, **GOOD)


@pytest.mark.parametrize(
    "change",
    [
        {"navigate": "/wait"},
        {"navigate": "javascript:alert(1)"},
        {"navigate": "https://user@home.example/wait"},
        {"navigate": "https://home.example\\@evil.example/wait"},
        {"navigate": "https:///wait"},
        {"receipt": "https://home.example.evil.example/receipts/xyz"},
        {"receipt": "https://evil.example/receipts/xyz"},
        {"receipt": "http://home.example/receipts/xyz"},
        {"receipt": "//evil.example/x"},
        {"receipt": "/\\evil.example/x"},
        {"receipt": "receipts"},
        {"not_after": datetime(2026, 11, 24, 8)},  # noqa: DTZ001
    ],
)
def test_what_a_phone_would_drop_or_send_elsewhere_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MessageRefused):
        declarative(WORDS, STALE, **{**GOOD, **change})


@pytest.mark.parametrize(
    "origin", ["http://home_ward:8000", "https://[2001:db8::1]:8443", "https://clínica.example"]
)
def test_any_address_that_the_settings_take_can_be_opened(origin: str) -> None:
    change = {"navigate": f"{origin}/wait", "receipt": f"{origin}/receipts/xyz"}
    assert declarative(WORDS, STALE, **{**GOOD, **change})


@pytest.mark.parametrize("words", [Words(" ", "text"), Words("x", "broken \ud83d")])
def test_a_missing_title_or_a_broken_character_is_refused(words: Words) -> None:
    with pytest.raises(MessageRefused):
        declarative(words, STALE, **GOOD)


@pytest.mark.parametrize("ttl", [0, -1, 28 * 24 * 3600 + 1])
def test_a_message_is_useful_for_a_second_to_four_weeks(ttl: int) -> None:
    with pytest.raises(MessageRefused):
        PushMessage(PHONE, b"x", ttl)


@pytest.mark.parametrize("topic", ["", "a" * 33, "a b", "ñ", "a/b", "a\n"])
def test_a_topic_is_short_and_safe_in_a_header(topic: str) -> None:
    with pytest.raises(MessageRefused):
        PushMessage(PHONE, b"x", 60, topic=topic)


def test_a_payload_is_measured() -> None:
    with pytest.raises(TooLarge):
        PushMessage(PHONE, b"x" * 2001, 60)


def test_a_phones_address_never_shows_in_a_log() -> None:
    assert "secret" not in repr(PushMessage(PHONE, b"x", 60))


def test_the_memory_sender_is_a_sender_that_remembers() -> None:
    memory = MemorySender[PushMessage]([Gone("410", retire=True)])
    sender: Sender[PushMessage] = memory
    first, second = PushMessage(PHONE, b"1", 60), PushMessage(PHONE, b"2", 60)
    assert [sender.send(first, NOW), sender.send(second, NOW)] == [Gone("410", True), Sent()]
    sender.close()
    assert memory.messages == [first, second]
    assert memory.sent[0] == (first, NOW)
    assert memory.closed
