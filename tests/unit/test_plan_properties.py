"""What holds of the plan of any visit, in any zone, under any protocol."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from recovery.domain.notice import LEAST_LEFT
from recovery.domain.notices import plan
from recovery.domain.notices.draft import LEAST_WINDOW
from recovery.domain.notices.occasions import asking_ends
from recovery.domain.notices.quiet import waking_hours
from recovery.domain.protocol.after import Audience
from recovery.domain.protocol.faster import faster
from recovery.domain.protocol.timing import Anchor
from recovery.domain.wait import earliest_of, over_since
from tests.builders_protocol import changed
from tests.visits import MINUTES, any_discharged, any_visit, spans

visits = st.one_of(any_visit(), any_discharged())


def rules(visit):
    return {rule.id: rule for rule in visit.protocol.notices}


@given(visits)
def test_planning_twice_gives_the_same(visit):
    assert plan([visit]) == plan([visit])


@given(visits)
def test_every_notice_can_be_sent_before_it_stops_being_true(visit):
    windows = [owed.not_after - owed.due_at for owed in plan([visit])]
    assert min(windows, default=LEAST_WINDOW) >= LEAST_WINDOW > LEAST_LEFT


@given(visits)
def test_nothing_is_told_before_it_could_be_known(visit):
    assert all(owed.due_at >= visit.known_since for owed in plan([visit]))


@given(any_visit())
def test_nothing_about_the_way_home_is_owed_before_the_discharge(visit):
    after = {Anchor.DISCHARGE, Anchor.HANDOVER, Anchor.EARLIEST, Anchor.OVER}
    early = {rule.id for rule in visit.protocol.notices if rule.when.after in after}
    assert not any(part.kind in early for owed in plan([visit]) for part in owed.parts)


@given(any_discharged())
def test_nothing_after_the_discharge_is_early(visit):
    events = {
        Anchor.DISCHARGE: visit.left_at,
        Anchor.HANDOVER: visit.left_at,
        Anchor.EARLIEST: earliest_of(visit),
        Anchor.OVER: over_since(visit),
    }
    for owed in plan([visit]):
        for part in owed.parts:
            rule = rules(visit).get(part.kind)
            fills_a_gap = part.kind == visit.protocol.wait.reminder and part.occasion
            if rule is not None and rule.when.after in events and not fills_a_gap:
                assert owed.due_at >= events[rule.when.after] + rule.when.offset


@given(any_discharged())
def test_nobody_is_reminded_of_a_wait_that_is_over(visit):
    over = over_since(visit)
    if over is None:
        return
    for owed in plan([visit]):
        if owed.no_driving and owed.recipient.role is Audience.PATIENT:
            assert owed.due_at <= over


@given(visits)
def test_only_safety_wakes_anyone(visit):
    quiet = visit.protocol.quiet_hours
    if quiet is None:
        return
    for owed in plan([visit]):
        clock = owed.due_at.astimezone(visit.zone).time()
        asleep = clock >= quiet.start or clock < quiet.end
        told_at_once = owed.due_at in {visit.known_since, *(r.accepted_at for r in visit.rides)}
        if asleep and owed.recipient.role is not Audience.STAFF:
            assert owed.safety or told_at_once


@given(any_discharged(), spans(60 * MINUTES, 12 * 60 * MINUTES))
def test_no_waking_stretch_of_the_wait_is_long_without_do_not_drive(visit, every):
    every = max(every, 2 * visit.protocol.merge_within)
    often = changed(visit.protocol, {"wait.remind_at_least_every": every})
    visit = replace(visit, protocol=often)
    end = min(m for m in (over_since(visit), asking_ends(visit)) if m is not None)
    told = sorted(
        owed.due_at
        for owed in plan([visit])
        if owed.no_driving and owed.recipient.role is Audience.PATIENT
    )
    for wake, sleep in waking_hours(visit.left_at, end, often.quiet_hours, visit.zone):
        marks = [wake, *(moment for moment in told if wake <= moment <= sleep), sleep]
        assert all(later - earlier <= every for earlier, later in pairwise(marks))


@given(visits, st.sampled_from([1, 60, 2880]))
def test_each_person_is_told_each_thing_once(visit, factor):
    visit = replace(visit, protocol=faster(visit.protocol, factor))
    keys = [(owed.recipient, part.key) for owed in plan([visit]) for part in owed.parts]
    assert len(keys) == len(set(keys))
