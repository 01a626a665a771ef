"""What a page of the gallery is, and the situation in which somebody comes to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from recovery.services.sign_in import Lifetimes, begin
from recovery.store.clinics import Staff
from recovery.store.patients import Contact, Patient
from recovery.store.sign_ins import Face
from recovery.web.access import cookie_name
from tests.builders import MONTH, NOW

Person = Staff | Patient | Contact


@dataclass(frozen=True)
class Situation:
    """Who is signed in (name → value of their cookies) and what addresses are made of."""

    cookies: Mapping[str, str]
    names: Mapping[str, Any] = field(default_factory=dict)


Scene = Callable[[], Situation]


@dataclass(frozen=True)
class Entry:
    """One page in one state.

    name: begins with its face ("patient-", "driver-", "staff-", "public-"); also the picture's.
    scene: brings the database there, at `NOW`; built once for all entries that share it.
    address: with the situation's names in braces: "/me/visits/{visit}/answers".
    sends: fields to fill into a form of the page, which is then sent; `to`: the form's action,
    when the page has several. The entry is the page that answers.
    shows: CSS of a part that a script uncovers, such as "[data-kept]".
    afresh: sending changes the situation, so it is built anew each time.
    status: of the answer that is looked at.
    """

    name: str
    scene: Scene
    address: str
    sends: Mapping[str, str] | None = None
    to: str = ""
    shows: str = ""
    afresh: bool = False
    status: int = 200

    @property
    def face(self) -> str:
        return self.name.partition("-")[0]


def situation(*people: Person, **names: Any) -> Situation:
    """Sign these people in to one browser, and say what addresses are made of."""
    cookies = {cookie_name(_face(person)): _signed_in(person) for person in people}
    return Situation(cookies, names)


def nobody() -> Situation:
    """A browser of somebody who has not signed in."""
    return Situation({})


def _signed_in(person: Person) -> str:
    lives = Lifetimes(MONTH, MONTH)
    return begin(_face(person), person.clinic_id, person.id, "Firefox, Android", lives, NOW)


def _face(person: Person) -> Face:
    if isinstance(person, Staff):
        return Face.STAFF
    return Face.PATIENT if isinstance(person, Patient) else Face.DRIVER
