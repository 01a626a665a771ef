"""The chain of the audit trail: each row's seal covers its content and the seal before it."""

import hmac
import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final

#: What the first row of a clinic's chain follows.
START: Final = "0" * 64
#: The key id of rows from before there were keys: anybody can compute their hash.
UNKEYED: Final = ""


class AuditKeys:
    """The key that new rows are sealed with, and older ones that still prove what they sealed.

    A key's id is derived from it (12 hex digits of an HMAC), so that a row says which key it needs
    and says nothing of the key.
    """

    def __init__(self, present: str, earlier: Iterable[str] = ()) -> None:
        self.present = key_id(present)
        self._keys = {key_id(key): key for key in (*earlier, present)}

    def seal(self, key: str, previous: str, content: Mapping[str, object]) -> str | None:
        """Return the seal (64 hex digits) of a row that follows `previous`.

        Without a key id it is a plain SHA-256; None = that key is not among ours.
        """
        if key == UNKEYED:
            return sha256(_written(previous, content)).hexdigest()
        known = self._keys.get(key)
        if known is None:
            return None
        words = _written(previous, {**content, "key": key})
        return hmac.new(known.encode(), words, sha256).hexdigest()

    def hidden(self, purpose: str, words: str) -> list[str]:
        """Return the hash (64 hex digits) that stands for words which are not to be kept, with
        each key, the present one first. Short words, such as a phone number, cannot be tried out
        by somebody who has the database alone."""
        written = f"{purpose}\n{words}".encode()
        first = self._keys[self.present]
        keys = [first, *(key for key in self._keys.values() if key != first)]
        return [hmac.new(key.encode(), written, sha256).hexdigest() for key in keys]


def key_id(key: str) -> str:
    """Return the name under which rows remember a key."""
    return hmac.new(key.encode(), b"the name of this key", sha256).hexdigest()[:12]


def _written(previous: str, content: Mapping[str, object]) -> bytes:
    """Plain JSON, so that any language can check the chain."""
    words = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"{previous}\n{words}".encode()
