"""When a step of the preparation counts: an absolute time first, how far away it is beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask_babel import gettext as _

from recovery.domain.allowed import Limit, limits_of
from recovery.domain.protocol import Text
from recovery.domain.protocol.preparation import NOT_SURE, StepKind
from recovery.domain.protocol.questions import Question
from recovery.domain.visit import VisitFacts
from recovery.services.notice_words import after_colon, still_words
from recovery.services.preparation import StepNow
from recovery.web.patient_words import near_or_far, said, spoken

#: How long after a late booking its limits are said as "start now" rather than "since".
JUST_HEARD: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class When:
    """`words` say when; until `at` (UTC) a countdown runs beside them, then `since` takes over.

    A page that stays open shows `since` by itself. `at` is None where nothing is counted down.
    """

    words: str
    at: datetime | None = None
    since: str = ""


@dataclass(frozen=True, slots=True)
class StillAllowed:
    """What may be had until a time; `now`: that stretch has begun. `sentence` says both."""

    what: str
    sentence: str
    until: str
    ends_at: datetime
    now: bool


def when_of(item: StepNow, visit: VisitFacts, now: datetime) -> When:
    """Say when a step counts."""
    kind = item.step.kind
    if kind is StepKind.LIMIT:
        return _limit(item, visit, now)
    if kind is StepKind.ALLOWED and item.until is not None:
        return _allowed(item.until, visit, now)
    if kind is StepKind.COME:
        arrive = visit.start - visit.protocol.preparation.arrive_early
        late = _("Please come now. Call if you are late.")
        words = _("Be there by %(time)s", time=near_or_far(arrive, now)) if now < arrive else late
        return When(words, arrive, late)
    if kind is StepKind.DRIVER:
        return _driver(item, visit, now)
    if not item.open:
        return When(
            _("From %(time)s", time=near_or_far(item.at, now)), item.at, _("You can do this now")
        )
    return When("" if item.done else _("You can do this now"))


@dataclass(frozen=True, slots=True)
class Said:
    """One question with what the patient said; `kind` is how it stands (good, wait, plain)."""

    question: str
    answer: str
    kind: str


@dataclass(frozen=True, slots=True)
class AnswerGroup:
    """The questions of one step. `later`: when they will be asked, "" = they are open now."""

    id: str
    title: str
    later: str
    said: tuple[Said, ...]


def answer_groups(
    items: Sequence[StepNow], visit: VisitFacts, given: Mapping[str, str], now: datetime
) -> list[AnswerGroup]:
    """Return all questions of a preparation with their answers, step by step."""
    return [
        AnswerGroup(
            item.step.id,
            said(item.step.title),
            "" if item.open else when_of(item, visit, now).words,
            tuple(_answered(question, given) for question in item.step.questions),
        )
        for item in items
        if item.step.kind is StepKind.ANSWER
    ]


def _answered(question: Question, given: Mapping[str, str]) -> Said:
    choice = question.choice(given.get(question.id, ""))
    if choice is None:
        return Said(said(question.text), _("No answer yet"), "wait")
    unsure = choice.id == NOT_SURE and choice.flag is not None
    asks = _("%(answer)s. Your clinic asks you about it.", answer=said(choice.text))
    return Said(said(question.text), asks if unsure else said(choice.text), "plain")


def still_allowed(visit: VisitFacts, now: datetime) -> list[StillAllowed]:
    """Say what may still be had before the visit, stretch by stretch; nothing of the past."""
    return [
        _stretch(limit, said(limit.still), now)
        for limit in limits_of(visit)
        if limit.still is not None and now < limit.until
    ]


def _stretch(limit: Limit, what: str, now: datetime) -> StillAllowed:
    until = spoken(limit.until, now)
    return StillAllowed(what, still_words(what, until), until, limit.until, limit.at <= now)


def _limit(item: StepNow, visit: VisitFacts, now: datetime) -> When:
    begins = max(item.at, visit.known_since)
    since = _in_force(item.step.since, begins, now)
    if now < item.at:
        return When(_("Not after %(time)s", time=near_or_far(item.at, now)), item.at, since)
    if item.late and item.step.since is not None and now < begins + JUST_HEARD:
        return When(_("Start now: %(what)s", what=after_colon(said(item.step.since))))
    return When(since)


def _allowed(until: datetime, visit: VisitFacts, now: datetime) -> When:
    limit = _limit_that_begins(visit, until)
    since = _in_force(limit.step.since if limit else None, until, now)
    if now >= until:
        return When(since)
    return When(_("Until %(time)s", time=near_or_far(until, now)), until, since)


def _driver(item: StepNow, visit: VisitFacts, now: datetime) -> When:
    if item.done:
        return When("")
    accept_by = visit.start - visit.protocol.driver.accept_by
    if accept_by <= now:
        return When(_("Please ask them now"))
    words = _("They say yes by %(time)s", time=near_or_far(accept_by, now))
    return When(words, accept_by, _("Please ask them now"))


def _in_force(what: Text | None, at: datetime, now: datetime) -> str:
    if what is None:
        return str(_("This counts since %(time)s", time=spoken(at, now)))
    return str(_("Since %(time)s: %(what)s", time=spoken(at, now), what=after_colon(said(what))))


def _limit_that_begins(visit: VisitFacts, at: datetime) -> Limit | None:
    return next((limit for limit in limits_of(visit) if limit.at == at), None)
