"""How a service says no; the web maps each to an HTTP status once."""


def sentence(words: str) -> str:
    """Mark words that reach a person through a name or another call, so that translators get them.

    What stands directly in `Refused(...)`, `Conflict(...)` and `TooManyTries(...)` needs no mark.
    """
    return words


class NotFound(Exception):
    """There is no such thing within what the signed-in person may see (404)."""


class Refused(Exception):
    """The input cannot be taken (422); the message is a sentence a person understands."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.field = sentence, field


class Conflict(Refused):
    """Something else was true in the meantime, or the key was used for other content (409)."""


class TooManyTries(Refused):
    """Guessing is limited (429)."""


class LinkEnded(Exception):
    """A link has expired, was used up or was revoked (410)."""
