"""The start gate and the discharge gate."""

from dataclasses import replace
from datetime import timedelta

import pytest

from recovery.domain import discharge, gate
from recovery.domain.discharge import DischargeFacts, Need, Reading
from recovery.domain.gate import GateFacts
from recovery.domain.protocol.day import Measure
from recovery.domain.protocol.questions import FlagLevel
from recovery.domain.visit import RedFlagRaised, VisitState
from tests.builders_protocol import changed, ketamine
from tests.visits import accepted, at, booked, discharged

START = at(23, 11, 40)


def good_answers(protocol):
    """For each question an answer that raises nothing."""
    asked = [q for step in protocol.preparation.steps for q in step.questions]
    return {
        question.id: next(choice.id for choice in question.choices if choice.flag is None)
        for question in [*asked, *protocol.gate.questions]
    }


def all_well(**changes):
    values = {
        "answers": good_answers(ketamine()),
        "last_taken": {rule.id: at(22, 20) for rule in ketamine().gate.fasting},
        "vitals": {
            Measure.SYSTOLIC: 120,
            Measure.DIASTOLIC: 80,
            Measure.PULSE: 70,
            Measure.SPO2: 98,
        },
        "driver_reachable": True,
        "signed_or_demo": True,
    }
    return GateFacts(**(values | changes))


def arrived(**changes):
    return booked(state=VisitState.ARRIVED, arrived_at=at(23, 11, 15), **changes)


def flagged(facts, visit=None):
    return {flag.id: flag.level for flag in gate.flags(visit or arrived(), facts, START)}


def test_nothing_speaks_against_a_start_when_all_is_well():
    assert flagged(all_well()) == {}


@pytest.mark.parametrize(
    ("systolic", "diastolic", "expected"),
    [
        (139, 89, {}),
        (140, 80, {"systolic": FlagLevel.REVIEW}),
        (120, 90, {"diastolic": FlagLevel.REVIEW}),
        (160, 80, {"systolic": FlagLevel.HOLD}),
        (120, 100, {"diastolic": FlagLevel.HOLD}),
    ],
)
def test_pressure_limits_read_systolic_or_diastolic_at_or_above(systolic, diastolic, expected):
    vitals = {**all_well().vitals, Measure.SYSTOLIC: systolic, Measure.DIASTOLIC: diastolic}
    assert flagged(all_well(vitals=vitals)) == expected


def test_what_was_not_measured_is_a_hold():
    assert flagged(all_well(vitals={}))["unmeasured:systolic"] is FlagLevel.HOLD


def test_food_inside_the_window_is_a_hold_and_unknown_is_not_assumed_fine():
    (food, *_), known = ketamine().gate.fasting, all_well().last_taken
    just_inside = {**known, food.id: START - food.before + timedelta(seconds=1)}
    assert flagged(all_well(last_taken=just_inside)) == {f"fasting:{food.id}": food.flag}
    just_outside = {**known, food.id: START - food.before}
    assert flagged(all_well(last_taken=just_outside)) == {}
    assert f"unknown:{food.id}" in flagged(all_well(last_taken={**known, food.id: None}))


def test_every_question_left_open_is_flagged_as_the_protocol_says():
    raised = flagged(all_well(answers={}))
    asked = [q for step in ketamine().preparation.steps for q in step.questions]
    for question in [*asked, *ketamine().gate.questions]:
        if question.unanswered is not None:
            assert raised[f"unanswered:{question.id}"] is question.unanswered


def test_no_accepted_driver_is_a_hold_until_exempted():
    alone = arrived(rides=())
    assert flagged(all_well(), alone) == {"no-driver": FlagLevel.HOLD}
    assert flagged(all_well(), replace(alone, exempt=True)) == {}


def test_a_driver_who_cannot_be_reached_is_a_hold():
    assert flagged(all_well(driver_reachable=False)) == {"driver-unreachable": FlagLevel.HOLD}


def test_a_protocol_that_nobody_signed_cannot_start_a_real_visit():
    assert flagged(all_well(signed_or_demo=False)) == {"protocol-unsigned": FlagLevel.HOLD}


def test_holds_come_first():
    levels = [flag.level for flag in gate.flags(arrived(), all_well(answers={}, vitals={}), START)]
    assert levels == sorted(levels, key=lambda level: level is not FlagLevel.HOLD)


