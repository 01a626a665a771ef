"""E-mail through a real mail server on loopback: taken, put off, refused, never in the clear."""

import logging
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from recovery.delivery.mail import CLOSING, MailMessage, MailSender
from recovery.delivery.mail_server import MailServer, Security
from recovery.delivery.outcome import Gone, Outcome, Sent, TryAgain
from tests.authority import Authority
from tests.mail_server import PASSWORD, SENDER, USER, MailService
from tests.wire import received, server

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
STOP = f"https://home.a-clinic-with-a-long-name.example/m/{'t' * 43}/stop"
SIGN_IN = f"{USER}:{quote(PASSWORD, safe='')}"
MESSAGE = MailMessage(
    to="rosa@patients.example",
    sender_name="Lakeside",
    subject="A message for you",
    text="Open it here:\nhttps://home.example/m/abc",
    language="en",
    identity="n17.1",
    unsubscribe=STOP,
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def mail() -> Iterator[MailService]:
    with MailService() as running:
        yield running


def send(at: MailServer, message: MailMessage = MESSAGE, **settings: Any) -> Outcome:
    return MailSender(at, **({"timeout": 5.0} | settings)).send(message, NOW)


def test_an_email_arrives_as_it_was_written(mail: MailService) -> None:
    assert send(mail.read()) == Sent("250")
    [letter] = mail.box.taken
    assert mail.box.recipients == ["rosa@patients.example"]
    assert letter["From"] == f"Lakeside <{SENDER}>"
    assert letter["To"] == "rosa@patients.example"
    assert letter["Subject"] == "A message for you"
    assert letter["Date"].datetime == NOW
    assert letter.get_content().split() == MESSAGE.text.split()


def test_an_email_asks_machines_not_to_answer_and_offers_to_stop(mail: MailService) -> None:
    send(mail.read())
    [letter] = mail.box.taken
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe"] == f"<{STOP}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["Content-Language"] == "en"


def test_every_try_of_one_notice_has_the_same_identity(mail: MailService) -> None:
    send(mail.read())
    send(mail.read())
    assert {letter["Message-ID"] for letter in mail.box.taken} == {"<n17.1@homeward.example>"}


def test_accents_arrive_in_subject_name_and_text(mail: MailService) -> None:
    said = MailMessage(
        to="rosa@bücher.example",
        sender_name="Clínica Ñandú",
        subject="Tiene un mensaje: ábralo",
        text="Ábralo aquí",
        language="es",
        identity="n18.1",
    )
    assert send(mail.read(), said) == Sent("250")
    [letter] = mail.box.taken
    assert (letter["Subject"], letter.get_content().strip()) == (said.subject, said.text)
    assert letter["From"].addresses[0].display_name == "Clínica Ñandú"
    assert mail.box.recipients == ["rosa@xn--bcher-kva.example"]


def test_nobody_can_add_headers_through_a_subject_or_an_address(mail: MailService) -> None:
    for field in ("subject", "to", "sender_name"):
        values = {name: getattr(MESSAGE, name) for name in MailMessage.__dataclass_fields__}
        evil = MailMessage(**(values | {field: "x\r\nBcc: everybody@evil.example"}))
        with pytest.raises(ValueError, match=r"."):
            send(mail.read(), evil)
    assert mail.box.taken == []


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_over_tls_we_sign_in_and_the_server_takes_it(
    authority: Authority, security: Security
) -> None:
    with MailService(security, authority.server_tls("localhost"), wants_sign_in=True) as mail:
        assert send(mail.read(SIGN_IN), tls=authority.tls) == Sent("250")
        assert len(mail.box.taken) == 1
        assert mail.box.sign_ins >= 1


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
@pytest.mark.parametrize(("host", "days"), [("evil.example", 1), ("localhost", -1)])
def test_a_wrong_or_expired_certificate_fails_closed_before_any_password(
    authority: Authority, security: Security, host: str, days: int
) -> None:
    with MailService(security, authority.server_tls(host, days), wants_sign_in=True) as mail:
        outcome = send(mail.read(SIGN_IN), tls=authority.tls)
        assert outcome == TryAgain("TLS not trusted", alarm=True)
        assert (mail.box.taken, mail.box.sign_ins) == ([], 0)


def test_a_server_that_offers_no_starttls_is_told_nothing(
    mail: MailService, authority: Authority
) -> None:
    stripped = MailServer("127.0.0.1", mail.port, Security.STARTTLS, SENDER, USER, PASSWORD)
    outcome = send(stripped, tls=authority.tls)
    assert outcome == TryAgain("the server offers no TLS or no sign-in", alarm=True)
    assert (mail.box.taken, mail.box.sign_ins) == ([], 0)


def test_a_refused_sign_in_is_ours_to_mend_and_the_message_waits(authority: Authority) -> None:
    with MailService(
        Security.STARTTLS, authority.server_tls("localhost"), wants_sign_in=True
    ) as mail:
        outcome = send(mail.read(f"{USER}:wrong"), tls=authority.tls)
        assert outcome == TryAgain("sign-in refused 535", alarm=True)
        assert mail.box.taken == []


def test_greylisting_is_tried_again_and_then_taken(mail: MailService) -> None:
    mail.box.at_recipient.append("451 4.7.1 Greylisted, come back later")
    assert send(mail.read()) == TryAgain("451 4.7.1")
    assert send(mail.read()) == Sent("250")
    assert len(mail.box.taken) == 1


def test_a_full_queue_after_the_text_is_tried_again(mail: MailService) -> None:
    mail.box.at_end.append("452 4.3.1 Insufficient system storage")
    assert send(mail.read()) == TryAgain("452 4.3.1")


def test_a_server_that_closes_is_left_alone_for_a_minute(mail: MailService) -> None:
    mail.box.at_recipient.append("421 4.3.2 shutting down")
    assert send(mail.read()) == TryAgain("421 4.3.2", CLOSING, whole_host=True)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("550 5.1.1 User unknown", Gone("550 5.1.1", retire=True)),
        ("550 5.2.1 Mailbox disabled", Gone("550 5.2.1", retire=True)),
        ("552 5.2.2 Mailbox full", Gone("552 5.2.2", retire=False)),
        ("550 no such user rosa@patients.example", Gone("550", retire=False)),
        ("550 5.7.1 Relaying denied", Gone("550 5.7.1", retire=False, alarm=True)),
    ],
)
def test_a_refused_recipient_is_not_reached_and_only_a_dead_mailbox_is_retired(
    mail: MailService, said: str, outcome: Outcome
) -> None:
    mail.box.at_recipient.append(said)
    assert send(mail.read()) == outcome


