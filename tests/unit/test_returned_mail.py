"""E-mail that comes back: only a report of a failed recipient counts, at an address we signed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery.delivery.bounces import LARGEST, read_returned
from recovery.delivery.return_path import ReturnPathRefused, return_path
from tests.returned_mail import away, report

TO = "bounces+17.0123@home.example.org"
PATH = return_path("Bounces@Home.Example.org", ["a" * 43])


@pytest.mark.parametrize(
    ("status", "gone"),
    [("5.1.1", True), ("5.1.10", True), ("5.2.1", True), ("5.2.2", False), ("4.4.7", False)],
)
def test_a_failed_recipient_has_a_status_and_only_a_dead_mailbox_is_gone(
    status: str, gone: bool
) -> None:
    returned = read_returned(report(TO, status=status))
    assert (returned.status, returned.mailbox_is_gone) == (status, gone)
    assert TO in returned.to


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", ""])
def test_whoever_did_not_fail_has_no_status(action: str) -> None:
    assert read_returned(report(TO, action=action)).status == ""


def test_a_status_that_is_none_is_still_a_failure() -> None:
    returned = read_returned(report(TO, status="no such user"))
    assert (returned.status, returned.mailbox_is_gone) == ("5.0.0", False)


def test_an_answer_of_a_person_or_a_machine_fails_nobody() -> None:
    assert read_returned(away(TO)).status == ""


def test_a_report_about_another_report_inside_is_read_no_further_than_it_says() -> None:
    wrapped = b"From: x@y.example\r\nContent-Type: message/rfc822\r\n\r\n" + report(TO)
    assert read_returned(wrapped).status == ""


@given(st.binary(max_size=2000))
def test_whatever_comes_is_read_without_a_failure_of_ours(raw: bytes) -> None:
    assert read_returned(raw).status == ""
    head = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"
    read_returned(head + b"Content-Type: message/delivery-status\r\n\r\n" + raw)


@pytest.mark.parametrize(
    "head", ['To: "', "To: <", "To: a@[", "To: a:;b", "Delivered-To: <@a,@b:c@d>", "Status: a@["]
)
def test_a_head_that_no_standard_allows_hides_no_failure(head: str) -> None:
    whole = report(TO)
    odd = head.encode() + b"\r\n"
    assert read_returned(odd + whole).status == read_returned(whole).status
    assert TO in read_returned(odd + whole).to


def test_letters_that_were_made_to_break_us_are_nothing_of_ours() -> None:
    assert read_returned(b"Content-Type: message/rfc822\r\n\r\n" * 30_000).status == ""
    odd = b"Content-Type: multipart/report; a*0=x; a*=y; boundary=b\r\n\r\n--b\r\n"
    assert read_returned(odd).status == ""


def test_no_more_is_read_than_a_bounce_can_be_long() -> None:
    assert read_returned(b"X: y\r\n" * LARGEST).status == ""


def test_an_attempt_is_known_by_the_address_that_we_made_for_it() -> None:
    address = PATH.of(17)
    assert address.startswith("bounces+17.")
    assert address.endswith("@home.example.org")
    assert len(address.partition("@")[0]) <= 64
    assert PATH.attempt_in(f"Rosa <{address.upper()}>, x@y.example") == 17


def test_an_address_that_we_did_not_sign_is_nobodys() -> None:
    address = PATH.of(17)
    for other in (
        address.replace("+17.", "+18."),
        address.replace("bounces+", "other+"),
        return_path("bounces@home.example.org", ["b" * 43]).of(17),
        "bounces@home.example.org",
        "",
    ):
        assert PATH.attempt_in(other) is None


def test_an_address_signed_with_the_key_before_is_still_known() -> None:
    after = return_path("bounces@home.example.org", ["b" * 43, "a" * 43])
    assert after.attempt_in(PATH.of(17)) == 17
    assert after.of(17) != PATH.of(17)


@pytest.mark.parametrize(
    "address",
    ["bounces", "a+b@home.example.org", "@x.org", "a b@x.org", "a@local", "x" * 30 + "@x.org"],
)
def test_a_setting_of_which_no_plus_address_can_be_made_is_refused(address: str) -> None:
    with pytest.raises(ReturnPathRefused, match="bounces@home"):
        return_path(address, ["a" * 43])
