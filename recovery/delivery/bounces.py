"""Undelivered e-mail as it comes back: a delivery status notification (RFC 3464), read strictly.

Answers of people and machines come back to the same address, and say nothing about delivery: only
what names a failed recipient counts.
"""

from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from typing import Final

from recovery.delivery.mail import NO_MAILBOX

#: Bytes: a bounce may carry the whole e-mail, ours are a few thousand.
LARGEST: Final = 1024 * 1024
#: How the library for e-mail fails on letters that were made to break it.
UNREADABLE: Final = (RecursionError, TypeError, ValueError, LookupError, AttributeError)
#: Where mail servers put the address that a message was delivered to.
DELIVERED_TO: Final = ("X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "To")


@dataclass(frozen=True, slots=True)
class Returned:
    """A message that came back. `to`: the addresses that it was sent to. `status`: the enhanced
    code of a recipient who will not get it (`5.1.1`), "" when it says of nobody that they failed.
    """

    to: str
    status: str

    @property
    def mailbox_is_gone(self) -> bool:
        """Whether the address will never take anything again."""
        return self.status in NO_MAILBOX


def read_returned(raw: bytes) -> Returned:
    """Read what came back; a message of any other kind has no status. Never raises."""
    try:
        return _read(raw[:LARGEST])
    except UNREADABLE:
        return Returned("", "")


def _read(raw: bytes) -> Returned:
    # Heads stay as they were written: the newer policies fail on some that no standard allows.
    message = message_from_bytes(raw, policy=compat32)
    to = [str(value) for name in DELIVERED_TO for value in message.get_all(name, [])]
    return Returned(" ".join(to), _failure_in(message))


def _failure_in(message: Message) -> str:
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        return ""
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status" or not part.is_multipart():
            continue
        for fields in part.walk():
            action, status = _word(fields, "Action"), _word(fields, "Status")
            if action == "failed":
                return status if _is_code(status) else "5.0.0"
    return ""


def _word(fields: Message, name: str) -> str:
    return str(fields.get(name, "")).strip().split(" ")[0].lower()[:12]


def _is_code(status: str) -> bool:
    digits = status.split(".")
    return len(digits) == 3 and all(part.isascii() and part.isdecimal() for part in digits)
