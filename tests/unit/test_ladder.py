"""What becomes of a notice next, decided without a database."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from recovery.domain.ladder import (
    LOOK_FOR_PHONE,
    Act,
    Next,
    NoticeFacts,
    Rung,
    Terms,
    climb_ahead,
    climbs_at,
    next_act,
    next_rung,
)
from recovery.domain.notice import NoticeState
from recovery.domain.protocol.after import Audience
from tests.builders_protocol import ketamine
from tests.visits import CHICAGO, HOURS, MINUTES, at

TERMS = Terms(ketamine().ladder, CHICAGO, ketamine().quiet_hours)
DUE = at(23, 14)
SECOND = timedelta(seconds=1)
NOBODY: frozenset[Rung] = frozenset()


def ways(*rungs: Rung) -> frozenset[Rung]:
    return frozenset(rungs)


EVERY_WAY = ways(Rung.PUSH, Rung.OTHER_DEVICES, Rung.MESSAGE, Rung.DRIVER)


def notice(**changes: Any) -> NoticeFacts:
    """A safety notice to the patient, due at 14:00 and useful for two hours."""
    values: dict[str, Any] = {
        "state": NoticeState.OWED,
        "role": Audience.PATIENT,
        "safety": True,
        "due_at": DUE,
        "not_after": DUE + 2 * HOURS,
    }
    return NoticeFacts(**(values | changes))


def sent(**changes: Any) -> NoticeFacts:
    return notice(**({"state": NoticeState.SENT, "tried_at": DUE, "taken_at": DUE} | changes))


def said(step: Next) -> tuple[Act, str]:
    return step.act, step.why


def test_a_due_notice_is_sent() -> None:
    assert next_act(notice(), TERMS, DUE) == Next(Act.SEND)


def test_a_notice_is_never_sent_early() -> None:
    assert next_act(notice(), TERMS, DUE - SECOND) == Next(Act.WAIT, at=DUE)


@pytest.mark.parametrize("state", [NoticeState.OWED, NoticeState.SENDING])
def test_a_notice_whose_time_is_over_is_missed(state: NoticeState) -> None:
    late = notice(state=state, not_after=DUE + 2 * HOURS)
    assert next_act(late, TERMS, DUE + 2 * HOURS) == Next(Act.MISS, "too-late")


def test_a_missed_notice_says_why() -> None:
    over = DUE + 2 * HOURS
    assert next_act(notice(tried_at=DUE), TERMS, over).why == "not-accepted"
    assert next_act(notice(ways=NOBODY), TERMS, over).why == "no-device"


def test_with_less_than_a_second_left_nothing_is_sent() -> None:
    almost = DUE + 2 * HOURS - SECOND / 2
    assert next_act(notice(), TERMS, almost).act is Act.MISS


def test_nobody_who_may_not_be_told_is_told_however_urgent() -> None:
    assert next_act(notice(may_be_told=False), TERMS, DUE).act is Act.WITHDRAW
    unseen = sent(may_be_told=False, ways=EVERY_WAY)
    assert next_act(unseen, TERMS, DUE + 9 * HOURS).act is Act.REST


def test_safety_to_somebody_who_cannot_be_reached_goes_to_staff_at_once() -> None:
    assert said(next_act(notice(ways=NOBODY), TERMS, DUE)) == (Act.ASK_STAFF, "no-device")


def test_safety_to_somebody_without_a_phone_is_texted_at_once() -> None:
    texted = next_act(notice(ways=ways(Rung.MESSAGE)), TERMS, DUE)
    assert texted == Next(Act.SEND, rung=Rung.MESSAGE)


def test_a_routine_notice_to_somebody_without_a_phone_is_texted_or_waits_for_one() -> None:
    routine = notice(ways=NOBODY, safety=False)
    assert next_act(routine, TERMS, DUE) == Next(Act.WAIT, at=DUE + LOOK_FOR_PHONE)
    texted = notice(ways=ways(Rung.MESSAGE), safety=False)
    assert next_act(texted, TERMS, DUE) == Next(Act.SEND, rung=Rung.MESSAGE)


def test_what_others_were_asked_about_is_still_sent_when_a_phone_comes() -> None:
    assert next_act(notice(rung=Rung.STAFF), TERMS, DUE) == Next(Act.SEND)
    driver_asked = notice(rung=Rung.DRIVER, tried_at=DUE, taken_at=DUE)
    assert next_act(driver_asked, TERMS, DUE + MINUTES) == Next(Act.SEND)


def test_a_notice_for_staff_needs_no_phone() -> None:
    for_staff = notice(role=Audience.STAFF, ways=NOBODY)
    assert next_act(for_staff, TERMS, DUE).act is Act.ASK_STAFF


def test_safety_that_no_service_takes_goes_to_staff_after_twelve_minutes() -> None:
    tried = notice(state=NoticeState.SENDING, tried_at=DUE)
    assert next_act(tried, TERMS, DUE + 11 * MINUTES).act is Act.SEND
    climbed = next_act(tried, TERMS, DUE + 12 * MINUTES)
    assert said(climbed) == (Act.ASK_STAFF, "notice-unsent")


@pytest.mark.parametrize(("safety", "patience"), [(True, 12 * MINUTES), (False, 8 * HOURS)])
def test_a_notice_that_nobody_proves_to_have_seen_climbs(safety: bool, patience: Any) -> None:
    unseen = sent(safety=safety)
    before = next_act(unseen, TERMS, DUE + patience - SECOND)
    assert before == Next(Act.WAIT, at=DUE + patience)
    climbed = next_act(unseen, TERMS, DUE + patience)
    assert said(climbed) == (Act.ASK_STAFF, "notice-unseen")


def test_the_ladder_is_phone_other_phones_text_driver_staff() -> None:
    ahead = list(climb_ahead(notice(ways=EVERY_WAY), TERMS, DUE))
    assert ahead == [(rung, DUE + rung * 12 * MINUTES) for rung in Rung]


def test_the_timeline_shows_only_the_rungs_that_there_are() -> None:
    unseen = sent(ways=ways(Rung.PUSH, Rung.MESSAGE))
    ahead = list(climb_ahead(unseen, TERMS, DUE + 5 * MINUTES))
    assert ahead == [(Rung.MESSAGE, DUE + 12 * MINUTES), (Rung.STAFF, DUE + 24 * MINUTES)]
    assert list(climb_ahead(sent(state=NoticeState.OPENED), TERMS, DUE)) == []


def test_a_rung_that_refused_for_good_is_left_at_once() -> None:
    refused = notice(state=NoticeState.SENDING, tried_at=DUE, ways=ways(Rung.MESSAGE), refused=True)
    assert next_act(refused, TERMS, DUE) == Next(Act.SEND, rung=Rung.MESSAGE)


def test_when_every_way_refused_staff_hear_that_it_failed() -> None:
    refused = notice(state=NoticeState.SENDING, tried_at=DUE, ways=NOBODY, refused=True)
    assert said(next_act(refused, TERMS, DUE)) == (Act.ASK_STAFF, "notice-failed")


def test_a_text_that_did_not_arrive_climbs_at_once() -> None:
    undelivered = sent(rung=Rung.MESSAGE, tried_at=None, taken_at=None, ways=ways(Rung.PUSH))
    assert next_act(undelivered, TERMS, DUE + MINUTES).act is Act.ASK_STAFF


def test_what_is_over_is_sent_by_no_further_rung() -> None:
    unseen = sent(not_after=DUE + 10 * MINUTES, ways=EVERY_WAY)
    climbed = next_act(unseen, TERMS, DUE + 12 * MINUTES)
    assert said(climbed) == (Act.ASK_STAFF, "notice-unseen")


def test_the_driver_is_asked_for_safety_only() -> None:
    found = ways(Rung.PUSH, Rung.DRIVER)
    unseen = sent(ways=found, not_after=DUE + 20 * HOURS)
    assert next_act(unseen, TERMS, DUE + 12 * MINUTES) == Next(Act.ASK_DRIVER, rung=Rung.DRIVER)
    routine = sent(ways=found, safety=False, not_after=DUE + 20 * HOURS)
    assert next_act(routine, TERMS, DUE + 8 * HOURS).act is Act.ASK_STAFF


@pytest.mark.parametrize(("safety", "act"), [(True, Act.SEND), (False, Act.WAIT)])
def test_in_quiet_hours_only_safety_climbs_to_a_person(safety: bool, act: Act) -> None:
    night, morning = at(23, 22), at(24, 8)
    unseen = sent(
        safety=safety,
        ways=ways(Rung.PUSH, Rung.MESSAGE),
        not_after=at(24, 20),
        tried_at=DUE,
        taken_at=DUE,
    )
    step = next_act(unseen, TERMS, night)
    assert step.act is act
    if step.act is Act.WAIT:
        assert step.at == morning
        assert next_act(unseen, TERMS, morning) == Next(Act.SEND, rung=Rung.MESSAGE)


@pytest.mark.parametrize("state", [NoticeState.OWED, NoticeState.SENDING])
def test_what_is_late_is_sent_in_quiet_hours_for_safety_only(state: NoticeState) -> None:
    evening, night, morning = at(23, 20, 30), at(24, 2), at(24, 8)
    late = notice(state=state, due_at=evening, not_after=at(24, 20), safety=False)
    assert next_act(late, TERMS, at(23, 20, 59)) == Next(Act.SEND)
    assert next_act(late, TERMS, night) == Next(Act.WAIT, at=morning)
    assert next_act(late, TERMS, morning) == Next(Act.SEND)
    assert next_act(replace(late, safety=True), TERMS, night) == Next(Act.SEND)
    asked_for = replace(late, due_at=at(24, 1, 59))
    assert next_act(asked_for, TERMS, night) == Next(Act.SEND)
    of_the_evening = replace(late, not_after=at(23, 23))
    assert next_act(of_the_evening, TERMS, at(23, 22)) == Next(Act.WAIT, at=at(23, 23))
    assert next_act(of_the_evening, TERMS, at(23, 23)).act is Act.MISS


def test_the_silent_board_has_no_quiet_hours() -> None:
    unseen = sent(safety=False, not_after=at(24, 20))
    assert next_act(unseen, TERMS, at(23, 22)).act is Act.ASK_STAFF


def test_somebody_who_was_told_late_gets_the_whole_time() -> None:
    late = sent(taken_at=DUE + 30 * MINUTES)
    assert climbs_at(late, TERMS) == DUE + 42 * MINUTES
    assert next_rung(late, TERMS, DUE + 41 * MINUTES) is None


def test_the_last_rung_stands() -> None:
    told = sent(rung=Rung.STAFF)
    assert next_rung(told, TERMS, DUE + 9 * HOURS) is None
    assert next_act(told, TERMS, DUE + 9 * HOURS) == Next(Act.REST)


def test_shown_proves_it_unless_the_wording_says_nothing() -> None:
    shown = sent(state=NoticeState.SHOWN)
    discreet = sent(state=NoticeState.SHOWN, shown_says_nothing=True)
    assert next_act(shown, TERMS, DUE + HOURS) == Next(Act.REST)
    assert said(next_act(discreet, TERMS, DUE + HOURS)) == (Act.ASK_STAFF, "notice-unseen")


def test_opened_proves_it_with_any_wording() -> None:
    opened = sent(state=NoticeState.OPENED, shown_says_nothing=True)
    assert next_act(opened, TERMS, DUE + HOURS) == Next(Act.REST)


def test_a_notice_that_failed_is_told_to_staff_once() -> None:
    failed = notice(state=NoticeState.FAILED)
    assert said(next_act(failed, TERMS, DUE)) == (Act.ASK_STAFF, "notice-failed")
    assert next_act(notice(state=NoticeState.FAILED, rung=Rung.STAFF), TERMS, DUE).act is Act.REST
