"""The page of what a clinic achieves: pictures, the same in numbers, as CSV, of one clinic only."""

import csv
import io
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from recovery.domain.achievement import Count, Every, periods
from recovery.domain.rights import StaffRole
from recovery.domain.visit import VisitState
from recovery.services.achievement import Achieved, achieved
from recovery.services.alerts import take_alert
from recovery.store.alerts import Alert
from recovery.store.audit import AuditRow
from recovery.store.clinics import Clinic, ProtocolVersion
from recovery.store.database import db
from recovery.store.visits import CheckInAnswer, Visit
from tests.builders import NOW, a_clinic, a_patient, a_ride, a_staff, a_visit, saved
from tests.clock import TestClock
from tests.front_desk import Desk
from tests.notices import MINUTE, a_notice

PAGE = "/staff/achievement"
A_DAY = timedelta(days=1)
LAST_WEEK = NOW - 5 * A_DAY


def gone_home(clinic: Clinic, **changes: Any) -> Visit:
    """A visit of the week before, booked long before, without a driver."""
    times = {
        "state": VisitState.DISCHARGED.value, "start_at": LAST_WEEK, "arrived_at": LAST_WEEK,
        "started_at": LAST_WEEK, "ended_at": LAST_WEEK + 40 * MINUTE,
        "left_at": LAST_WEEK + 100 * MINUTE, "booked_at": LAST_WEEK - 30 * A_DAY,
    }  # fmt: skip
    chosen = select(ProtocolVersion).where(ProtocolVersion.clinic_id == clinic.id)
    version = db.session.scalars(chosen).first()
    return a_visit(a_patient(clinic, phone=""), version, **(times | changes))


def an_alert(visit: Visit, key: str, level: str = "alert", **changes: Any) -> Alert:
    values = {"clinic_id": visit.clinic_id, "visit_id": visit.id, "kind": "drove", "facts": {}}
    alert: Alert = saved(
        Alert(**values, key=key, level=level, raised_at=LAST_WEEK, resolution="", **changes)
    )
    return alert


def last_week(clinic: Clinic) -> Achieved:
    found = achieved(clinic, periods(Every.WEEK, NOW.date(), 12), NOW)
    assert len(found) == 12
    return found[-2]


def test_each_number_is_counted_from_the_rows_of_the_week(app: Flask) -> None:
    with app.app_context():
        clinic = a_clinic()
        first, second = gone_home(clinic), gone_home(clinic)
        a_ride(first, accepted_at=LAST_WEEK - 10 * A_DAY)
        gone_home(clinic, state="cancelled", cancelled_at=LAST_WEEK - 2 * 60 * MINUTE, left_at=None)
        for place, seen in enumerate((1, 9)):
            at = LAST_WEEK + place * MINUTE
            a_notice(first, "evening", str(place), safety=True, state="shown", due_at=at,
                     shown_at=at + seen * MINUTE, next_at=None)  # fmt: skip
        said = {"answers": {"drove-in-wait": "yes"}, "drove": True, "at": NOW - 3 * A_DAY}
        saved(CheckInAnswer(visit_id=first.id, check_in="day-1", **said))
        found = last_week(clinic)
        assert found.confirmed == Count(1, 3)
        assert found.cancelled == Count(1, 3)
        assert found.seen == Count(1, 2)
        assert found.drove == Count(1, 1)
        assert found.answered.part == 1
        assert found.answered.whole > 1
        assert second.id


def test_the_time_until_a_person_took_an_alert_is_counted(app: Flask) -> None:
    with app.app_context():
        clinic = a_clinic()
        visit = gone_home(clinic)
        staff = a_staff(clinic)
        take_alert(staff, an_alert(visit, "taken").id, LAST_WEEK + 4 * MINUTE)
        an_alert(visit, "settled", resolved_at=LAST_WEEK + 8 * MINUTE, resolved_by=staff.id)
        an_alert(visit, "by itself", resolved_at=LAST_WEEK + MINUTE)
        an_alert(visit, "a task", level="task")
        an_alert(visit, "open")
        found = last_week(clinic).alerts
        assert sorted(found.took) == [4 * MINUTE, 8 * MINUTE]
        assert found.unanswered == 1


def test_nothing_of_another_clinic_counts(app: Flask) -> None:
    with app.app_context():
        clinic, other = a_clinic(), a_clinic(name="Another Clinic")
        visit = gone_home(other)
        an_alert(visit, "theirs", taken_at=NOW)
        a_notice(visit, safety=True, state="shown", due_at=LAST_WEEK, next_at=None)
        assert last_week(clinic) == Achieved(last_week(clinic).period)
        assert last_week(other).seen.whole == 1


def test_a_week_is_one_of_the_clinics_own_calendar(app: Flask) -> None:
    """Sunday, 23:30 in New York is Monday in UTC."""
    late = NOW.replace(hour=4, minute=30)
    assert late.weekday() == 0
    with app.app_context():
        clinic = a_clinic()
        gone_home(clinic, start_at=late)
        assert last_week(clinic).cancelled.whole == 1


def test_small_numbers_are_told_as_they_are(app: Flask, desk: Desk) -> None:
    with desk.inside() as clinic:
        visits = [gone_home(clinic) for _ in range(4)]
        for visit in visits[:3]:
            a_ride(visit, accepted_at=LAST_WEEK - 10 * A_DAY)
    page = desk.client.get(PAGE).text
    assert "3 of 4" in page
    assert "75" not in page.split("<svg")[0]
    assert "(75" not in page
    with desk.inside() as clinic:
        for _ in range(20):
            a_ride(gone_home(clinic), accepted_at=LAST_WEEK - 10 * A_DAY)
    assert "23 of 24 (96\N{NO-BREAK SPACE}%)" in desk.client.get(PAGE).text


def test_a_clinic_that_has_just_begun_sees_no_percent_of_nothing(desk: Desk) -> None:
    for every in ("week", "month", "nonsense"):
        answer = desk.client.get(f"{PAGE}?every={every}")
        assert (answer.status_code, "%" in answer.text.split("<main")[1]) == (200, False)


def test_the_numbers_are_handed_out_to_who_may_take_data_out(
    app: Flask, desk: Desk, nurse: Desk, clock: TestClock
) -> None:
    with desk.inside() as clinic:
        a_ride(gone_home(clinic), accepted_at=LAST_WEEK - 10 * A_DAY)
    answer = desk.client.submit(PAGE, {"every": "week"}, to=f"{PAGE}/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="achievement-weeks.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(rows) == 12
    last = rows[-2]
    assert (last["first_day"], last["last_day"]) == ("2026-02-23", "2026-03-01")
    assert (last["confirmed_part"], last["confirmed_whole"]) == ("1", "1")
    assert rows[0]["minutes_median"] == ""
    with app.app_context():
        verbs = db.session.scalars(select(AuditRow.verb)).all()
        assert "exported-achievements" in verbs
    assert "/achievement/export" not in nurse.client.get(PAGE).text
    admin = Desk(app.test_client(), clock, desk.clinic_id, StaffRole.ADMIN)
    assert "/achievement/export" in admin.client.get(PAGE).text
