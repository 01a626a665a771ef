"""The day itself: the driver, the start gate, the stay, the discharge."""

from datetime import timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field, field_validator, model_validator

from recovery.domain.protocol.base import Part, Rule, Slug
from recovery.domain.protocol.questions import FlagLevel, Question
from recovery.domain.protocol.texts import Text, places_in
from recovery.domain.protocol.timing import Anchor


class ConfirmedBy(StrEnum):
    """Whose word makes a driver count besides their own, which they give by their link."""

    OWN_LINK = "own-link"
    STAFF_CALL = "staff-call"


class NoDriver(StrEnum):
    """What happens to a visit without a driver."""

    CANCEL = "cancel"
    EXEMPTION = "exemption"


class DriverRule(Rule):
    """What the protocol asks of the person who takes the patient home.

    `accept_by` and `task_at` count back from the visit. `alone_after`: the stay after
    which a patient may leave unescorted (None: never). `asks`: what the driver says yes to,
    with one tap, so few and short lines; only `{patient}` may be left open in them.
    """

    required: bool = True
    stays_on_site: bool = False
    reachable: bool = True
    rideshare_alone: bool = False
    confirmed_by: tuple[ConfirmedBy, ...] = (ConfirmedBy.OWN_LINK,)
    without: NoDriver = NoDriver.EXEMPTION
    alone_after: timedelta | None = None
    alone_by: Text | None = None
    accept_by: timedelta
    task_at: timedelta
    asks: tuple[Text, ...]

    @field_validator("asks")
    @classmethod
    def _only_the_name_is_open(cls, asks: tuple[Text, ...]) -> tuple[Text, ...]:
        for place in {p for ask in asks for words in ask.root.values() for p in places_in(words)}:
            if place != "patient":
                raise ValueError(f"“{{{place}}}” is not known when a driver is asked.")
        return asks


class Measure(StrEnum):
    """What staff measure. Pressure in mmHg, pulse per minute, SpO2 in %, temperature in °C."""

    SYSTOLIC = "systolic"
    DIASTOLIC = "diastolic"
    PULSE = "pulse"
    SPO2 = "spo2"
    TEMPERATURE = "temperature"


class Limit(Rule):
    """A flag when a measure is at or above, or below, a bound."""

    measure: Measure
    at_or_above: float | None = None
    below: float | None = None
    flag: FlagLevel
    reason: Text

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.at_or_above is None) == (self.below is None):
            raise ValueError("A limit has one bound: “at_or_above” or “below”.")
        return self


class Fasting(Rule):
    """How long before the start nothing of a kind may be eaten or drunk."""

    id: Slug
    name: Text
    before: timedelta
    flag: FlagLevel = FlagLevel.HOLD


class StartGate(Rule):
    """What must be known before the infusion starts. What is not known is flagged."""

    vitals: tuple[Limit, ...]
    required_vitals: tuple[Measure, ...]
    fasting: tuple[Fasting, ...]
    questions: tuple[Question, ...] = ()


class Stay(Rule):
    """How long the patient stays, counted from the dose (`started`) or the end of the infusion.

    `infusion` and `usual` give the expected time of pick-up; `overdue_after` past it
    without a discharge is an alert. `recheck` is the second blood pressure after the start.
    """

    after: Anchor
    minimum: timedelta
    minimum_without_driver: timedelta
    infusion: timedelta
    usual: timedelta
    recheck: timedelta
    overdue_after: timedelta

    @model_validator(mode="after")
    def _counted_from_the_chair(self) -> Self:
        if self.after not in (Anchor.STARTED, Anchor.ENDED):
            raise ValueError("A stay is counted from “started” or “ended”.")
        return self


class ScoreItem(Part):
    """One item of the discharge score; the options are worth 2, 1 and 0, best first."""

    id: Slug
    text: Text
    options: tuple[Text, Text, Text]


class Check(Part):
    """One line of the discharge checklist that must be true.

    `of_driver`: it is about whoever drives, and not asked when nobody does (an exemption).
    """

    id: Slug
    text: Text
    of_driver: bool = False


class Discharge(Rule):
    """When a patient may go: a score twice, a checklist, oxygen, the stay, the driver."""

    items: tuple[ScoreItem, ...]
    pass_at: int = Field(ge=0)
    readings: int = Field(ge=1, le=4)
    apart: timedelta
    spo2_at_least: float | None = None
    checks: tuple[Check, ...]

    @model_validator(mode="after")
    def _can_be_passed(self) -> Self:
        if self.pass_at > 2 * len(self.items):
            raise ValueError("No reading could ever reach “pass_at”.")
        return self
