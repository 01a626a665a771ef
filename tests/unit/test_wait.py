"""The wait: do not drive until at least `earliest`, and never by the clock alone."""

from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from recovery.domain.visit import RedFlagRaised, Report, VisitState, WaitOrders
from recovery.domain.wait import Reason, earliest_of, over_since, wait_at
from tests.builders_protocol import shipped
from tests.visits import (
    DAYS,
    HOURS,
    MINUTES,
    any_discharged,
    any_report,
    at,
    booked,
    discharged,
    says_well,
    spans,
    zones,
)


def reasons(visit, now):
    wait = wait_at(visit, now)
    assert wait is not None
    return set(wait.reasons)


def test_there_is_no_wait_before_the_infusion_starts():
    assert wait_at(booked(), at(23, 11, 30)) is None


def test_the_wait_is_on_from_the_start_and_its_end_unknown_until_the_discharge():
    visit = booked(state=VisitState.INFUSING, started_at=at(23, 11, 40))
    wait = wait_at(visit, at(23, 12))
    assert wait is not None
    assert wait.earliest is None
    assert wait.reasons == (Reason.NOT_DISCHARGED,)


def test_it_ends_no_earlier_than_24_hours_after_the_discharge():
    assert earliest_of(discharged()) == at(24, 13, 30)


def test_a_sedative_given_later_than_the_discharge_counts_from_then():
    assert earliest_of(discharged(last_sedative_at=at(23, 14))) == at(24, 14)


def test_a_short_wait_still_lasts_until_six_on_the_next_day():
    visit = discharged(orders=WaitOrders(minimum=timedelta()))
    short = replace(
        visit,
        protocol=visit.protocol.model_copy(
            update={"wait": visit.protocol.wait.model_copy(update={"floor": timedelta()})}
        ),
    )
    assert earliest_of(short) == at(24, 6)


def test_the_wait_stays_24_hours_long_on_the_night_the_clocks_go_forward():
    left = at(7, 13, 30, month=3)
    visit = discharged(ended_at=left - HOURS, left_at=left)
    assert earliest_of(visit) - left == 24 * HOURS
    assert earliest_of(visit).astimezone(visit.zone).hour == 14


def test_esketamine_waits_for_the_next_day_and_for_sleep_only():
    visit = discharged(protocol=shipped("esketamine-nasal"))
    assert earliest_of(visit) == at(24, 6)
    assert Reason.SLEEP_UNKNOWN in reasons(visit, at(24, 7))


def test_the_clock_alone_never_ends_it():
    assert reasons(discharged(), at(30, 12)) == {Reason.SLEEP_UNKNOWN, Reason.SYMPTOMS_UNKNOWN}
    assert over_since(discharged()) is None


def test_it_ends_with_the_answers_given_after_the_earliest_time():
    visit = discharged(reports=(says_well(at(24, 13, 40)),))
    assert over_since(visit) == at(24, 13, 40)


def test_answers_given_too_early_do_not_end_it():
    visit = discharged(reports=(says_well(at(24, 13, 20)),))
    assert reasons(visit, at(24, 14)) == {Reason.SYMPTOMS_UNKNOWN}


def test_an_unanswered_morning_check_keeps_the_wait():
    visit = discharged(reports=(Report(at(24, 8), "morning"),))
    assert Reason.SLEEP_UNKNOWN in reasons(visit, at(24, 14))


def test_a_nap_on_the_day_itself_is_not_a_night():
    nap = Report(at(23, 18), "evening", slept=True)
    well = Report(at(24, 14), "last-questions", symptoms=frozenset())
    assert reasons(discharged(reports=(nap, well)), at(24, 15)) == {Reason.SLEEP_UNKNOWN}


def test_a_poor_night_keeps_it_until_a_better_one():
    poor = Report(at(24, 14), "last-questions", slept=False, symptoms=frozenset())
    visit = discharged(reports=(poor,))
    assert reasons(visit, at(24, 15)) == {Reason.SLEPT_BADLY}
    rested = replace(visit, reports=(poor, Report(at(25, 8), "morning", slept=True)))
    assert over_since(rested) == at(25, 8)


def test_a_symptom_reported_later_opens_it_again():
    well, dizzy = (
        says_well(at(24, 14)),
        Report(at(24, 16), "evening", symptoms=frozenset({"dizziness"})),
    )
    visit = discharged(reports=(well, dizzy))
    assert wait_at(visit, at(24, 15)).over
    assert reasons(visit, at(24, 16)) == {Reason.SYMPTOMS}
    assert over_since(visit) is None


