"""What a driver reads first, as a value: see `driver_now`."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from recovery.store.patients import Contact, Patient


class Act(StrEnum):
    """What one tap says; the value is the last word of the address that takes it."""

    COMING = "coming"
    SET_OUT = "set-out"
    HERE = "here"
    HOME = "home"
    LOOKED_IN = "looked-in"


@dataclass(frozen=True, slots=True)
class Now:
    """What to do now, and when (an absolute time, or ""), with one more sentence.

    kind: plain, wait, good or alarm. `act`: the one tap that is wanted, with its words.
    """

    title: str
    words: str
    picture: str
    when: str = ""
    kind: str = "plain"
    act: Act | None = None
    tap: str = ""

    def version(self, *more: object) -> str:
        """A short mark that changes when the page must be shown anew."""
        parts = (self.title, self.when, self.words, self.act, self.tap, *more)
        return sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]


def first_name(person: Patient | Contact) -> str:
    """The name by which people know one another; a driver is shown no more of the patient's."""
    return next(iter(person.name.split()), "")
