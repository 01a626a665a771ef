"""What the phone keeps for when there is no connection: the whole plan, visited or not."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from flask import Response, current_app, g, jsonify, render_template, url_for

from recovery import clock
from recovery.domain.protocol.questions import Urgency
from recovery.domain.times import local_day
from recovery.domain.visit import VisitFacts
from recovery.domain.wait import earliest_of, wait_at
from recovery.services.patient_notices import unread_notices
from recovery.services.preparation import answers_of, checked_at, steps_of
from recovery.services.reading import Standing, standing_of, visit_in_mind
from recovery.services.red_flags import told_flags
from recovery.services.refusals import NotFound
from recovery.services.sheets import WENT_HOME
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, patient
from recovery.web.look import emergency_number
from recovery.web.patient_pages import (
    dim_if_waiting,
    let_it_be_kept,
    patient_pages,
)
from recovery.web.patient_questions import questions_ahead
from recovery.web.static import EXTENSION

pages = patient_pages("patient_keep", kept=True)
MOST_NOTICES: Final = 5
#: Home, the list of what is not sent, the page for all others, help, and the page of each red flag
#: that cannot wait.
FIRST: Final = 13
Page = tuple[str, object]


@pages.get("/keep")
@open_to(Face.PATIENT)
def keep() -> Response:
    """Tell the worker which pages to keep, what matters most first, and the state of each.

    `pages` are pairs of address and stamp: a page is loaded anew only when its stamp has changed.
    `first` is how many of them to keep where every byte is paid for.
    """
    now = clock.now()
    standing = standing_of(patient(), now)
    found = [
        _home(standing, now),
        (url_for("patient_keep.unsent"), standing.stage),
        (url_for("pwa.offline"), (emergency_number(), standing.stage)),
        *_help(_in_mind()),
        *_sheet(standing.visit, now),
        *_questions(standing.visit, now),
        *_notices(),
        *_preparation(standing.upcoming, now),
    ]
    frame = _of_every_page(now)
    stamped = [(address, _stamp((frame, state))) for address, state in found]
    return let_it_be_kept(jsonify({"pages": stamped, "first": FIRST}), patient().id)


@pages.get("/unsent")
@open_to(Face.PATIENT)
def unsent() -> str:
    """Show what this phone still holds; only the phone knows, so a script fills it in."""
    dim_if_waiting()
    return render_template("patient/unsent.html")


def _help(visit: VisitFacts | None) -> list[Page]:
    """The numbers to call, then the page of each red flag, the most urgent first."""
    buttons = url_for("patient_help.buttons")
    if visit is None:
        return [(buttons, "")]
    clinic, order, told = g.clinic, list(Urgency), told_flags(visit.id)
    numbers = (clinic.country, clinic.watched, clinic.on_call_name, clinic.on_call_phone)
    about = (visit.protocol, visit.id, visit.start, earliest_of(visit), numbers)
    asked = [flag for flag in visit.protocol.red_flags if flag.asked_of_patient]
    asked.sort(key=lambda flag: order.index(flag.urgency))
    flags = [
        (url_for("patient_help.told", flag_id=flag.id), (about, flag.id in told)) for flag in asked
    ]
    return [(buttons, about), *flags]


def _in_mind() -> VisitFacts | None:
    try:
        return visit_in_mind(patient())
    except NotFound:
        return None


def _home(standing: Standing, now: datetime) -> Page:
    notice = standing.next_notice.id if standing.next_notice else None
    hour = now.replace(minute=0, second=0, microsecond=0)
    near = [(near.name, near.phone) for near in standing.near]
    return url_for("patient_home.home"), (standing.stage, standing.visit, notice, near, hour)


def _sheet(visit: VisitFacts | None, now: datetime) -> Iterator[Page]:
    if visit is not None and visit.state in WENT_HOME:
        earliest, wait = earliest_of(visit), wait_at(visit, now)
        stands = (earliest, earliest is not None and earliest <= now, wait is None or wait.over)
        about = (visit.protocol, visit.id, stands, g.clinic.watched)
        on_call = (g.clinic.on_call_name, g.clinic.on_call_phone)
        yield url_for("patient_paper.going_home", visit_id=visit.id), (about, on_call)


def _questions(visit: VisitFacts | None, now: datetime) -> Iterator[Page]:
    if visit is None or visit.started_at is None:
        return
    for _at, asked, address in questions_ahead(visit, now):
        yield address, (visit.protocol, asked.check_in.id, asked.occasion)


def _notices() -> Iterator[Page]:
    for notice in unread_notices(patient(), MOST_NOTICES):
        yield url_for("patient_notices.notice", notice_id=notice.id), notice.opened_at


def _preparation(visit: VisitFacts | None, now: datetime) -> Iterator[Page]:
    if visit is None:
        return
    given = answers_of(visit)
    yield url_for("patient_home.visit", visit_id=visit.id), visit
    for item in steps_of(visit, now):
        answers = [given.get(question.id, "") for question in item.step.questions]
        about = (visit.protocol, visit.start, visit.state, visit.driver, item.at <= now)
        state = (about, item.open, item.done, item.late, item.until, answers)
        yield url_for("patient_steps.step", visit_id=visit.id, step_id=item.step.id), state
    all_given = (visit.protocol, visit.state, sorted(given.items()), checked_at(visit.id))
    yield url_for("patient_steps.check", visit_id=visit.id), all_given


def _of_every_page(now: datetime) -> object:
    """What the frame of each page shows, and the day: weekdays are named within a week only."""
    build = current_app.extensions[EXTENSION]
    return build, patient().language, g.clinic.name, g.clinic.phone, local_day(now, g.zone)


def _stamp(state: object) -> str:
    return sha256(repr(_plain(state)).encode()).hexdigest()[:12]


def _plain(state: object) -> object:
    """The same state is the same text in every process: sets are put in order."""
    if is_dataclass(state) and not isinstance(state, type):
        return [_plain(getattr(state, field.name)) for field in fields(state)]
    if isinstance(state, (set, frozenset)):
        return sorted(map(repr, state))
    return [_plain(part) for part in state] if isinstance(state, (list, tuple)) else repr(state)
