"""What the answers of a check-in mean."""

import pytest

from recovery.domain.protocol.questions import Meaning, Urgency
from recovery.domain.triage import red_flag_counts, triage
from tests.builders_protocol import ketamine
from tests.visits import at, discharged

LAST = ketamine().check_in("last-questions")
ALL = [question for check_in in ketamine().check_ins for question in check_in.questions]


def meaning(question, wanted):
    return next((c.id for c in question.choices if c.means is wanted), None)


def answers(symptom=Meaning.NO_SYMPTOM, slept=Meaning.SLEPT):
    wanted = {}
    for question in LAST.questions:
        choice = meaning(question, symptom) or meaning(question, slept)
        if choice is not None:
            wanted[question.id] = choice
    return wanted


def judged(given, check_in=LAST, moment=None):
    return triage(discharged(), check_in, given, moment or at(24, 13, 40))


def test_slept_and_no_symptom_is_what_can_end_the_wait():
    report = judged(answers()).report
    assert (report.slept, report.symptoms) == (True, frozenset())


def test_one_symptom_counts_at_once():
    report = judged(answers(symptom=Meaning.SYMPTOM)).report
    assert report.symptoms == frozenset(ketamine().wait.symptoms)


def test_one_symptom_left_open_is_not_a_denial():
    given = answers()
    first = next(q.id for q in LAST.questions if q.symptom)
    del given[first]
    assert judged(given).report.symptoms is None


def test_not_sure_is_never_a_good_answer():
    unsure = {
        q.id: choice.id for q in LAST.questions for choice in q.choices if "sure" in choice.id
    }
    report = judged(unsure).report
    assert report.slept is None
    assert report.symptoms is None


def test_an_answer_that_is_not_ours_is_no_answer():
    report = judged(dict.fromkeys(answers(), "'; drop table visit")).report
    assert (report.slept, report.symptoms) == (None, None)


def test_a_drink_is_kept_with_its_time():
    question = next(q for q in LAST.questions if meaning(q, Meaning.SEDATIVE))
    report = judged({question.id: meaning(question, Meaning.SEDATIVE)}).report
    assert report.sedative_at == at(24, 13, 40)


@pytest.mark.parametrize(
    "question", [q for q in ALL if any(c.red_flag for c in q.choices)], ids=lambda q: q.id
)
def test_each_answer_that_must_not_wait_raises_its_red_flag(question):
    check_in = next(c for c in ketamine().check_ins if question in c.questions)
    for choice in question.choices:
        if choice.red_flag:
            raised = judged({question.id: choice.id}, check_in, at(24, 13, 40)).red_flags
            assert [flag.id for flag in raised] == [choice.red_flag]


def test_the_worst_red_flag_comes_first():
    urgencies = [flag.urgency for flag in ketamine().red_flags]
    assert Urgency.EMERGENCY in urgencies
    given, check_in = {}, ketamine().check_in("later-2h")
    for question in check_in.questions:
        flagged = [choice.id for choice in question.choices if choice.red_flag]
        given |= {question.id: flagged[0]} if flagged else {}
    raised = judged(given, check_in).red_flags
    order = [list(Urgency).index(flag.urgency) for flag in raised]
    assert len(raised) > 1
    assert order == sorted(order)


def test_what_is_expected_at_first_counts_only_later():
    flag = next(flag for flag in ketamine().red_flags if flag.only_after)
    visit = discharged()
    assert not red_flag_counts(visit, flag, visit.ended_at + flag.only_after / 2)
    assert red_flag_counts(visit, flag, visit.ended_at + flag.only_after)


@pytest.mark.parametrize("check_in", ["morning", "last-questions"])
def test_tapping_the_first_answer_of_each_question_never_ends_a_wait(check_in):
    asked = ketamine().check_in(check_in)
    first = {question.id: question.choices[0].id for question in asked.questions}
    report = judged(first, asked).report
    assert report.slept is False
    assert report.symptoms