def test_alcohol_moves_the_earliest_end():
    drank = replace(says_well(at(24, 14)), sedative_at=at(24, 12))
    visit = discharged(reports=(drank,))
    assert earliest_of(visit) == at(25, 12)
    assert Reason.TIME in reasons(visit, at(24, 14))


def test_an_open_red_flag_keeps_it():
    visit = discharged(
        reports=(says_well(at(24, 14)),), red_flags=(RedFlagRaised("chest-pain", at(23, 20)),)
    )
    assert reasons(visit, at(24, 15)) == {Reason.RED_FLAG}
    settled = replace(visit, red_flags=(RedFlagRaised("chest-pain", at(23, 20), at(24, 16)),))
    assert over_since(settled) == at(24, 16)


def test_an_urgent_red_flag_opens_a_finished_wait_and_a_mild_one_does_not():
    over = discharged(reports=(says_well(at(24, 14)),))
    urgent = replace(over, red_flags=(RedFlagRaised("chest-pain", at(30, 9)),))
    mild = replace(over, red_flags=(RedFlagRaised("rash", at(30, 9)),))
    assert reasons(urgent, at(30, 9)) == {Reason.RED_FLAG}
    assert over_since(mild) == at(24, 14)


def test_a_mild_red_flag_said_during_the_minimum_wait_keeps_it():
    rash = discharged(
        reports=(says_well(at(24, 14)),), red_flags=(RedFlagRaised("rash", at(23, 18)),)
    )
    assert reasons(rash, at(24, 15)) == {Reason.RED_FLAG}


def test_staff_may_lengthen_freely_and_shorten_only_to_the_floor():
    assert earliest_of(discharged(orders=WaitOrders(extended_until=at(26, 9)))) == at(26, 9)
    assert earliest_of(discharged(orders=WaitOrders(minimum=1 * HOURS))) == at(24, 13, 30)


def test_a_clinician_may_close_it_and_a_later_symptom_opens_it():
    closed = discharged(orders=WaitOrders(closed_at=at(24, 10)))
    assert over_since(closed) == at(24, 10)
    dizzy = Report(at(24, 11), "morning", symptoms=frozenset({"dizziness"}))
    assert over_since(replace(closed, reports=(dizzy,))) is None


@given(any_discharged())
def test_for_any_visit_it_never_ends_before_the_minimum(visit):
    over = over_since(visit)
    assert over is None or over >= earliest_of(visit)
    assert earliest_of(visit) - visit.left_at >= visit.protocol.wait.minimum


@given(any_discharged(), zones)
def test_a_zone_never_shortens_the_elapsed_minimum(visit, zone):
    moved = replace(visit, zone=zone)
    assert earliest_of(moved) >= moved.left_at + moved.protocol.wait.minimum


@given(any_discharged(), st.sampled_from(["slept", "symptoms"]))
def test_an_answer_that_is_unknown_never_shortens_it(visit, unknown):
    vaguer = replace(
        visit, reports=tuple(replace(report, **{unknown: None}) for report in visit.reports)
    )
    known, vague = over_since(visit), over_since(vaguer)
    slept_badly_or_ill = any(r.slept is False or r.symptoms for r in visit.reports)
    assert vague is None or known is not None or slept_badly_or_ill
    if vague is not None and known is not None and not slept_badly_or_ill:
        assert vague >= known


@given(any_discharged(), st.data())
def test_a_worse_report_never_brings_the_end_forward(visit, data):
    worse = replace(
        data.draw(any_report(visit.left_at)), symptoms=frozenset({"dizziness"}), slept=False
    )
    told = replace(visit, reports=tuple(sorted((*visit.reports, worse), key=lambda r: r.at)))
    before, after = over_since(visit), over_since(told)
    assert after is None or before is not None
    assert after is None or after >= before


@given(any_discharged(), spans(0 * HOURS, 5 * DAYS))
def test_a_later_discharge_never_ends_the_wait_earlier(visit, later):
    moved = replace(visit, left_at=visit.left_at + later)
    assert earliest_of(moved) >= earliest_of(visit)


@given(zones, spans(0 * MINUTES, 400 * DAYS))
def test_the_wait_is_the_same_wherever_the_reader_is(zone, since):
    left = at(1, 12, month=1) + since
    visit = discharged(zone=zone, ended_at=left, left_at=left)
    assert earliest_of(visit).tzinfo is UTC
    assert earliest_of(visit) == earliest_of(
        replace(visit, left_at=left.astimezone(ZoneInfo("Asia/Tokyo")))
    )
