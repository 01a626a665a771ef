"""How a mail server is read: one deadline for the whole conversation, and few bytes.

smtplib's time-out starts anew with every byte, and it reads as many lines as it is sent.
"""

import smtplib
import socket
import ssl
from typing import Any, Final

from recovery.delivery.connect import Resolve, connected_to, looked_up, time_left
from recovery.delivery.mail_server import MailServer, Security

#: Bytes read of one conversation; a real one has one or two thousand.
CONVERSATION: Final = 32_768


class _Bounded:
    """Reads and writes up to the deadline (`connect.all_within`) and the size limit."""

    _read = 0

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(time_left())  # type: ignore[attr-defined]
        count: int = super().recv_into(*args, **kwargs)  # type: ignore[misc]
        self._read += count
        if self._read > CONVERSATION:
            raise ConnectionAbortedError("the server says too much")
        return count

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(time_left())  # type: ignore[attr-defined]
        super().sendall(*args, **kwargs)  # type: ignore[misc]


class _PlainSocket(_Bounded, socket.socket):
    pass


class _SecureSocket(_Bounded, ssl.SSLSocket):
    pass


class Conversation(smtplib.SMTP):
    """One connection to the server, greeted and made secure.

    Raises OSError (time-outs, names, TLS) or smtplib.SMTPException. Without the promised TLS
    nothing is said.
    """

    def __init__(self, server: MailServer, tls: ssl.SSLContext, resolve: Resolve) -> None:
        tls.sslsocket_class = _SecureSocket
        self._server, self._tls, self._resolve = server, tls, resolve
        super().__init__(server.host, server.port, local_hostname=server.domain)
        if server.security is Security.STARTTLS:
            self._make_secure()

    def _make_secure(self) -> None:
        try:
            self.starttls(context=self._tls)
        except (OSError, smtplib.SMTPException):
            self.close()
            raise

    def _get_socket(self, host: str, port: int, timeout: object) -> socket.socket:
        opened = connected_to(looked_up(host, port, self._resolve), port)
        plain = _PlainSocket(opened.family, opened.type, opened.proto, fileno=opened.detach())
        plain.settimeout(time_left())
        if self._server.security is not Security.TLS:
            return plain
        try:
            return self._tls.wrap_socket(plain, server_hostname=host)
        except OSError:
            plain.close()
            raise
