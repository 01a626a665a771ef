"""A push message before it is sealed, and the JSON that phones read (W3C declarative web push)."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PLAIN_LIMIT = 2_000
"""Bytes. Services take 4,096 sealed; some phones' bridges grow a message, so half is the limit."""

LONGEST_TTL = 28 * 24 * 3600
"""Seconds: four weeks, the most that Google's service keeps a message."""

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_PAGE = re.compile(r"(?P<origin>https?://[^\s/?#@\\:][^\s/?#@\\]*)(?:[/?#]|\Z)", re.IGNORECASE)
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")


class MessageRefused(ValueError):
    """The message must not go out as it is; the text says why in one plain sentence."""


class TooLarge(MessageRefused):
    """More bytes than every phone is sure to take; found before sealing and sending."""


class Urgency(StrEnum):
    """RFC 8030 §5.3. Android wakes from Doze for HIGH only; NORMAL may wait for hours."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True)
class Subscription:
    """Where a browser profile can be reached, exactly as the browser said it.

    `server_key` is the public VAPID key (base64url) it subscribed under; None = the current one.
    The address is a secret: whoever has it can post to it, so it stays out of `repr` and logs.
    """

    endpoint: str
    p256dh: str
    auth: str
    server_key: str | None = None

    def __repr__(self) -> str:
        return "Subscription(…)"


@dataclass(frozen=True)
class PushMessage:
    """One notice for one phone.

    `ttl` is in seconds, what is left of the notice's window: 0 would drop it when the phone is
    off. `topic` replaces what still waits under the same topic. `short` writes what is sent
    instead, once, when the service finds `payload` too large; that is rare, so it is written
    only then. Raises MessageRefused.
    """

    subscription: Subscription
    payload: bytes
    ttl: int
    urgency: Urgency = Urgency.NORMAL
    topic: str | None = None
    short: Callable[[], bytes] | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.ttl <= LONGEST_TTL:
            raise MessageRefused("A push message must stay useful for 1 second to 28 days.")
        if self.topic is not None and not _TOPIC.fullmatch(self.topic):
            raise MessageRefused("A topic is 1 to 32 letters, digits, '-' or '_'.")
        refuse_large(self.payload)


@dataclass(frozen=True)
class Words:
    """What a notification says, already in the reader's language."""

    title: str
    body: str


def declarative(
    words: Words,
    stale: Words,
    *,
    navigate: str,
    lang: str,
    tag: str,
    receipt: str,
    not_after: datetime,
    silent: bool = False,
) -> bytes:
    """Write the JSON that Safari shows by itself and that our service worker reads elsewhere.

    `navigate` is absolute (Safari wants it so); `receipt` is where the phone says "shown": a
    path, or an absolute address of the same origin. After `not_after` (sent as epoch
    milliseconds) the worker shows `stale` instead, a neutral "open the app" (the phone may have
    been off). `mutable` lets the worker run, which the receipt needs.
    Raises TooLarge above 2,000 bytes, MessageRefused for anything else that a phone would drop.
    """
    _refuse_foreign(navigate, receipt)
    if not words.title.strip() or not stale.title.strip():
        raise MessageRefused("A notification needs a title; phones drop it otherwise.")
    if not_after.tzinfo is None:
        raise MessageRefused("The end of a notice's window needs a time zone.")
    notification: dict[str, object] = {
        "title": words.title,
        "body": words.body,
        "navigate": navigate,
        "lang": lang,
        "tag": tag,
        "data": {
            "receipt": receipt,
            "not_after": int(not_after.timestamp() * 1000),
            "stale": {"title": stale.title, "body": stale.body},
        },
    }
    if silent:
        notification["silent"] = True
    return _encoded({"web_push": 8030, "notification": notification, "mutable": True})


def refuse_large(plain: bytes) -> None:
    """Raise TooLarge when a payload is over the limit of 2,000 bytes."""
    if len(plain) > PLAIN_LIMIT:
        raise TooLarge(f"The notice has {len(plain)} bytes; {PLAIN_LIMIT} are the limit.")


def _encoded(document: Mapping[str, object]) -> bytes:
    try:
        plain = _JSON.encode(document).encode()
    except UnicodeEncodeError as broken:
        raise MessageRefused("The notice holds a broken character.") from broken
    refuse_large(plain)
    return plain


def _refuse_foreign(navigate: str, receipt: str) -> None:
    """A tap and a receipt lead to our own origin only."""
    page = _PAGE.match(navigate)
    if page is None:
        raise MessageRefused("A notice must open an absolute web address of ours.")
    if receipt.startswith("/") and not receipt.startswith(("//", "/\\")):
        return
    place = _PAGE.match(receipt)
    if place is None or place["origin"] != page["origin"]:
        raise MessageRefused("A receipt must go to the same origin as the page it opens.")
