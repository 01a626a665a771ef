"""Which mail server a setting names, and which settings are unsafe."""

import pytest

from recovery.delivery.mail_server import MailServerRefused, Security, mail_server

SENDER = "notices@homeward.example"


@pytest.mark.parametrize(
    ("url", "security", "port"),
    [
        ("smtps://mail.example.org", Security.TLS, 465),
        ("smtp://mail.example.org", Security.STARTTLS, 587),
        ("smtp://mail.example.org:2525", Security.STARTTLS, 2525),
        ("smtp+plain://localhost:1025", Security.NONE, 1025),
        ("smtp+plain://[::1]", Security.NONE, 25),
    ],
)
def test_the_scheme_says_how_the_server_is_spoken_to(
    url: str, security: Security, port: int
) -> None:
    server = mail_server(url, SENDER)
    assert (server.security, server.port) == (security, port)


def test_user_and_password_are_percent_encoded_and_stay_out_of_sight() -> None:
    server = mail_server("smtps://me%40example.org:p%3Aa%2Fss@mail.example.org", SENDER)
    assert (server.user, server.password) == ("me@example.org", "p:a/ss")
    assert "p:a/ss" not in repr(server)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "http://mail.example.org",
        "smtps://",
        "smtps://mail.example.org/folder",
        "smtps://mail.example.org?x=1",
        "smtps://user@mail.example.org",
        "smtps://user:secr%C3%A9t@mail.example.org",
        "smtps://mail.example.org:99999",
        "smtp+plain://mail.example.org",
        "smtp+plain://localhost.evil.example",
        "smtp+plain://user:secret@10.0.0.7",
    ],
)
def test_a_setting_that_cannot_work_or_would_tell_a_password_is_refused(url: str) -> None:
    with pytest.raises(MailServerRefused) as refused:
        mail_server(url, SENDER)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("sender", ["", "nobody", "Lakeside <a@b.example>", "a@b.example\nx"])
def test_the_sender_is_one_plain_address(sender: str) -> None:
    with pytest.raises(MailServerRefused):
        mail_server("smtps://mail.example.org", sender)