def reading(moment, points=2, **changes):
    return Reading(moment, {item.id: points for item in ketamine().discharge.items} | changes)


def at_the_door(**changes):
    values = {
        "readings": (reading(at(23, 12, 50)), reading(at(23, 13, 15))),
        "checks": frozenset(check.id for check in ketamine().discharge.checks),
        "spo2": 97,
        "spo2_as_before": False,
        "handed_over": True,
    }
    return DischargeFacts(**(values | changes))


def ready(**changes):
    values = {"state": VisitState.READY, "left_at": None, "rides": (accepted(),)}
    return discharged(**(values | changes))


def needs(facts, visit=None, now=None):
    return [m.need for m in discharge.missing(visit or ready(), facts, now or at(23, 13, 30))]


def test_a_patient_may_go_when_all_is_true():
    assert needs(at_the_door()) == []


def test_the_stay_is_an_hour_after_the_end():
    assert needs(at_the_door(), now=at(23, 13, 19)) == [Need.STAY]
    assert needs(at_the_door(), now=at(23, 13, 20)) == []


def test_without_a_driver_the_stay_is_two_hours():
    alone = ready(rides=(), exempt=True)
    assert needs(at_the_door(handed_over=False), alone, at(23, 14, 19)) == [Need.STAY]
    assert needs(at_the_door(handed_over=False), alone, at(23, 14, 20)) == []


def test_one_reading_is_not_enough():
    assert needs(at_the_door(readings=(reading(at(23, 13)),))) == [Need.READINGS]


def test_two_readings_too_close_together_do_not_count():
    close = (reading(at(23, 13)), reading(at(23, 13, 19)))
    assert needs(at_the_door(readings=close)) == [Need.READINGS_TOO_CLOSE]


def test_both_of_the_last_two_readings_must_pass():
    item = ketamine().discharge.items[0].id
    low = reading(at(23, 13), **{item: 0})
    assert needs(at_the_door(readings=(low, reading(at(23, 13, 25))))) == [Need.SCORE]
    three = (low, reading(at(23, 13, 1)), reading(at(23, 13, 25)))
    assert needs(at_the_door(readings=three)) == []


def test_an_item_left_out_is_not_a_score():
    partial = Reading(at(23, 13, 25), {ketamine().discharge.items[0].id: 2})
    assert needs(at_the_door(readings=(reading(at(23, 13)), partial))) == [Need.SCORE]


def test_oxygen_is_at_least_the_limit_or_as_before():
    assert needs(at_the_door(spo2=93)) == [Need.OXYGEN]
    assert needs(at_the_door(spo2=None)) == [Need.OXYGEN]
    assert needs(at_the_door(spo2=93, spo2_as_before=True)) == []


def test_every_line_of_the_checklist_counts():
    missing = discharge.missing(ready(), at_the_door(checks=frozenset()), at(23, 13, 30))
    assert [m.detail for m in missing] == [check.id for check in ketamine().discharge.checks]


def test_what_the_driver_must_have_is_not_asked_when_nobody_drives():
    alone = ready(rides=(), exempt=True)
    missing = discharge.missing(alone, at_the_door(checks=frozenset()), at(23, 15))
    of_driver = [check.id for check in ketamine().discharge.checks if check.of_driver]
    assert of_driver == ["instructions-driver"]
    assert not set(of_driver) & {need.detail for need in missing}


def test_whoever_goes_alone_is_expected_no_earlier_than_their_stay_ends():
    alone = ready(rides=(), exempt=True)
    assert alone.pickup_expected == discharge.stay_until(alone)


def test_nobody_goes_home_while_a_red_flag_is_open():
    ill = ready(red_flags=(RedFlagRaised("chest-pain", at(23, 13)),))
    assert needs(at_the_door(), ill) == [Need.RED_FLAG]
    settled = ready(red_flags=(RedFlagRaised("chest-pain", at(23, 13), at(23, 13, 20)),))
    assert needs(at_the_door(), settled) == []


def test_the_handover_must_be_recorded():
    assert needs(at_the_door(handed_over=False)) == [Need.HANDOVER]


def test_a_protocol_without_a_driver_needs_no_handover():
    alone = ready(protocol=changed(ketamine(), {"driver.required": False}), rides=())
    assert needs(at_the_door(handed_over=False), alone) == []
