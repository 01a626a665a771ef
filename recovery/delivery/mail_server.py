"""Which mail server takes our e-mail, how it is spoken to, and under what address."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import unquote, urlsplit

from recovery.delivery.endpoints import LOOPBACK_HOSTS

_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class MailServerRefused(ValueError):
    """The setting cannot be used; the text reads on from its name and never repeats it."""


class Security(StrEnum):
    """How the connection is kept secret."""

    TLS = "smtps"
    STARTTLS = "smtp"
    NONE = "smtp+plain"


USUAL_PORT: Final = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server, how to sign in there ("" = not at all), and the address that e-mail comes from."""

    host: str
    port: int
    security: Security
    sender: str
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"MailServer({self.security.value}://{self.host}:{self.port})"

    @property
    def domain(self) -> str:
        """The domain of the sender, by which we greet the server."""
        return self.sender.rpartition("@")[2]


def mail_server(url: str, sender: str) -> MailServer:
    """Read `smtps://user:password@host:465` (TLS from the first byte), `smtp://…:587` (STARTTLS,
    never without) or `smtp+plain://localhost:25`, which only this machine may be.

    User and password are percent-encoded. Raises MailServerRefused.
    """
    parts = urlsplit(url)
    try:
        security = Security(parts.scheme)
        port = parts.port or USUAL_PORT[security]
    except ValueError:
        raise MailServerRefused(
            "must be smtps://user:password@host or smtp://user:password@host"
        ) from None
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise MailServerRefused("must name a host and nothing after it")
    if security is Security.NONE and parts.netloc.rpartition("@")[2] not in _loopback(port):
        raise MailServerRefused("must use TLS, except to this machine")
    if bool(parts.username) != bool(parts.password):
        raise MailServerRefused("must have both a user and a password, or neither")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + password).isascii():
        raise MailServerRefused("can have a user and a password of plain letters only")
    if not _ADDRESS.fullmatch(sender):
        raise MailServerRefused("needs RECOVERY_MAIL_FROM, the address that e-mail comes from")
    return MailServer(
        host=parts.hostname,
        port=port,
        security=security,
        sender=sender,
        user=user,
        password=password,
    )


def _loopback(port: int) -> frozenset[str]:
    return LOOPBACK_HOSTS | {f"{host}:{port}" for host in LOOPBACK_HOSTS}
