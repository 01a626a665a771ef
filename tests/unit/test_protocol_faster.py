"""A protocol in fast motion keeps its order and its promises, and hangs on no clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recovery.domain.ladder import NoticeFacts, Rung, Terms, climb_ahead
from recovery.domain.notice import NoticeState
from recovery.domain.protocol import Protocol
from recovery.domain.protocol.after import Audience
from recovery.domain.protocol.faster import LEAST_RUNG, LEAST_USEFUL, faster
from recovery.domain.protocol.timing import Moment
from tests.builders_protocol import SHIPPED_IDS, changed, ketamine, shipped

FIVE_MINUTES = timedelta(minutes=5)
DAY_IN_FIVE_MINUTES = 288


def moments(protocol: Protocol) -> list[Moment]:
    steps = [step.when for step in protocol.preparation.steps]
    return steps + [rule.when for rule in protocol.notices]


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_a_day_becomes_five_minutes(name: str) -> None:
    protocol, quick = shipped(name), faster(shipped(name), DAY_IN_FIVE_MINUTES)
    assert quick.id == f"{name}-demo"
    assert quick.wait.sedative == FIVE_MINUTES
    assert quick.wait.minimum == protocol.wait.minimum / DAY_IN_FIVE_MINUTES
    assert quick.stay.minimum == protocol.stay.minimum / DAY_IN_FIVE_MINUTES


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_nothing_hangs_on_the_clock_on_the_wall(name: str) -> None:
    quick = faster(shipped(name), DAY_IN_FIVE_MINUTES)
    assert quick.quiet_hours is None
    assert quick.wait.next_day_at is None
    assert all(moment.at is None for moment in moments(quick))


def test_clock_times_are_counted_from_noon() -> None:
    quick = faster(ketamine(), DAY_IN_FIVE_MINUTES)
    expected = {"evening": 8, "morning": 20, "day-1": 29, "day-3": 70}
    for notice, hours in expected.items():
        rule = quick.notice(notice)
        assert rule is not None
        assert rule.when.offset == timedelta(hours=hours) / DAY_IN_FIVE_MINUTES


def test_what_came_first_still_comes_first() -> None:
    quick = faster(ketamine(), DAY_IN_FIVE_MINUTES)
    offsets = [step.when.offset for step in quick.preparation.steps]
    assert offsets == sorted(offsets)


def test_phones_and_networks_do_not_hurry() -> None:
    quick = faster(ketamine(), DAY_IN_FIVE_MINUTES)
    assert quick.ladder.safety == LEAST_RUNG
    assert min(rule.useful_for for rule in quick.notices) == LEAST_USEFUL


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_a_safety_notice_that_nobody_sees_can_be_watched_climbing_to_the_driver(name: str) -> None:
    quick = faster(shipped(name), DAY_IN_FIVE_MINUTES)
    begins = datetime(2026, 11, 23, 18, tzinfo=UTC)
    for rule in (rule for rule in quick.notices if rule.safety):
        notice = NoticeFacts(
            state=NoticeState.OWED,
            role=Audience.PATIENT,
            safety=True,
            due_at=begins,
            not_after=begins + rule.useful_for,
            ways=frozenset(set(Rung) - {Rung.STAFF}),
        )
        terms = Terms(quick.ladder, ZoneInfo("America/Chicago"))
        assert [rung for rung, _ in climb_ahead(notice, terms, begins)] == list(Rung)


def test_a_signature_does_not_cover_other_times() -> None:
    sign_off = {"by": "Dr Example", "role": "Physician", "on": "2026-11-02"}
    signed = changed(ketamine(), {"sign_off": sign_off, "ladder.signed": sign_off})
    assert signed.is_signed
    quick = faster(signed, DAY_IN_FIVE_MINUTES)
    assert not quick.is_signed
    assert quick.ladder.signed is None


@settings(deadline=None)
@given(st.floats(min_value=1, max_value=86_400))
def test_any_factor_gives_a_valid_protocol(factor: float) -> None:
    quick = faster(shipped("esketamine-nasal"), factor)
    assert Protocol.model_validate_json(quick.model_dump_json()) == quick


@pytest.mark.parametrize("factor", [0.5, 0, -1])
def test_a_protocol_cannot_be_made_slower(factor: float) -> None:
    with pytest.raises(ValueError, match="only be made faster"):
        faster(ketamine(), factor)


def test_people_hurry_less_than_a_demonstration() -> None:
    protocol, quick = ketamine(), faster(ketamine(), DAY_IN_FIVE_MINUTES)
    assert quick.stay.overdue_after == protocol.stay.overdue_after * 10 / DAY_IN_FIVE_MINUTES
    for notice in ("later-silent", "home-safe", "staff-overdue"):
        slow, fast = protocol.notice(notice), quick.notice(notice)
        assert slow is not None
        assert fast is not None
        assert fast.when.offset == slow.when.offset * 10 / DAY_IN_FIVE_MINUTES
