"""The chain of the audit trail: each row's hash covers its content and the hash before it."""

import json
from collections.abc import Mapping
from hashlib import sha256

#: What the first row of a clinic's chain follows.
START = "0" * 64


def chained(previous: str, content: Mapping[str, object]) -> str:
    """Return the hash (hex SHA-256) of a row with `content` that follows `previous`.

    The content is plain JSON values, so that any language can check the chain.
    """
    words = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(f"{previous}\n{words}".encode()).hexdigest()
