"""A real mail server on loopback that keeps what it takes and refuses as a test wants."""

import asyncio
import ssl
import warnings
from collections import deque
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from recovery.delivery.mail_server import MailServer, Security, mail_server
from tests.background import Background

SENDER = "notices@homeward.example"
USER, PASSWORD = "homeward", "p@ss:wort/#"


class Mailbox:
    """The server's side: answers to come first, then everything is taken."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.senders: list[str] = []
        self.at_recipient: deque[str] = deque()
        self.at_end: deque[str] = deque()
        self.sign_ins = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: object, _session: Session, envelope: Envelope, address: str, _opts: object
    ) -> str:
        if self.at_recipient:
            return self.at_recipient.popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: object, session: Session, envelope: Envelope
    ) -> str:
        if self.at_end:
            return self.at_end.popleft()
        assert isinstance(envelope.content, bytes)
        self.recipients += envelope.rcpt_tos
        self.senders.append(str(envelope.mail_from))
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"

    def sign_in(
        self, _server: object, _session: object, _envelope: object, _mechanism: str, data: Any
    ) -> AuthResult:
        """Let our one user in."""
        self.sign_ins += 1
        known = isinstance(data, LoginPassword) and (data.login, data.password) == (
            USER.encode(),
            PASSWORD.encode(),
        )
        return AuthResult(success=known, handled=known)


class MailService:
    """The server itself, as a context; `at` says how the app is told of it."""

    def __init__(
        self,
        security: Security = Security.NONE,
        tls: ssl.SSLContext | None = None,
        *,
        wants_sign_in: bool = False,
    ) -> None:
        self.box, self.security, self.port = Mailbox(), security, 0
        self._implicit = tls if security is Security.TLS else None
        self._background = Background()
        self._server: asyncio.Server | None = None
        self._options: dict[str, Any] = {
            "hostname": "mail.example",
            "tls_context": tls if security is Security.STARTTLS else None,
            "require_starttls": security is Security.STARTTLS,
            "authenticator": self.box.sign_in,
            "auth_required": wants_sign_in,
            "auth_require_tls": security is Security.STARTTLS,
            "loop": self._background.loop,
        }

    def __enter__(self) -> Self:
        self._server = self._background.run(self._listen())
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._background.call(self._server.close)
        self._background.close()

    async def _listen(self) -> asyncio.Server:
        return await self._background.loop.create_server(
            self._smtp, "127.0.0.1", 0, ssl=self._implicit
        )

    def _smtp(self) -> SMTP:
        with warnings.catch_warnings():
            # It does not see that all of the connection is under TLS already.
            warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
            return SMTP(self.box, **self._options)

    def url(self, sign_in: str = "") -> str:
        """The setting that names it; `sign_in` is "user:password", percent-encoded."""
        at = f"{sign_in}@" if sign_in else ""
        host = "127.0.0.1" if self.security is Security.NONE else "localhost"
        return f"{self.security.value}://{at}{host}:{self.port}"

    def read(self, sign_in: str = "") -> MailServer:
        """The setting as the app reads it."""
        return mail_server(self.url(sign_in), SENDER)
