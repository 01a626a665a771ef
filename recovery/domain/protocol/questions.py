"""Questions to patients, drivers and staff, and what each answer leads to."""

from enum import StrEnum
from typing import Self

from pydantic import model_validator

from recovery.domain.protocol.base import Part, Slug
from recovery.domain.protocol.texts import Text


class FlagLevel(StrEnum):
    """How much a flag weighs before the start: a hold stops it, a review must be looked at."""

    HOLD = "hold"
    REVIEW = "review"


class Meaning(StrEnum):
    """What an answer says about the wait."""

    SLEPT = "slept"
    SLEPT_BADLY = "slept-badly"
    NO_SYMPTOM = "no-symptom"
    SYMPTOM = "symptom"
    SEDATIVE = "sedative"
    DROVE = "drove"


class Choice(Part):
    """One possible answer: its words, the flag or red flag it raises, its meaning for the wait."""

    id: Slug
    text: Text
    flag: FlagLevel | None = None
    reason: Text | None = None
    red_flag: Slug | None = None
    means: Meaning | None = None

    @model_validator(mode="after")
    def _a_flag_has_a_reason(self) -> Self:
        if self.flag is not None and self.reason is None:
            raise ValueError("An answer that raises a flag says the reason for staff.")
        return self


class Question(Part):
    """One question with its choices. Silence is not an answer: `unanswered` says what it raises."""

    id: Slug
    text: Text
    help: Text | None = None
    choices: tuple[Choice, ...]
    unanswered: FlagLevel | None = None
    symptom: Slug | None = None

    @model_validator(mode="after")
    def _choices_differ(self) -> Self:
        ids = [choice.id for choice in self.choices]
        if len(ids) < 2 or len(ids) != len(set(ids)):
            raise ValueError("A question needs two choices or more, each with its own id.")
        return self

    def choice(self, wanted: str) -> Choice | None:
        """Return the choice with this id, or None when it is not one of ours."""
        return next((choice for choice in self.choices if choice.id == wanted), None)


class CheckIn(Part):
    """A short set of questions that a notice asks for; each is answered with one tap."""

    id: Slug
    title: Text
    questions: tuple[Question, ...]
    #: Whether this is the set whose answers can end the wait.
    ends_wait: bool = False

    def question(self, wanted: str) -> Question | None:
        """Return the question with this id, or None."""
        return next((question for question in self.questions if question.id == wanted), None)


class Urgency(StrEnum):
    """What a red flag asks for."""

    EMERGENCY = "emergency"
    CRISIS = "crisis"
    CLINIC_NOW = "clinic-now"
    SOON = "soon"
    STOP_DRIVING = "stop-driving"
