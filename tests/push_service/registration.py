"""One subscription and the messages that wait for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tests.push_service.rules import Wishes


@dataclass(slots=True)
class Message:
    """An accepted message: `at` in epoch seconds, lives `wishes.ttl` seconds; `body` is sealed."""

    version: str
    wishes: Wishes
    headers: Mapping[str, str]
    body: bytes
    at: float

    def expired(self, now: float) -> bool:
        return self.at + self.wishes.ttl <= now


class Receiver(Protocol):
    """A browser, or a phone in software: where messages go while it is online."""

    @property
    def online(self) -> bool:
        """Whether a message handed over now would arrive."""

    def hand_over(self, registration: "Registration", message: Message) -> None:
        """Show one message; the receiver calls `registration.acknowledge` once it has it."""


@dataclass(slots=True, eq=False)
class Registration:
    """One subscription. Once `gone`, its endpoint answers 410 for ever.

    key: the application server key given at subscribing; None lets any key send.
    """

    token: str
    endpoint: str
    key: bytes | None
    receiver: Receiver
    channel: str = ""
    gone: bool = False
    pending: dict[str, Message] = field(default_factory=dict)

    def accept(self, message: Message) -> None:
        """Store it (only with TTL > 0), let the same Topic replace, hand it over if online."""
        topic = message.wishes.topic
        if topic is not None:
            for version in [v for v, m in self.pending.items() if m.wishes.topic == topic]:
                del self.pending[version]
        if message.wishes.ttl > 0:
            self.pending[message.version] = message
        if self.receiver.online:
            self.receiver.hand_over(self, message)

    def flush(self, now: float) -> None:
        """Hand over again what was never acknowledged and has not expired."""
        for message in list(self.pending.values()):
            if message.expired(now):
                del self.pending[message.version]
            else:
                self.receiver.hand_over(self, message)

    def acknowledge(self, version: str) -> None:
        self.pending.pop(version, None)
