"""What the patient does before the visit, and the medicines the protocol speaks of."""

from datetime import timedelta
from enum import StrEnum
from typing import Final, Self

from pydantic import model_validator

from recovery.domain.protocol.base import Part, Rule, Slug
from recovery.domain.protocol.questions import FlagLevel, Question
from recovery.domain.protocol.texts import Text
from recovery.domain.protocol.timing import Moment

#: The id of the answer of somebody who does not know.
NOT_SURE: Final = "not-sure"


class StepKind(StrEnum):
    """What a step asks for: to read, to answer, to name a driver, to keep a limit, to come."""

    READ = "read"
    ANSWER = "answer"
    DRIVER = "driver"
    LIMIT = "limit"
    ALLOWED = "allowed"
    COME = "come"


class Step(Rule):
    """One screen before the visit: what to do, why, and when as a clock time.

    A `LIMIT` has a deadline: its notice moves to the evening before rather than into
    quiet hours, never later. `useful_for` bounds how late its notice may still go out.
    `since` says what a limit forbids from its time on (“Nothing to eat”), `still` what may be
    had from then until the next limit or the visit: going without for too long harms as well.
    `of_the_last_day`: what was answered before the step's time does not count, as when the visit
    was moved after it.
    """

    id: Slug
    kind: StepKind
    when: Moment
    title: Text
    body: Text
    why: Text | None = None
    since: Text | None = None
    still: Text | None = None
    notice: bool = True
    safety: bool = False
    lock_title: Text | None = None
    lock_body: Text | None = None
    useful_for: timedelta = timedelta(hours=12)
    of_the_last_day: bool = False
    questions: tuple[Question, ...] = ()

    @model_validator(mode="after")
    def _a_notice_has_words(self) -> Self:
        if self.notice and (self.lock_title is None or self.lock_body is None):
            raise ValueError("A step with a notice needs “lock_title” and “lock_body”.")
        if (self.kind is StepKind.ANSWER) != bool(self.questions):
            raise ValueError("Questions belong to a step of kind “answer”, and it needs some.")
        return self

    @model_validator(mode="after")
    def _only_a_limit_forbids(self) -> Self:
        if self.kind is not StepKind.LIMIT and (self.since or self.still):
            raise ValueError("“since” and “still” belong to a step of kind “limit”.")
        return self

    @model_validator(mode="after")
    def _not_being_sure_reaches_staff(self) -> Self:
        for question in self.questions:
            unsure = question.choice(NOT_SURE)
            if unsure is not None and unsure.flag is None:
                raise ValueError("“not-sure” needs a flag: the patient is told that staff see it.")
        return self


class Advice(StrEnum):
    """What sources say of a medicine. The app itself never tells anyone to stop one."""

    TAKE_AS_USUAL = "take-as-usual"
    ASK_CLINICIAN = "ask-clinician"
    HOLD_IF_ORDERED = "hold-if-ordered"


class HoldUnit(StrEnum):
    """How a hold is counted: hours before the visit, or local days (0 = the day of the visit)."""

    ELAPSED = "elapsed"
    DAYS = "days"


class Medicine(Rule):
    """A medicine or substance: how long before and after it matters, and what it raises.

    `extends_wait`: taken during the wait it moves its earliest end (alcohol, cannabis).
    """

    id: Slug
    name: Text
    advice: Advice
    before: timedelta | None = None
    after: timedelta | None = None
    counted_in: HoldUnit = HoldUnit.ELAPSED
    flag: FlagLevel | None = None
    extends_wait: bool = False


class Preparation(Part):
    """All that comes before the visit."""

    arrive_early: timedelta
    bring: tuple[Text, ...]
    steps: tuple[Step, ...]
    medicines: tuple[Medicine, ...] = ()

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        steps = [step.id for step in self.steps]
        questions = [question.id for step in self.steps for question in step.questions]
        if len(steps) != len(set(steps)) or len(questions) != len(set(questions)):
            raise ValueError("Each step and each question needs an id of its own.")
        return self

    def step(self, wanted: str) -> Step | None:
        """Return the step with this id, or None."""
        return next((step for step in self.steps if step.id == wanted), None)
