"""A line of the board: a visit's state, preparation, driver and notices in a few words."""

from datetime import datetime
from typing import Any, Final

from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from recovery.domain.discharge import stay_until
from recovery.domain.homecoming import is_asked_to_stand_in
from recovery.domain.in_the_chair import (
    last_pressure_at,
    outside_limits,
    recheck_due,
    running_since,
)
from recovery.domain.on_the_day import said_yes_to_another_time
from recovery.domain.ride import RideFacts, RideState
from recovery.domain.visit import (
    GONE,
    IN_THE_CHAIR,
    NOT_HAPPENING,
    VisitFacts,
    VisitState,
    driver_missing,
)
from recovery.services.board import BoardRow, Told
from recovery.web.staff_vital_words import limits_words
from recovery.web.staff_words import STATES
from recovery.web.times import clock_time

Status = tuple[str, str]

#: What a person does next with a visit in this state; the rest need nothing more.
NEXT: Final[dict[VisitState, LazyString]] = {
    VisitState.BOOKED: _l("Arrived"),
    VisitState.ARRIVED: _l("Start gate"),
    VisitState.INFUSING: _l("End the infusion"),
    VisitState.RECOVERING: _l("Discharge"),
    VisitState.READY: _l("Discharge"),
}


def board_line(row: BoardRow, now: datetime) -> dict[str, Any]:
    """Return what the template shows of one visit; `since`: from when minutes are counted."""
    state = VisitState(row.visit.state)
    look, words = STATES[state]
    statuses: list[Status] = [(look, str(words)), *in_the_chair(row, now)]
    if state not in NOT_HAPPENING:
        if state not in GONE:
            statuses += preparation(row)
        if state not in GONE or row.facts.driver is not None:
            statuses.append(driver(row))
        statuses += told(row.told)
    kinds = {kind for kind, _words in statuses}
    return {
        "id": row.visit.id,
        "at": row.visit.start_at,
        "name": row.visit.patient.name,
        "kind": next((kind for kind in ("alarm", "wait", "good") if kind in kinds), "plain"),
        "statuses": statuses,
        "state": state,
        "next": str(NEXT.get(state, "")),
        "since": running_since(row.facts),
    }


def in_the_chair(row: BoardRow, now: datetime) -> list[Status]:
    """Say what was measured beyond a limit, what is due, and until when the patient stays."""
    statuses: list[Status] = limits_words(outside_limits(row.facts, row.measured))
    due = recheck_due(row.facts, last_pressure_at(row.measured))
    if due is not None:
        late = now >= due
        words = _("Vital signs due since %(time)s") if late else _("Vital signs due at %(time)s")
        statuses.append(("alarm" if late else "plain", words % {"time": clock_time(due)}))
    stay = stay_until(row.facts) if row.facts.state in IN_THE_CHAIR else None
    if stay is not None:
        over = now >= stay
        words = _("Minimum stay over since %(time)s") if over else _("Stays until %(time)s")
        statuses.append(("good" if over else "wait", words % {"time": clock_time(stay)}))
    return statuses


def preparation(row: BoardRow) -> list[Status]:
    """Say how many steps are done, and what the answers flagged."""
    done = row.steps_done == row.steps
    words = _("Steps %(done)s of %(all)s", done=row.steps_done, all=row.steps)
    statuses: list[Status] = [("good" if done else "wait", words)]
    if row.facts.started_at is None and not row.facts.protocol.is_signed:
        statuses.append(("wait", _("Protocol not signed")))
    if row.holds:
        holds = ngettext("%(num)s hold", "%(num)s holds", row.holds)
        statuses.append(("alarm", holds))
    if row.reviews:
        reviews = ngettext("%(num)s to review", "%(num)s to review", row.reviews)
        statuses.append(("wait", reviews))
    return statuses


def driver(row: BoardRow) -> Status:
    """Say whether somebody accepted to take the patient home, and how near they are."""
    accepted = row.facts.driver
    if accepted is not None:
        look, words = _how_near(accepted, row.facts)
        return look, f"{words}: {row.driver}"
    if not driver_missing(row.facts):
        return "plain", _("No driver needed") if not row.facts.exempt else _("Exempt from driver")
    if any(ride.state is RideState.ASKED for ride in row.facts.rides):
        return "wait", _("Driver asked")
    return "alarm", _("No driver")


def _how_near(ride: RideFacts, visit: VisitFacts) -> Status:
    if ride.home_at is not None:
        return "good", _("Driver says home safe")
    if visit.state in GONE:
        return "plain", _("Driver not home yet")
    if is_asked_to_stand_in(visit):
        return "wait", _("Backup must drive, no answer yet")
    if ride.here_at is not None:
        return "good", _("Driver is here")
    if ride.set_out_at is not None:
        return "good", _("Driver on the way")
    if said_yes_to_another_time(ride, visit):
        return "wait", _("Driver has not confirmed the new time")
    if ride.coming_at is not None:
        return "good", _("Driver is coming")
    return "good", _("Driver accepted")


def told(count: Told) -> list[Status]:
    """Say whether notices reach the patient's phone and were seen."""
    statuses: list[Status] = []
    if count.blocked:
        statuses.append(("wait", _("Notices blocked on the phone")))
    elif not count.devices:
        statuses.append(("wait", _("No phone for notices")))
    elif count.silent:
        statuses.append(("wait", _("Phone proves no notice")))
    if count.stopped:
        statuses.append(("wait", _("Answered STOP: no texts")))
    if count.lost:
        lost = ngettext("%(num)s notice missed", "%(num)s notices missed", count.lost)
        statuses.append(("alarm", lost))
    if count.unseen:
        unseen = ngettext("%(num)s notice not seen", "%(num)s notices not seen", count.unseen)
        statuses.append(("wait", unseen))
    if count.seen and not count.lost and not count.unseen:
        statuses.append(("good", _("All notices seen")))
    return statuses
