"""What becomes of a notice next, decided without a database."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery.domain.ladder import (
    LOOK_FOR_PHONE,
    Act,
    Next,
    NoticeFacts,
    Rung,
    climbs_at,
    next_act,
    next_rung,
)
from recovery.domain.notice import NoticeState
from recovery.domain.protocol.after import Audience
from tests.builders_protocol import ketamine
from tests.visits import HOURS, MINUTES, at

LADDER = ketamine().ladder
DUE = at(23, 14)
SECOND = timedelta(seconds=1)


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
    return notice(**({"state": NoticeState.SENT, "tried_at": DUE, "sent_at": DUE} | changes))


def test_a_due_notice_is_sent() -> None:
    assert next_act(notice(), LADDER, DUE) == Next(Act.SEND)


def test_a_notice_is_never_sent_early() -> None:
    assert next_act(notice(), LADDER, DUE - SECOND) == Next(Act.WAIT, at=DUE)


@pytest.mark.parametrize("state", [NoticeState.OWED, NoticeState.SENDING])
def test_a_notice_whose_time_is_over_is_missed(state: NoticeState) -> None:
    late = notice(state=state, not_after=DUE + 2 * HOURS)
    assert next_act(late, LADDER, DUE + 2 * HOURS) == Next(Act.MISS, "too-late")


def test_a_missed_notice_says_why() -> None:
    over = DUE + 2 * HOURS
    assert next_act(notice(tried_at=DUE), LADDER, over).why == "not-accepted"
    assert next_act(notice(has_phone=False), LADDER, over).why == "no-device"


def test_with_less_than_a_second_left_nothing_is_sent() -> None:
    almost = DUE + 2 * HOURS - SECOND / 2
    assert next_act(notice(), LADDER, almost).act is Act.MISS


def test_nobody_who_may_not_be_told_is_told_however_urgent() -> None:
    assert next_act(notice(may_be_told=False), LADDER, DUE).act is Act.WITHDRAW
    assert next_act(sent(may_be_told=False), LADDER, DUE + 9 * HOURS).act is Act.REST


def test_safety_without_a_phone_goes_to_staff_at_once() -> None:
    assert next_act(notice(has_phone=False), LADDER, DUE) == Next(Act.ASK_STAFF, "no-device")


def test_a_routine_notice_without_a_phone_waits_for_one() -> None:
    routine = notice(has_phone=False, safety=False)
    assert next_act(routine, LADDER, DUE) == Next(Act.WAIT, at=DUE + LOOK_FOR_PHONE)


def test_what_staff_were_told_of_is_still_sent_when_a_phone_comes() -> None:
    assert next_act(notice(rung=Rung.STAFF), LADDER, DUE).act is Act.SEND


def test_a_notice_for_staff_needs_no_phone() -> None:
    for_staff = notice(role=Audience.STAFF)
    assert next_act(for_staff, LADDER, DUE) == Next(Act.ASK_STAFF)


def test_safety_that_no_service_takes_goes_to_staff_after_twelve_minutes() -> None:
    tried = notice(state=NoticeState.SENDING, tried_at=DUE)
    assert next_act(tried, LADDER, DUE + 11 * MINUTES).act is Act.SEND
    assert next_act(tried, LADDER, DUE + 12 * MINUTES) == Next(Act.ASK_STAFF, "notice-unsent")


@pytest.mark.parametrize(("safety", "patience"), [(True, 12 * MINUTES), (False, 8 * HOURS)])
def test_a_notice_that_nobody_proves_to_have_seen_climbs(safety: bool, patience: Any) -> None:
    unseen = sent(safety=safety)
    before = next_act(unseen, LADDER, DUE + patience - SECOND)
    assert before == Next(Act.WAIT, at=DUE + patience)
    assert next_act(unseen, LADDER, DUE + patience) == Next(Act.ASK_STAFF, "notice-unseen")


def test_somebody_who_was_told_late_gets_the_whole_time() -> None:
    late = sent(sent_at=DUE + 30 * MINUTES)
    assert climbs_at(late, LADDER) == DUE + 42 * MINUTES
    assert next_rung(late, LADDER, DUE + 41 * MINUTES) is None


def test_the_last_rung_stands() -> None:
    told = sent(rung=Rung.STAFF)
    assert next_rung(told, LADDER, DUE + 9 * HOURS) is None
    assert next_act(told, LADDER, DUE + 9 * HOURS) == Next(Act.REST)


def test_shown_proves_it_unless_the_wording_says_nothing() -> None:
    shown = sent(state=NoticeState.SHOWN)
    discreet = sent(state=NoticeState.SHOWN, shown_says_nothing=True)
    assert next_act(shown, LADDER, DUE + HOURS) == Next(Act.REST)
    assert next_act(discreet, LADDER, DUE + HOURS) == Next(Act.ASK_STAFF, "notice-unseen")


def test_opened_proves_it_with_any_wording() -> None:
    opened = sent(state=NoticeState.OPENED, shown_says_nothing=True)
    assert next_act(opened, LADDER, DUE + HOURS) == Next(Act.REST)


def test_a_notice_that_failed_is_told_to_staff_once() -> None:
    failed = notice(state=NoticeState.FAILED)
    assert next_act(failed, LADDER, DUE) == Next(Act.ASK_STAFF, "notice-failed")
    assert next_act(notice(state=NoticeState.FAILED, rung=Rung.STAFF), LADDER, DUE).act is Act.REST


@given(
    state=st.sampled_from(NoticeState),
    role=st.sampled_from(Audience),
    safety=st.booleans(),
    rung=st.sampled_from(Rung),
    may_be_told=st.booleans(),
    has_phone=st.booleans(),
    minutes=st.integers(-600, 1200),
)
def test_whatever_is_known_nothing_is_sent_outside_its_window(
    state: NoticeState, minutes: int, **known: Any
) -> None:
    now = DUE + minutes * MINUTES
    step = next_act(notice(state=state, **known), LADDER, now)
    if step.act is Act.SEND:
        assert DUE <= now < DUE + 2 * HOURS
        assert known["may_be_told"]
        assert known["has_phone"]
        assert state in {NoticeState.OWED, NoticeState.SENDING}
    if step.act is Act.WAIT:
        assert step.at is not None
        assert step.at > now
