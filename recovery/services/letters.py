"""Letters: one notice for one phone, ready to be sealed and posted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from recovery.delivery.carriers import Message
from recovery.delivery.endpoints import host_of
from recovery.delivery.message import (
    LONGEST_TTL,
    PushMessage,
    Subscription,
    TooLarge,
    Urgency,
    Words,
    declarative,
)
from recovery.delivery.text import TextMessage
from recovery.domain.ladder import Rung
from recovery.services.attempts import NewAttempt
from recovery.services.notice_words import discreet_words, short_words, stale_words, words_for
from recovery.services.readers import Reader
from recovery.services.sign_in import hashed, new_token
from recovery.services.ways import Ways
from recovery.store.addresses import Channel
from recovery.store.devices import Device
from recovery.store.notices import Notice
from recovery.store.visits import Visit


@dataclass(frozen=True)
class Letter:
    """One attempt, recorded before it leaves the house. It holds all that the network needs.
    (No slots, here and in its message: it is pickled, and those take several times as long.)

    `patience` is how long the phone has to prove that the notice was seen.
    """

    notice_id: int
    fence: int
    attempt_id: int
    device_id: int | None
    address_id: int | None
    host: str
    message: Message
    patience: timedelta


def lane_of(message: Message) -> str:
    """Name what a message waits in line for: its push host, the mail server, the text provider."""
    if isinstance(message, PushMessage):
        return host_of(message.subscription.endpoint)
    return Channel.TEXT.value if isinstance(message, TextMessage) else Channel.EMAIL.value


def lanes_of(ways: Ways, rung: Rung) -> list[str]:
    """Name the lanes that a rung's messages would take."""
    if rung is Rung.MESSAGE:
        return [place.channel.value for place in ways.addresses[:1]]
    return [host_of(device.endpoint) for device in ways.devices[rung]]


@dataclass(frozen=True, slots=True)
class _Said:
    """A notice in its reader's words: whole, short, and for a phone that was off too long."""

    whole: Words
    short: Words
    stale: Words
    lang: str


def written(
    row: Notice,
    visit: Visit,
    reader: Reader,
    devices: Iterable[Device],
    rung: Rung,
    public_url: str,
    now: datetime,
) -> Iterator[tuple[NewAttempt, PushMessage]]:
    """Write a notice for each of these phones, with an attempt row to be kept first.

    The receipt token is in the message only; the row holds its hash. Raises whatever keeps
    the notice from being rendered (`NoWords`, `MessageRefused` …).
    """
    said = _said(row, visit, reader)
    for device in devices:
        token = new_token()
        yield (
            NewAttempt(
                notice_id=row.id,
                device_id=device.id,
                channel="push",
                rung=rung,
                fence=row.fence,
                at=now,
                receipt_hash=hashed(token),
            ),
            _message(row, device, said, public_url + reader.page, f"/receipts/{token}", now),
        )


def _said(row: Notice, visit: Visit, reader: Reader) -> _Said:
    words = words_for(row, visit, reader.language)
    whole = discreet_words(words.lang) if reader.discreet else Words(words.title, words.body)
    return _Said(whole, short_words(whole, words.lang), stale_words(words.lang), words.lang)


def _message(
    row: Notice, device: Device, said: _Said, navigate: str, receipt: str, now: datetime
) -> PushMessage:
    written = partial(
        declarative,
        stale=said.stale,
        navigate=navigate,
        lang=said.lang,
        tag=row.topic,
        receipt=receipt,
        not_after=row.not_after,
    )
    short = partial(written, said.short)
    try:
        whole = written(said.whole)
    except TooLarge:
        whole = short()
    left = int((row.not_after - now).total_seconds())
    return PushMessage(
        Subscription(device.endpoint, device.p256dh, device.auth, device.server_key or None),
        whole,
        ttl=min(max(left, 1), LONGEST_TTL),
        urgency=Urgency.HIGH if row.safety else Urgency.NORMAL,
        topic=row.topic,
        short=short,
    )
