"""What follows a discharge: notices, the wait, red flags, the numbers to call."""

from datetime import time, timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from recovery.domain.protocol.base import Part, Rule, Sentence, Slug
from recovery.domain.protocol.questions import Urgency
from recovery.domain.protocol.texts import Text
from recovery.domain.protocol.timing import Anchor, Moment


class Audience(StrEnum):
    """Whom a notice is for.

    `driver` is who takes the patient home (a backup who stands in, too); `backup` is one who
    accepted and does not drive.
    """

    PATIENT = "patient"
    DRIVER = "driver"
    BACKUP = "backup"
    COMPANION = "companion"
    STAFF = "staff"


#: Those who are told by a ride of theirs.
HELPERS = frozenset({Audience.DRIVER, Audience.BACKUP, Audience.COMPANION})


class Condition(StrEnum):
    """What must hold for a notice to be owed."""

    DRIVER_ACCEPTED = "driver-accepted"
    NO_DRIVER = "no-driver"
    WAITING = "waiting"
    NOT_CONFIRMED = "not-confirmed"
    NOT_HOME = "not-home"
    HOME_LATE = "home-late"
    NOT_LEFT = "not-left"
    LEFT_UNDISCHARGED = "left-undischarged"
    WAIT_OPEN = "wait-open"


class NoticeRule(Rule):
    """A notice: when, to whom, as long as what holds, and its words.

    `safety` goes out in quiet hours too and climbs the ladder sooner. `no_driving`
    counts for the promise `remind_at_least_every`. `useful_for` bounds how late it may
    still be sent. Title and body are what a lock screen shows; `page` is read in the app.
    """

    id: Slug
    when: Moment
    to: tuple[Audience, ...] = Field(min_length=1)
    only: tuple[Condition, ...] = ()
    safety: bool = False
    no_driving: bool = False
    useful_for: timedelta
    check_in: Slug | None = None
    title: Text
    body: Text
    page: Text | None = None

    @property
    def is_for_home(self) -> bool:
        """Whether it tells somebody at home what to do, so that it leads to the sheet for home."""
        after = {Anchor.DISCHARGE, Anchor.HANDOVER}
        return self.no_driving and self.check_in is None and self.when.after in after


class WaitRule(Rule):
    """The no-driving period.

    `minimum` is elapsed time after the anchor; `floor` is the least to which staff may
    shorten it; `next_day_at` is a clock time on the next local day. `sedative_hours`
    count from an unlisted sedative, alcohol or cannabis. `keep_asking` bounds how long
    the app asks on after `earliest` before it is only a person's task.
    """

    minimum: timedelta
    floor: timedelta
    next_day_at: time | None
    sleep_required: bool
    sedative: timedelta
    remind_at_least_every: timedelta
    reminder: Slug
    keep_asking: timedelta
    symptoms: tuple[Slug, ...] = Field(min_length=1)
    also_covers: tuple[Text, ...]
    companion_for: timedelta | None = None
    companion_overnight: bool = False

    @model_validator(mode="after")
    def _floor_below_minimum(self) -> Self:
        if not timedelta() <= self.floor <= self.minimum:
            raise ValueError("“floor” cannot be longer than “minimum”.")
        return self


class RedFlag(Rule):
    """Something that must not wait: who says what, and how urgent it is.

    `only_after`: a symptom that is expected at first counts beyond this time after
    the infusion ended (confusion beyond 4 h). `asked_of_patient`: a patient cannot say
    that they cannot be woken; `asked_of_others`: whoever is with them can.
    """

    id: Slug
    button: Text
    urgency: Urgency
    page: Text
    only_after: timedelta | None = None
    asked_of_patient: bool = True
    asked_of_others: bool = True


class Numbers(Part):
    """Numbers to call in one country, with words about them in each language."""

    emergency: Sentence
    crisis: Sentence
    crisis_words: Text
