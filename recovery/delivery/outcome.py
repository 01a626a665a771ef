"""What a sender may answer: sent, try again, or gone. Nothing else.

Every `detail` is short and safe to store and show to staff: it never holds a phone's push
address, a token, or words that a stranger's server chose freely.
`alarm` = the fault is ours (key, clock, settings, a malformed request): the operator must look.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar


@dataclass(frozen=True, slots=True)
class Sent:
    """The carrier accepted it. That is not "seen": only the phone's receipt proves that."""

    detail: str = "accepted"


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Not accepted, or not known to be: the same message may go out again within its window.

    `after` is the wait that the carrier asked for (None: the caller's own back-off).
    `whole_host`: the wait holds for every message to this host, not for this one alone.
    `shorter`: only a shorter payload can succeed; `PushSender` deals with it itself.
    """

    detail: str
    after: timedelta | None = None
    whole_host: bool = False
    shorter: bool = False
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """This message will never be accepted.

    `retire` says whether the address died with it (unsubscribed, unknown): then it is never
    used again. Without it the message is given up and the address kept, for the fault is ours.
    `stopped`: its owner told the carrier that no more shall come, until they say otherwise.
    """

    detail: str
    retire: bool
    alarm: bool = False
    stopped: bool = False


Outcome = Sent | TryAgain | Gone

Message_contra = TypeVar("Message_contra", contravariant=True)


class Sender(Protocol[Message_contra]):
    """One way out: web push, e-mail, SMS. Safe to use from many threads at once."""

    def send(self, message: Message_contra, now: datetime) -> Outcome:
        """Hand `message` to the carrier within ten seconds; never raises for what it answers."""

    def close(self) -> None:
        """Let go of pooled connections; a later `send` may open new ones."""
