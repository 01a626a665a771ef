"""A clinic's rules as data: every number, text and question, with its source and sign-off."""

from recovery.domain.protocol.model import Protocol
from recovery.domain.protocol.texts import Text

__all__ = ["Protocol", "Text"]