def test_a_message_refused_for_its_content_keeps_the_address(mail: MailService) -> None:
    mail.box.at_end.append("554 5.6.0 Not like this")
    assert send(mail.read()) == Gone("554 5.6.0", retire=False)


def test_what_the_server_says_of_a_person_is_neither_kept_nor_logged(
    mail: MailService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    mail.box.at_recipient.append("550 rosa@patients.example is unknown")
    outcome = send(mail.read())
    assert "rosa" not in outcome.detail
    ours = [record.getMessage() for record in caplog.records if "mail.log" not in record.name]
    assert not any("rosa" in words for words in ours)
    assert "rosa" not in repr(MESSAGE)


def test_a_server_that_is_away_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    at = MailServer("127.0.0.1", port, Security.NONE, SENDER)
    assert send(at) == TryAgain("no connection")


def test_a_name_that_does_not_resolve_is_tried_again() -> None:
    def nowhere(_host: str, _port: int) -> list[str]:
        raise socket.gaierror("no such name")

    at = MailServer("mail.example", 587, Security.STARTTLS, SENDER)
    assert send(at, resolve=nowhere) == TryAgain("name not resolving")


def drip(peer: socket.socket) -> None:
    """Greet one letter at a time, for ever."""
    while True:
        peer.sendall(b"2")
        time.sleep(0.05)


def babble(peer: socket.socket) -> None:
    """Greet with a line that never ends."""
    peer.sendall(b"220-hello\r\n" * 100_000)
    received(peer)


@pytest.mark.parametrize("talk", [drip, babble, lambda peer: time.sleep(3)])
def test_a_server_that_drips_babbles_or_is_silent_ends_in_time(talk: Any) -> None:
    with server(talk) as port:
        at = MailServer("127.0.0.1", port, Security.NONE, SENDER)
        outcome = send(at, timeout=0.8)
        assert isinstance(outcome, TryAgain)
        assert outcome.detail in {"time-out", "connection broken"}


def cut_off_after_the_text(peer: socket.socket) -> None:
    """Take everything and hang up before the answer: nobody can know whether it was kept."""
    peer.sendall(b"220 hello\r\n")
    for _ in range(4):
        words = received(peer)
        peer.sendall(b"354 go on\r\n" if words.upper().startswith(b"DATA") else b"250 ok\r\n")
    while b"\r\n.\r\n" not in received(peer):
        pass


def test_an_answer_that_was_lost_is_made_good_by_sending_again() -> None:
    with server(cut_off_after_the_text) as port:
        at = MailServer("127.0.0.1", port, Security.NONE, SENDER)
        assert send(at) == TryAgain("connection broken")


def test_a_server_that_speaks_something_else_alarms() -> None:
    def web(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with server(web) as port:
        outcome = send(MailServer("127.0.0.1", port, Security.NONE, SENDER))
        assert isinstance(outcome, TryAgain)


def test_ten_threads_may_send_at_once(mail: MailService) -> None:
    from concurrent.futures import ThreadPoolExecutor

    sender = MailSender(mail.read(), timeout=10.0)
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda n: sender.send(MESSAGE, NOW + timedelta(n)), range(30)))
    assert answers == [Sent("250")] * 30
    assert len(mail.box.taken) == 30
