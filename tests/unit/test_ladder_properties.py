"""Whatever carriers and phones do: safety ends at a person, and nobody is told who must not be."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from recovery.domain.ladder import (
    TO_THE_PERSON,
    Act,
    NoticeFacts,
    Rung,
    Terms,
    climb_ahead,
    next_act,
)
from recovery.domain.notice import NoticeState
from recovery.domain.notices.quiet import is_quiet
from recovery.domain.protocol.after import Audience
from tests.visits import HOURS, MINUTES, instants, protocols, spans, zones

SEEN = [NoticeState.OPENED, NoticeState.ACKNOWLEDGED]
SECOND = timedelta(seconds=1)
some_ways = st.frozensets(st.sampled_from([rung for rung in Rung if rung is not Rung.STAFF]))
terms = st.builds(
    lambda protocol, zone: Terms(protocol.ladder, zone, protocol.quiet_hours), protocols, zones
)


@st.composite
def owed(draw: st.DrawFn) -> NoticeFacts:
    """Any notice that is owed to a person, at any time of any year."""
    due = draw(instants)
    return NoticeFacts(
        state=NoticeState.OWED,
        role=draw(st.sampled_from([Audience.PATIENT, Audience.DRIVER, Audience.COMPANION])),
        safety=draw(st.booleans()),
        due_at=due,
        not_after=due + draw(spans(1 * MINUTES, 48 * HOURS)),
        ways=draw(some_ways),
        shown_says_nothing=draw(st.booleans()),
    )


@given(
    notice=owed(),
    known=st.fixed_dictionaries(
        {
            "state": st.sampled_from(NoticeState),
            "rung": st.sampled_from(Rung),
            "may_be_told": st.booleans(),
            "refused": st.booleans(),
        }
    ),
    tried=st.none() | spans(0 * HOURS, 2 * HOURS),
    taken=st.none() | spans(0 * HOURS, 2 * HOURS),
    after=spans(-2 * HOURS, 72 * HOURS),
    rules=terms,
)
def test_whatever_is_known_nothing_is_sent_outside_its_window_or_to_who_must_not_be_told(
    notice: NoticeFacts,
    known: dict[str, Any],
    tried: timedelta | None,
    taken: timedelta | None,
    after: timedelta,
    rules: Terms,
) -> None:
    tried_at = None if tried is None else notice.due_at + tried
    taken_at = None if tried_at is None or taken is None else tried_at + taken
    facts = replace(notice, **known, tried_at=tried_at, taken_at=taken_at)
    now = facts.due_at + after
    step = next_act(facts, rules, now)
    if step.act in {Act.SEND, Act.ASK_DRIVER}:
        assert facts.due_at <= now < facts.not_after or facts.state is not NoticeState.OWED
        assert now < facts.not_after
        assert facts.may_be_told
        assert step.rung in facts.ways
        assert facts.state not in SEEN
    if step.act is Act.SEND:
        assert step.rung in TO_THE_PERSON
    if step.act is Act.ASK_DRIVER:
        assert facts.safety
    if step.act is Act.WAIT:
        assert step.at is not None
        assert step.at > now


def walk(
    notice: NoticeFacts, rules: Terms, fate: st.DataObject
) -> list[tuple[Act, Rung, datetime]]:
    """Let the ladder run to its end, with carriers that take, delay or refuse as they like."""
    now, told = notice.due_at, []
    for _ in range(2_000):
        step = next_act(notice, rules, now)
        if step.act in {Act.REST, Act.MISS, Act.WITHDRAW}:
            return told
        if step.act is Act.WAIT and step.at is not None:
            now = step.at
            continue
        told.append((step.act, step.rung, now))
        if step.act is Act.ASK_STAFF:
            return told
        if step.rung > notice.rung:
            notice = replace(notice, rung=step.rung, tried_at=now, taken_at=None)
        notice = replace(notice, tried_at=notice.tried_at or now)
        answer = "taken" if step.act is Act.ASK_DRIVER else fate.draw(st.sampled_from(ANSWERS))
        if answer == "taken":
            pending = notice.state in {NoticeState.OWED, NoticeState.SENDING}
            by_person = step.act is Act.SEND
            notice = replace(
                notice,
                state=NoticeState.SENT if pending and by_person else notice.state,
                taken_at=now,
            )
        elif answer == "refused":
            notice = replace(notice, ways=notice.ways - {step.rung}, refused=True)
        else:
            notice = replace(notice, state=_tried(notice.state))
            now += 3 * MINUTES
    raise AssertionError("the ladder does not end")


ANSWERS = ["taken", "later", "refused"]


def _tried(state: NoticeState) -> NoticeState:
    return NoticeState.SENDING if state is NoticeState.OWED else state


@given(notice=owed(), rules=terms, fate=st.data())
def test_a_safety_notice_that_nobody_proves_always_ends_at_a_person_in_bounded_time(
    notice: NoticeFacts, rules: Terms, fate: st.DataObject
) -> None:
    notice = replace(notice, safety=True, not_after=notice.due_at + 48 * HOURS)
    told = walk(notice, rules, fate)
    act, _, when = told[-1]
    assert act is Act.ASK_STAFF
    rungs = len(notice.ways & TO_THE_PERSON)
    bound = (2 * rungs + (Rung.DRIVER in notice.ways)) * rules.patience(True) + rungs * 3 * MINUTES
    assert when - notice.due_at <= bound
    climbed = [rung for _, rung, _ in told]
    assert climbed == sorted(climbed) or Rung.DRIVER in climbed


@given(notice=owed(), rules=terms)
def test_what_the_timeline_foretells_climbs_upwards_and_safety_reaches_staff(
    notice: NoticeFacts, rules: Terms
) -> None:
    ahead = list(climb_ahead(notice, rules, notice.due_at))
    rungs = [rung for rung, _ in ahead]
    assert rungs == sorted(set(rungs))
    assert [when for _, when in ahead] == sorted(when for _, when in ahead)
    if notice.safety:
        assert rungs[-1] is Rung.STAFF


@given(notice=owed(), rules=terms, after=spans(0 * HOURS, 48 * HOURS))
def test_a_proof_on_any_rung_stops_the_ladder(
    notice: NoticeFacts, rules: Terms, after: timedelta
) -> None:
    for rung in Rung:
        seen = replace(notice, state=NoticeState.OPENED, rung=rung, tried_at=notice.due_at)
        assert next_act(seen, rules, notice.due_at + after).act is Act.REST


@given(notice=owed(), rules=terms, fate=st.data())
def test_a_routine_notice_climbs_to_nobody_and_is_not_late_in_quiet_hours(
    notice: NoticeFacts, rules: Terms, fate: st.DataObject
) -> None:
    told = walk(replace(notice, safety=False), rules, fate)
    by_day = not is_quiet(notice.due_at, rules.quiet, rules.zone)
    by_rung: dict[Rung, datetime] = {}
    for act, rung, when in told:
        if act is Act.SEND:
            by_rung.setdefault(rung, when)
            assert not (by_day and is_quiet(when, rules.quiet, rules.zone))
    first = min(by_rung, default=None)
    for rung, when in by_rung.items():
        if rung is not first:
            assert not is_quiet(when, rules.quiet, rules.zone)
