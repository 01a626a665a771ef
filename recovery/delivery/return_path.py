"""Where undelivered e-mail comes back to: an address for each attempt, which we signed."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

#: Hexadecimal digits of a signature: 96 bits, and the part before the @ stays below 64 letters.
SIGNED: Final = 24
_MAILBOX: Final = re.compile(r"[a-z0-9._-]{1,20}")


class ReturnPathRefused(ValueError):
    """The setting cannot be used; the text reads on from its name."""


@dataclass(frozen=True, slots=True)
class ReturnPath:
    """`bounces@home.example.org` with the keys that sign: the first one now, all when it returns.

    Each attempt gets `bounces+17.<signature>@…` as the sender of its envelope: a server that cannot
    deliver writes there, and nobody else can say what became of which attempt.
    """

    mailbox: str
    domain: str
    keys: Sequence[bytes]

    def __repr__(self) -> str:
        return f"ReturnPath({self.mailbox}@{self.domain})"

    def of(self, attempt_id: int) -> str:
        """Return the address for one attempt; lower case, as servers may make it so."""
        return f"{self.mailbox}+{attempt_id}.{_sign(self.keys[0], attempt_id)}@{self.domain}"

    def attempt_in(self, words: str) -> int | None:
        """Return the attempt whose address stands in `words`; None for any that we did not sign."""
        pattern = rf"{re.escape(self.mailbox)}\+(\d{{1,18}})\.([0-9a-f]{{{SIGNED}}})@"
        for number, signature in re.findall(pattern, words.lower()):
            signed = (_sign(key, int(number)) for key in self.keys)
            if any(hmac.compare_digest(signature, right) for right in signed):
                return int(number)
        return None


def return_path(address: str, secrets: Sequence[str]) -> ReturnPath:
    """Read the setting; raises ReturnPathRefused when plus-addresses cannot be made of it."""
    mailbox, _, domain = address.lower().rpartition("@")
    if not _MAILBOX.fullmatch(mailbox) or "." not in domain or not domain.isascii():
        raise ReturnPathRefused("must be an address like bounces@home.example.org, without a +")
    keys = [hmac.digest(secret.encode(), b"mail return path", "sha256") for secret in secrets]
    return ReturnPath(mailbox, domain, keys)


def _sign(key: bytes, attempt_id: int) -> str:
    return hmac.new(key, str(attempt_id).encode(), sha256).hexdigest()[:SIGNED]
