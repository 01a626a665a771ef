"""All of a visit on paper, for people without a phone: the patient's part and the driver's.

Times carry weekday and date, because paper is read on another day than it was printed. Nothing
here says when driving is safe: until the staff write a time on it, only the least that it takes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from flask import g
from flask_babel import gettext as _

from recovery.domain.allowed import limits_of
from recovery.domain.notices.says import pickup_at
from recovery.domain.protocol.after import RedFlag, WaitRule
from recovery.domain.protocol.preparation import StepKind
from recovery.domain.protocol.questions import Question, Urgency
from recovery.domain.visit import GONE, VisitFacts
from recovery.domain.wait import wait_at
from recovery.services.notice_words import still_words
from recovery.services.preparation import StepNow, steps_of
from recovery.store.patients import Patient
from recovery.web.driver_words import first_name
from recovery.web.patient_words import filled, language, said, spoken
from recovery.web.times import clock_time, day, span

#: From so long before a time it is said with its date.
LONG: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Row:
    """One time before the visit: what to do or to leave from then on, and what is still fine."""

    at: datetime
    time: str
    title: str
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Help:
    """What to do (`title`, `words`) for any of the signs."""

    title: str
    words: str = ""
    signs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """The words of the bar above the paper, in the language of whoever prints it."""

    language: str
    href: str
    name: str
    back: str
    print: str
    link: str


def bar_to(href: str) -> Bar:
    """Return the bar that leads back to `href`; call it before the paper's language is set."""
    link = _("With a new welcome link")
    return Bar(language(), href, _("This page"), _("Back"), _("Print"), link)


def paper_of(visit: VisitFacts, patient: Patient, driver: str, now: datetime) -> dict[str, Any]:
    """Return all that the template prints, in the language that is set; `driver`: a name or ""."""
    protocol = visit.protocol
    items = steps_of(visit, now)
    accept_by = visit.start - protocol.driver.accept_by
    rows = sorted(_rows(visit, items), key=lambda row: row.at)
    return {
        "patient": patient,
        "driver": driver,
        "arrive": visit.start - protocol.preparation.arrive_early,
        "pickup": pickup_at(visit),
        "how": list(_how_it_goes(visit, items)),
        "days": [(name, list(of_day)) for name, of_day in groupby(rows, lambda row: day(row.at))],
        "bring": [said(text) for text in protocol.preparation.bring],
        "asks_driver": [said(a).format(patient=first_name(patient)) for a in protocol.driver.asks],
        "driver_needed": protocol.driver.required and not visit.exempt,
        **sheet_of(visit, patient, now),
        "accept_by": accept_by if now < accept_by else None,
    }


def sheet_of(visit: VisitFacts, patient: Patient, now: datetime) -> dict[str, Any]:
    """Return what the sheet for home says, the patient's and that of who looks after them.

    `passed`: the time that it says lies behind; it alone never ended a wait. `over`: the wait has.
    """
    protocol = visit.protocol
    wait = wait_at(visit, now) if visit.state in GONE else None
    return {
        "visit": visit,
        "name": first_name(patient),
        "not_before": wait.not_before if wait and wait.earliest else None,
        "passed": bool(wait and wait.earliest and wait.earliest <= now),
        "over": bool(wait and wait.over),
        "least_wait": least_wait(protocol.wait),
        "also_covers": [said(text) for text in protocol.wait.also_covers],
        "companion_for": protocol.wait.companion_for,
        "help": list(_help(visit, [f for f in protocol.red_flags if f.asked_of_patient])),
        "drivers_help": list(_help(visit, [f for f in protocol.red_flags if f.asked_of_others])),
    }


def least_wait(rule: WaitRule) -> str:
    """Say the least that it takes before anybody may think of driving."""
    if not rule.minimum:
        if rule.sleep_required:
            return str(_("Do not drive until the next day, after a good night’s sleep."))
        return str(_("Do not drive until your clinic says so."))
    length = span(rule.minimum)
    if rule.sleep_required:
        return str(
            _(
                "Do not drive for at least %(length)s after you leave, and not before a good "
                "night’s sleep.",
                length=length,
            )
        )
    return str(_("Do not drive for at least %(length)s after you leave.", length=length))


def _how_it_goes(visit: VisitFacts, items: Sequence[StepNow]) -> Iterator[str]:
    for item in items:
        if item.step.kind is StepKind.READ:
            yield from filter(
                None, filled(item.step.body, visit, item.at, visit.start - LONG).splitlines()
            )


def _rows(visit: VisitFacts, items: Sequence[StepNow]) -> Iterator[Row]:
    still = {limit.step.id: limit for limit in limits_of(visit) if limit.still is not None}
    for item in items:
        step, title = item.step, said(item.step.title)
        if step.kind is StepKind.LIMIT:
            limit, more = still.get(step.id), []
            if limit is not None and limit.still is not None:
                more = [still_words(said(limit.still), spoken(limit.until, limit.until))]
            yield _row(item.at, said(step.since or step.title), more)
        elif step.kind is StepKind.COME:
            arrive = visit.start - visit.protocol.preparation.arrive_early
            yield _row(arrive, _("Be there"), [filled(step.body, visit, item.at, item.at)])
        elif step.kind is StepKind.ALLOWED:
            yield _row(item.at, title, [filled(step.body, visit, item.at, item.at)])
        elif step.of_the_last_day:
            asks = [_asked(question) for question in step.questions]
            yield _row(item.at, title, asks)


def _row(at: datetime, title: str, more: Iterable[str]) -> Row:
    return Row(at, clock_time(at), title, tuple(more))


def _asked(question: Question) -> str:
    """Say which answers the clinic must hear of, since nobody taps them here."""
    flagged = [said(choice.text) for choice in question.choices if choice.flag is not None]
    text = said(question.text)
    if not flagged:
        return text
    return str(_("%(question)s (%(answers)s: call us)", question=text, answers=", ".join(flagged)))


def _help(visit: VisitFacts, flags: Sequence[RedFlag]) -> Iterator[Help]:
    """Yield whom to ring for what: the emergency number, the crisis line, the clinic."""
    known = visit.protocol.numbers.get(g.clinic.country)
    signs = {
        urgency: tuple(said(flag.button) for flag in flags if flag.urgency is urgency)
        for urgency in Urgency
    }
    if known is not None and signs[Urgency.EMERGENCY]:
        title = _("Call %(number)s at once for any of these:", number=known.emergency)
        yield Help(title, signs=signs[Urgency.EMERGENCY])
    if known is not None and signs[Urgency.CRISIS]:
        yield Help(", ".join(signs[Urgency.CRISIS]), said(known.crisis_words))
    if signs[Urgency.CLINIC_NOW]:
        yield Help(_("Call the clinic for any of these:"), signs=signs[Urgency.CLINIC_NOW])
