"""The protocol: one clinic's rules for one kind of visit, as one frozen value."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Self

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from recovery.domain.protocol.after import NoticeRule, Numbers, RedFlag, WaitRule
from recovery.domain.protocol.base import Part, Rule, SignOff, Slug
from recovery.domain.protocol.day import Discharge, DriverRule, StartGate, Stay
from recovery.domain.protocol.monitoring import NO_FORM, MonitoringForm
from recovery.domain.protocol.preparation import Preparation
from recovery.domain.protocol.questions import CheckIn, Choice
from recovery.domain.protocol.texts import Text
from recovery.domain.protocol.timing import USUAL_ON_CALL, Ladder, Moment, OnCall, QuietHours

Path = tuple[str | int, ...]


class Protocol(Part):
    """Everything a clinic decides about one kind of visit, in a numbered version.

    `sign_off` covers every rule without one of its own; without it no real visit may
    start. `translations` records who reviewed each language.
    """

    id: Slug
    version: int = Field(ge=1)
    title: Text
    languages: tuple[str, ...] = Field(min_length=1)
    sign_off: SignOff | None = None
    translations: dict[str, SignOff | None] = Field(default_factory=dict)
    preparation: Preparation
    driver: DriverRule
    gate: StartGate
    stay: Stay
    discharge: Discharge
    wait: WaitRule
    notices: tuple[NoticeRule, ...]
    check_ins: tuple[CheckIn, ...]
    red_flags: tuple[RedFlag, ...]
    numbers: dict[str, Numbers]
    quiet_hours: QuietHours | None
    ladder: Ladder
    on_call: OnCall = USUAL_ON_CALL
    merge_within: timedelta
    monitoring_form: MonitoringForm = NO_FORM

    def __repr__(self) -> str:
        return f"<Protocol {self.id} {self.version}>"

    @property
    def is_signed(self) -> bool:
        """Whether a named clinician answers for every rule."""
        return self.sign_off is not None or all(rule.signed for rule in rules_in(self))

    def check_in(self, wanted: str) -> CheckIn | None:
        """Return the check-in with this id, or None."""
        return next((item for item in self.check_ins if item.id == wanted), None)

    def red_flag(self, wanted: str) -> RedFlag | None:
        """Return the red flag with this id, or None."""
        return next((item for item in self.red_flags if item.id == wanted), None)

    def notice(self, wanted: str) -> NoticeRule | None:
        """Return the notice with this id, or None."""
        return next((item for item in self.notices if item.id == wanted), None)

    @property
    def reminder(self) -> NoticeRule:
        """The notice whose words fill a gap in the reminders not to drive."""
        return next(rule for rule in self.notices if rule.id == self.wait.reminder)

    @model_validator(mode="after")
    def _every_text_in_every_language(self) -> Self:
        for path, text in _walk(self):
            missing = set(self.languages) - text.languages if isinstance(text, Text) else set()
            if missing:
                raise _fault(path, f"This text has no words in “{'”, “'.join(sorted(missing))}”.")
        return self

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        kinds = [rule.id for rule in self.notices]
        kinds += [step.id for step in self.preparation.steps if step.notice]
        for ids in (kinds, [item.id for item in self.check_ins], [f.id for f in self.red_flags]):
            if len(ids) != len(set(ids)):
                raise ValueError("Two notices, check-ins or red flags share an id.")
        return self

    @model_validator(mode="after")
    def _names_lead_somewhere(self) -> Self:
        for path, part in _walk(self):
            known = True
            if isinstance(part, Choice) and part.red_flag is not None:
                path, known = (*path, "red_flag"), self.red_flag(part.red_flag) is not None
            elif isinstance(part, NoticeRule | Moment) and part.check_in is not None:
                path, known = (*path, "check_in"), self.check_in(part.check_in) is not None
            elif isinstance(part, WaitRule):
                path, known = (*path, "reminder"), self.notice(part.reminder) is not None
            if not known:
                raise _fault(path, "Nothing in this protocol has this name.")
        return self

    @model_validator(mode="after")
    def _the_wait_can_end(self) -> Self:
        last = [item for item in self.check_ins if item.ends_wait]
        if not last:
            raise ValueError("One check-in must be able to end the wait (“ends_wait”).")
        for check_in in last:
            asked = {question.symptom for question in check_in.questions}
            unasked = sorted(set(self.wait.symptoms) - asked)
            if unasked:
                raise ValueError(f"“{check_in.id}” ends the wait but never asks “{unasked[0]}”.")
        return self

    @model_validator(mode="after")
    def _reminders_leave_room(self) -> Self:
        if self.wait.remind_at_least_every < 2 * self.merge_within:
            raise ValueError("“remind_at_least_every” must be at least twice “merge_within”.")
        return self


def texts_in(part: object) -> Iterator[Text]:
    """Walk every text below `part`."""
    return (found for _, found in _walk(part) if isinstance(found, Text))


def rules_in(part: object) -> Iterator[Rule]:
    """Walk every rule below `part` that needs a source and a sign-off."""
    return (found for _, found in _walk(part) if isinstance(found, Rule))


def _fault(path: Path, sentence: str) -> PydanticCustomError:
    """Say where below the protocol the fault lies, so that a file can name its line."""
    return PydanticCustomError("protocol", "{sentence}", {"sentence": sentence, "path": path})


def _walk(part: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    yield path, part
    if isinstance(part, Text):
        return
    if isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _walk(getattr(part, name), (*path, name))
    elif isinstance(part, tuple):
        for place, item in enumerate(part):
            yield from _walk(item, (*path, place))
    elif isinstance(part, dict):
        for name, item in part.items():
            yield from _walk(item, (*path, name))
