"""E-mail by SMTP: hands one message to the clinic's server and reads what became of it."""

import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from typing import Final

from recovery.delivery.connect import Resolve, all_within, system_addresses
from recovery.delivery.mail_server import MailServer
from recovery.delivery.mail_socket import Conversation
from recovery.delivery.outcome import Gone, Outcome, Sent, TryAgain
from recovery.delivery.posting import WHOLE_TIME, strict_tls

#: A server that says it is closing (421) is left alone for so long.
CLOSING: Final = timedelta(minutes=1)
#: Enhanced codes (RFC 3463) of a mailbox that is no more: bad, moved, or disabled.
NO_MAILBOX: Final = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")
#: Folding would cut an address with a token in two.
UNFOLDED: Final = SMTP.clone(max_line_length=900)


@dataclass(frozen=True, slots=True)
class MailMessage:
    """One e-mail. `identity` is the same for every try of one notice, so that a mail program
    that gets it twice shows it once. `unsubscribe`: where a mail program's button posts to.
    `returns_to`: where servers write when they cannot deliver it, "" = to the sender.

    Whoever has the text can open the notice: address and text stay out of `repr` and logs.
    """

    to: str
    sender_name: str
    subject: str
    text: str
    language: str
    identity: str
    unsubscribe: str = ""
    returns_to: str = ""

    def __repr__(self) -> str:
        return "MailMessage(…)"


class MailSender:
    """Sends each message over a connection of its own; safe to use from many threads.

    `tls` replaces the system's trusted authorities, `resolve` the system's look-up.
    """

    def __init__(
        self,
        server: MailServer,
        *,
        timeout: float = WHOLE_TIME,
        resolve: Resolve = system_addresses,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._server, self._timeout, self._resolve = server, timeout, resolve
        self._tls = tls or strict_tls()

    def send(self, message: MailMessage, now: datetime) -> Outcome:
        """Hand over one message; a server that is away or misbehaves is an outcome too."""
        letter = letter_of(message, self._server, now)
        sender = message.returns_to or self._server.sender
        return self._judged(lambda: self._converse(letter, sender, _ascii(message.to)))

    def greet(self) -> Outcome:
        """Connect, make it secret, sign in and leave: all but a message."""
        return self._judged(self._converse)

    def close(self) -> None:
        """Nothing is kept open."""

    def _judged(self, converse: Callable[[], Outcome]) -> Outcome:
        with all_within(self._timeout):
            try:
                return converse()
            except smtplib.SMTPException as failed:
                return _of_answer(failed)
            except OSError as failed:
                return _of_failure(failed)

    def _converse(
        self, letter: EmailMessage | None = None, sender: str = "", to: str = ""
    ) -> Outcome:
        server = Conversation(self._server, self._tls, self._resolve)
        try:
            if self._server.user:
                server.login(self._server.user, self._server.password)
            if letter is not None:
                server.send_message(letter, sender, [to])
            return Sent("250")
        finally:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()


def letter_of(message: MailMessage, server: MailServer, now: datetime) -> EmailMessage:
    """Write the e-mail with the headers that keep other machines from answering it.

    Raises ValueError for an address or subject that would end a header line.
    """
    letter = EmailMessage(UNFOLDED)
    letter["From"] = formataddr((message.sender_name, server.sender))
    letter["To"] = _ascii(message.to)
    letter["Subject"] = message.subject
    letter["Date"] = format_datetime(now)
    letter["Message-ID"] = f"<{message.identity}@{server.domain}>"
    letter["Auto-Submitted"] = "auto-generated"
    if message.unsubscribe:
        letter["List-Unsubscribe"] = f"<{message.unsubscribe}>"
        letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    letter.set_content(message.text, cte="quoted-printable")
    letter["Content-Language"] = message.language
    return letter


def _ascii(address: str) -> str:
    """An address of a domain in other letters, as servers without SMTPUTF8 take it."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}" if domain else address


def _of_answer(failed: smtplib.SMTPException) -> Outcome:
    """Translate a refusal. 4xx: greylisting, a full queue, too much at once; the same message may
    pass later. 5xx to the recipient: this address will not take it, and only an enhanced code
    says that the mailbox itself is no more (a bare 550 may be our server's own rule). A sign-in
    or TLS that does not work is ours to mend.
    """
    match failed:
        case smtplib.SMTPRecipientsRefused():
            code, words = next(iter(failed.recipients.values()))
            return _refused(code, words)
        case smtplib.SMTPAuthenticationError():
            return TryAgain(f"sign-in refused {failed.smtp_code}", alarm=failed.smtp_code >= 500)
        case smtplib.SMTPNotSupportedError():
            return TryAgain("the server offers no TLS or no sign-in", alarm=True)
        case smtplib.SMTPServerDisconnected():
            late = isinstance(failed.__context__, TimeoutError)
            return TryAgain("time-out" if late else "connection broken")
        case smtplib.SMTPSenderRefused() if failed.smtp_code >= 500:
            return Gone(f"sender refused {failed.smtp_code}", retire=False, alarm=True)
        case smtplib.SMTPResponseException():
            return _refused(failed.smtp_code, failed.smtp_error)
    return TryAgain("the server speaks no SMTP", alarm=True)


def _refused(code: int, words: bytes | str) -> Outcome:
    text = words.decode("ascii", "replace") if isinstance(words, bytes) else words
    enhanced = text.split(" ", 1)[0] if text[:2] in {"4.", "5."} else ""
    detail = f"{code} {enhanced}".strip() if len(enhanced) <= 8 else str(code)
    if code == 421:
        return TryAgain(detail, CLOSING, whole_host=True)
    if not 500 <= code <= 599:
        return TryAgain(detail)
    return Gone(detail, retire=enhanced in NO_MAILBOX, alarm=enhanced.startswith("5.7."))


def _of_failure(failed: OSError) -> Outcome:
    """No answer, or an untrusted one: it may have arrived, and goes again under its identity."""
    match failed:
        case socket.gaierror():
            return TryAgain("name not resolving")
        case TimeoutError():
            return TryAgain("time-out")
        case ssl.SSLCertVerificationError():
            return TryAgain("TLS not trusted", alarm=True)
        case ssl.SSLError() | ConnectionResetError() | ConnectionAbortedError():
            return TryAgain("connection broken")
    return TryAgain("no connection")
