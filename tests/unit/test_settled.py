"""What is answered, cancelled or said anew asks nobody else."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from recovery.domain.notice import NoticeState, Owed
from recovery.domain.notices import Existing, plan, settled
from recovery.domain.protocol.after import Audience
from recovery.domain.visit import VisitFacts, VisitState
from tests.builders_protocol import changed, ketamine
from tests.visits import at, booked, discharged, says_well

SENT = NoticeState.SENT


def told(visit: VisitFacts, kind: str, state: NoticeState = SENT) -> Existing:
    return Existing(1, 1, state, owed_of(visit, kind))


def owed_of(visit: VisitFacts, kind: str) -> Owed:
    return next(
        notice
        for notice in plan([visit])
        if kind in [part.kind for part in notice.parts]
        and notice.recipient.role is not Audience.STAFF
    )


def stops(row: Existing, **now_known: Any) -> bool:
    visit = discharged(**now_known)
    return settled(plan([visit]), [row], [visit]) == (1,)


def later_answered(when: datetime) -> dict[str, Any]:
    return {"reports": (says_well(when, "later-2h"),)}


def test_a_check_in_that_was_answered_stops_climbing() -> None:
    row = told(discharged(), "later")
    assert not stops(row)
    assert stops(row, **later_answered(at(23, 15, 40)))


def test_what_is_still_true_goes_on() -> None:
    assert not stops(told(discharged(), "rest"), **later_answered(at(23, 15, 40)))


def test_what_was_corrected_is_left_to_the_correction() -> None:
    row = told(discharged(), "rest")
    assert stops(row, left_at=at(23, 14, 30))


def test_a_cancelled_visit_stops_what_led_to_it() -> None:
    row = told(booked(rides=()), "driver-missing")
    cancelled = booked(state=VisitState.CANCELLED, cancelled_at=at(21, 9), rides=())
    assert settled(plan([cancelled]), [row], [cancelled]) == (1,)


def test_a_reminder_that_fills_a_gap_goes_on_as_long_as_the_wait() -> None:
    often = changed(ketamine(), {"wait.remind_at_least_every": "PT90M"})
    visit = discharged(protocol=often)
    fillers = [notice for notice in plan([visit]) if notice.principal.kind == often.reminder.id]
    filler = next(notice for notice in fillers if notice.principal.occasion)
    row = Existing(1, 1, SENT, filler)
    later = discharged(protocol=often, left_at=at(23, 13, 50))
    assert filler.principal.key not in {part.key for n in plan([later]) for part in n.parts}
    assert settled(plan([later]), [row], [later]) == ()
    over = replace(later, reports=(says_well(at(24, 14)),))
    assert settled(plan([over]), [row], [over]) == (1,)


def test_what_was_opened_has_nothing_to_stop() -> None:
    row = told(discharged(), "later", NoticeState.OPENED)
    assert not stops(row, **later_answered(at(23, 15, 40)))
