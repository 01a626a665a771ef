"""What every part of a protocol shares: immutability, a source, a sign-off."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,47}$")]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]


class Part(BaseModel):
    """A frozen piece of a protocol; a word the format does not know is an error, not a comment."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SignOff(Part):
    """A named clinician took responsibility on a day."""

    by: Sentence
    role: Sentence
    on: date


class Rule(Part):
    """A piece that somebody must answer for: where it comes from and who signed it.

    A rule without a sign-off of its own is covered by the protocol's.
    """

    source: Sentence
    signed: SignOff | None = None
