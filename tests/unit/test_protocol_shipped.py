"""The shipped protocols: complete, sourced, unsigned, and the same number never says two things."""

from datetime import timedelta

import pytest

from recovery.domain.protocol.after import Audience, Condition
from recovery.domain.protocol.model import rules_in
from recovery.domain.protocol.preparation import Advice, StepKind
from recovery.domain.protocol.questions import FlagLevel, Meaning, Urgency
from recovery.domain.protocol.texts import places_in
from recovery.domain.protocol.timing import Anchor
from tests.builders_protocol import SHIPPED_IDS, ketamine, shipped

NOT_SURE = {"en": "I’m not sure", "es": "No sé"}


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_nobody_has_signed_a_shipped_protocol(name: str) -> None:
    assert not shipped(name).is_signed


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_every_rule_says_where_it_comes_from(name: str) -> None:
    assert all(len(rule.source) > 5 for rule in rules_in(shipped(name)))


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_no_text_says_that_driving_is_safe_or_that_a_medicine_should_be_stopped(name: str) -> None:
    words = shipped(name).model_dump_json().casefold()
    for forbidden in ("safe to drive", "you can drive now", "seguro manejar", "stop taking"):
        assert forbidden not in words.replace("never says that anyone is safe to drive", "")
    assert all(m.advice is Advice.ASK_CLINICIAN for m in shipped(name).preparation.medicines)


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_each_deadline_shown_to_the_patient_is_the_one_the_gate_checks(name: str) -> None:
    protocol = shipped(name)
    names = {"heavy-meal": "heavy", "food": "solid", "last-drink": "clear"}
    for rule in protocol.gate.fasting:
        step = next(s for s in protocol.preparation.steps if names.get(s.id) == rule.id)
        assert step.when.after is Anchor.VISIT
        assert step.when.offset == -rule.before


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_numbers_said_in_two_places_agree(name: str) -> None:
    protocol = shipped(name)
    overdue = protocol.notice("staff-overdue")
    still_open = protocol.notice("staff-wait-open")
    no_driver = protocol.notice("staff-no-driver")
    assert overdue is not None
    assert still_open is not None
    assert no_driver is not None
    assert overdue.when.offset == protocol.stay.overdue_after
    assert still_open.when.offset == protocol.wait.keep_asking
    assert no_driver.when.offset == -protocol.driver.task_at


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_a_question_about_the_wait_can_be_answered_with_not_sure(name: str) -> None:
    for check_in in shipped(name).check_ins:
        for question in check_in.questions:
            unsure = [c for c in question.choices if c.text.root == NOT_SURE]
            assert len(unsure) == 1, question.id
            assert unsure[0].means in {None, Meaning.SEDATIVE}


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_phone_38_no_question_is_asked_twice_before_the_visit(name: str) -> None:
    asked = [q for step in shipped(name).preparation.steps for q in step.questions]
    for language in shipped(name).languages:
        texts = [question.text.in_language(language) for question in asked]
        assert len(texts) == len(set(texts))


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_silence_before_the_visit_is_flagged(name: str) -> None:
    protocol = shipped(name)
    asked = [q for step in protocol.preparation.steps for q in step.questions]
    assert all(question.unanswered for question in (*asked, *protocol.gate.questions))


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_not_being_sure_weighs_no_less_than_silence_or_yes(name: str) -> None:
    for step in shipped(name).preparation.steps:
        for question in step.questions:
            unsure = next(c for c in question.choices if c.text.root == NOT_SURE)
            assert unsure.flag is not None, question.id


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_the_reminder_can_be_sent_at_any_time_of_the_wait(name: str) -> None:
    protocol = shipped(name)
    reminder = protocol.notice(protocol.wait.reminder)
    assert reminder is not None
    assert reminder.no_driving
    assert reminder.to == (Audience.PATIENT,)
    assert reminder.only == (Condition.WAITING,)
    assert reminder.check_in is None
    words = " ".join((*reminder.title.root.values(), *reminder.body.root.values()))
    assert "earliest" not in places_in(words)


def test_the_steps_come_in_the_order_of_their_times() -> None:
    for name in SHIPPED_IDS:
        offsets = [step.when.offset for step in shipped(name).preparation.steps]
        assert offsets == sorted(offsets)


def test_the_default_protocol_holds_what_must_hold_a_start() -> None:
    gate = ketamine().gate
    holds = {
        question.id
        for question in gate.questions
        if any(choice.flag is FlagLevel.HOLD for choice in question.choices)
    }
    assert holds == {
        "gate-chest",
        "gate-pregnancy",
        "gate-suicidal",
        "gate-psychosis",
        "gate-substance",
        "gate-opioid",
    }
    pressures = {
        (limit.measure.value, limit.at_or_above, limit.flag.value) for limit in gate.vitals
    }
    assert pressures >= {
        ("systolic", 160, "hold"),
        ("diastolic", 100, "hold"),
        ("systolic", 140, "review"),
        ("diastolic", 90, "review"),
    }


def test_the_default_protocol_asks_for_a_score_of_nine_of_ten_twice() -> None:
    discharge = ketamine().discharge
    assert (2 * len(discharge.items), discharge.pass_at) == (10, 9)
    assert (discharge.readings, discharge.apart) == (2, timedelta(minutes=20))
    assert discharge.spo2_at_least == 94


def test_every_red_flag_of_the_default_protocol_has_its_urgency() -> None:
    urgencies = {flag.id: flag.urgency for flag in ketamine().red_flags}
    assert urgencies == {
        "cannot-be-woken": Urgency.EMERGENCY,
        "trouble-breathing": Urgency.EMERGENCY,
        "chest-pain": Urgency.EMERGENCY,
        "swelling-face-throat": Urgency.EMERGENCY,
        "seizure": Urgency.EMERGENCY,
        "collapse": Urgency.EMERGENCY,
        "suicidal": Urgency.CRISIS,
        "confusion": Urgency.CLINIC_NOW,
        "hallucination": Urgency.CLINIC_NOW,
        "cannot-walk": Urgency.CLINIC_NOW,
        "repeated-vomiting": Urgency.CLINIC_NOW,
        "severe-headache": Urgency.CLINIC_NOW,
        "rash": Urgency.SOON,
        "iv-site": Urgency.SOON,
        "urinary": Urgency.SOON,
        "mood-worse": Urgency.SOON,
        "drove": Urgency.STOP_DRIVING,
        "means-to-drive": Urgency.STOP_DRIVING,
    }


def test_the_default_protocol_has_every_step_of_the_week_before() -> None:
    kinds = {(step.when.offset, step.kind) for step in ketamine().preparation.steps}
    day, hour = timedelta(days=1), timedelta(hours=1)
    assert kinds >= {
        (-7 * day, StepKind.READ),
        (-7 * day, StepKind.ANSWER),
        (-7 * day, StepKind.DRIVER),
        (-2 * day, StepKind.LIMIT),
        (-1 * day, StepKind.ANSWER),
        (-8 * hour, StepKind.LIMIT),
        (-6 * hour, StepKind.LIMIT),
        (-3 * hour, StepKind.ALLOWED),
        (-2 * hour, StepKind.LIMIT),
    }


def test_the_esketamine_wait_has_no_hours_but_a_night_of_sleep() -> None:
    wait = shipped("esketamine-nasal").wait
    assert wait.minimum == timedelta()
    assert wait.next_day_at is not None
    assert wait.sleep_required
