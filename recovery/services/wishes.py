"""How a person wants to be spoken to."""

from datetime import datetime

from recovery.services.audit import Actor, record
from recovery.services.devices import actor_of
from recovery.services.people import person_behind
from recovery.services.refusals import Refused
from recovery.store.database import db
from recovery.store.patients import Patient, Wording
from recovery.store.sign_ins import SignIn

LANGUAGES = ("en", "es")


def settle(patient: Patient, language: str, wording: str, now: datetime) -> None:
    """Keep the language and how much a notice may say on a lock screen; commits.

    Raises `Refused` with the field when one was not chosen.
    """
    if language not in LANGUAGES:
        raise Refused("Please choose a language.", "language")
    if wording not in {choice.value for choice in Wording}:
        raise Refused("Please choose how your notices should read.", "wording")
    patient.language, patient.wording = language, wording
    patient.settled_at = patient.settled_at or now
    actor = Actor("patient", patient.id)
    record(patient.clinic_id, actor, "settled", patient, now, language=language, wording=wording)
    db.session.commit()


def choose_language(sign_in: SignIn, language: str, now: datetime) -> None:
    """Speak this language to a signed-in person from now on, on pages and in notices; commits.

    Raises `Refused` for a language that there is not.
    """
    if language not in LANGUAGES:
        raise Refused("Please choose a language.", "language")
    person = person_behind(sign_in)
    if person is None or person.language == language:
        return
    person.language = language
    record(sign_in.clinic_id, actor_of(sign_in), "chose-language", person, now, language=language)
    db.session.commit()
