"""What each answer of a push service means."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery.delivery.answers import LONGEST_WAIT, back_off, outcome_of, reason_in, retry_after
from recovery.delivery.outcome import Gone, Sent, TryAgain

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_created_is_the_only_success() -> None:
    assert outcome_of(201, {}, NOW) == Sent("201")


@pytest.mark.parametrize("status", [200, 202, 203, 204, 206, 226, 299])
def test_an_odd_2xx_proves_nothing_and_the_operator_looks(status: int) -> None:
    assert outcome_of(status, {}, NOW) == TryAgain(str(status), alarm=True)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_success(status: int) -> None:
    outcome = outcome_of(status, {"Location": "https://evil.example/"}, NOW)
    assert outcome == TryAgain(str(status), alarm=True)


@pytest.mark.parametrize("status", [400, 405, 411, 415, 422, 431])
def test_a_malformed_request_of_ours_is_given_up_and_the_address_kept(status: int) -> None:
    assert outcome_of(status, {}, NOW) == Gone(str(status), retire=False, alarm=True)


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_or_clock_of_ours_keeps_the_address_and_alarms(status: int) -> None:
    outcome = outcome_of(status, {}, NOW, "BadJwtToken")
    assert outcome == TryAgain(f"{status} BadJwtToken", alarm=True)


@pytest.mark.parametrize("status", [404, 410])
def test_an_ended_subscription_is_retired_without_alarm(status: int) -> None:
    assert outcome_of(status, {}, NOW) == Gone(str(status), retire=True)


def test_too_large_asks_for_something_shorter_at_once() -> None:
    assert outcome_of(413, {}, NOW) == TryAgain("413", timedelta(0), shorter=True)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_a_failing_service_is_asked_again_after_our_own_back_off(status: int) -> None:
    assert outcome_of(status, {}, NOW) == TryAgain(str(status))


def test_too_many_requests_holds_for_the_whole_host() -> None:
    outcome = outcome_of(429, {"retry-AFTER": "120"}, NOW)
    assert outcome == TryAgain("429", timedelta(minutes=2), whole_host=True)


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("0", timedelta(seconds=1)),
        ("7", timedelta(seconds=7)),
        (" 30 ", timedelta(seconds=30)),
        ("1000000000", LONGEST_WAIT),
        ("9" * 400, LONGEST_WAIT),
        (format_datetime(NOW + timedelta(minutes=3), usegmt=True), timedelta(minutes=3)),
        ("Mon, 23 Nov 2026 12:03:00 -0000", timedelta(minutes=3)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), None),
        ("-5", None),
        ("1e9", None),
        ("1.5", None),
        ("²", None),
        ("soon", None),
        ("Mon, 99 Nov 99999 99:99:99 GMT", None),
        ("", None),
    ],
)
def test_a_wait_is_read_within_bounds_or_not_at_all(text: str, wait: timedelta | None) -> None:
    assert retry_after({"Retry-After": text}, NOW) == wait


@given(st.text(max_size=60))
def test_no_header_is_so_odd_that_it_breaks_us(text: str) -> None:
    wait = retry_after({"Retry-After": text}, NOW)
    assert wait is None or timedelta(0) < wait <= LONGEST_WAIT


@given(st.integers(100, 999))
def test_every_status_has_exactly_one_outcome(status: int) -> None:
    assert isinstance(outcome_of(status, {}, NOW), Sent | TryAgain | Gone)
    assert isinstance(outcome_of(status, {}, NOW), Sent) == (status == 201)


@given(st.integers(-5, 10_000), st.floats(0, 1))
def test_a_back_off_is_between_two_and_a_half_seconds_and_five_minutes(
    tries: int, jitter: float
) -> None:
    assert timedelta(seconds=2.5) <= back_off(tries, jitter) <= timedelta(minutes=5)


def test_a_back_off_doubles_with_each_failure() -> None:
    assert [back_off(n, 0).seconds for n in (1, 2, 3, 4, 9)] == [5, 10, 20, 40, 300]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"reason":"BadJwtToken"}', "BadJwtToken"),
        (b'{"code":401,"errno":109,"error":"Unauthorized"}', "errno 109"),
        (b'{"reason":"https://secret.example/token"}', ""),
        (b'{"errno":true}', ""),
        (b'["BadJwtToken"]', ""),
        (b"[" * 4096, ""),
        (b"\xff\xfe", ""),
        (b"", ""),
    ],
)
def test_only_a_known_reason_is_kept_of_a_strangers_text(body: bytes, reason: str) -> None:
    assert reason_in(body) == reason
