"""The wait screen, and the screen at its end. It never says that anyone is safe to drive."""

from datetime import datetime, time, timedelta
from typing import Any, Final

from flask import g, render_template
from flask_babel import gettext as _

from recovery.domain.times import instant_at, local_day
from recovery.domain.visit import VisitFacts
from recovery.domain.wait import Reason, Wait, anchor_of
from recovery.services.patient_notices import whole_words
from recovery.services.reading import Standing
from recovery.web import times
from recovery.web.patient_questions import questions_ahead
from recovery.web.patient_words import REASONS, language, near_or_far, said

#: The middle of a night, on the clinic's clock, and where its picture may stand at most.
NIGHT: Final = time(2)
LEAST_APART: Final = 0.2
Mark = tuple[float, str, str]


def wait_page(standing: Standing, visit: VisitFacts, now: datetime, common: dict[str, Any]) -> str:
    """Render the wait as it stands; dim, because light hurts after treatment."""
    g.theme = "dim"
    wait = standing.wait
    if wait is None or wait.over:
        last = next(item.id for item in visit.protocol.check_ins if item.ends_wait)
        later = _later(visit, now)
        return render_template("patient/over.html", last_check_in=last, later=later, **common)
    return render_template(
        "patient/wait.html",
        wait=wait,
        running=wait.earliest is not None and now < wait.earliest,
        rule=_rule(wait, now),
        also=[said(text) for text in visit.protocol.wait.also_covers],
        reasons=[REASONS[reason] for reason in _open(wait)],
        progress=progress(visit, wait, now),
        marks=_marks(visit, wait),
        gone=_gone(visit, wait, now),
        next_notice=_next(standing),
        later=_later(visit, now),
        **common,
    )


def _later(visit: VisitFacts, now: datetime) -> list[tuple[str, str, str]]:
    """What a kept copy lets be answered: words, from when on, and where."""
    return [
        (said(asked.check_in.title), near_or_far(at, now), address)
        for at, asked, address in questions_ahead(visit, now)
    ]


def _rule(wait: Wait, now: datetime) -> str:
    """The absolute time under “Do not drive.”, or why there is none."""
    if wait.earliest is None or wait.not_before is None:
        return str(_("Your clinic will tell you how long."))
    if now < wait.earliest:
        return str(_("Not before %(time)s.", time=near_or_far(wait.not_before, now)))
    return str(_("The minimum time has passed, but your wait goes on."))


def _open(wait: Wait) -> list[Reason]:
    """What is still open. While the time runs, what is not asked yet is not said to be missing."""
    later = {Reason.TIME}
    if Reason.TIME in wait.reasons:
        later |= {Reason.SLEEP_UNKNOWN, Reason.SYMPTOMS_UNKNOWN}
    return [reason for reason in wait.reasons if reason not in later]


def progress(visit: VisitFacts, wait: Wait, now: datetime) -> float:
    """Return how much of the minimum wait has gone, 0 to 1, for the picture only."""
    began = anchor_of(visit)
    if began is None or wait.earliest is None or wait.earliest <= began:
        return 0.0
    return min(1.0, max(0.0, (now - began) / (wait.earliest - began)))


def _gone(visit: VisitFacts, wait: Wait, now: datetime) -> str:
    """The picture in words, for those who do not see it."""
    began = anchor_of(visit)
    if began is None or wait.earliest is None:
        return ""
    whole = wait.earliest - began
    gone = min(whole, max(timedelta(), now - began))
    return str(
        _(
            "%(gone)s of at least %(whole)s are over.",
            gone=times.span(gone),
            whole=times.span(whole),
        )
    )


def _marks(visit: VisitFacts, wait: Wait) -> list[Mark]:
    """The way through the night: leaving, sleep where it lies in time, and not before when."""
    began = anchor_of(visit)
    if began is None or wait.earliest is None or wait.not_before is None:
        return []
    night = instant_at(local_day(began, visit.zone) + timedelta(days=1), NIGHT, visit.zone)
    place = (night - began) / (wait.earliest - began)
    return [
        (0.0, times.clock_time(began), "house"),
        (min(1 - LEAST_APART, max(LEAST_APART, place)), _("Sleep"), "moon"),
        (1.0, times.clock_time(wait.not_before), "sunrise"),
    ]


def _next(standing: Standing) -> tuple[datetime, str] | None:
    """When the next notice comes, and its title."""
    notice = standing.next_notice
    words = whole_words(notice, language()) if notice is not None else None
    return (notice.due_at, words.title) if notice is not None and words is not None else None
