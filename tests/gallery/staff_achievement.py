"""What staff see of what they achieve: a few weeks of visits, and a clinic that has just begun."""

from datetime import timedelta
from typing import Final

from recovery.domain.rights import StaffRole
from recovery.domain.visit import VisitState
from recovery.store.alerts import Alert
from recovery.store.clinics import Clinic
from recovery.store.visits import CheckInAnswer
from tests.builders import (
    NOW,
    a_clinic,
    a_patient,
    a_protocol_version,
    a_ride,
    a_staff,
    a_visit,
    saved,
)
from tests.gallery.entry import Entry, Situation, situation
from tests.notices import a_notice

A_WEEK, A_DAY, MINUTE = timedelta(days=7), timedelta(days=1), timedelta(minutes=1)
#: Visits a week, the newest week first; weeks in which nothing happened among them.
WEEKS: Final = (2, 7, 6, 8, 0, 5, 4, 0, 3, 2)


def some_weeks() -> Situation:
    """Visits of ten weeks: most drivers in time, some notices late, one patient who drove."""
    clinic = a_clinic()
    version = a_protocol_version(clinic)
    for week, count in enumerate(WEEKS):
        for number in range(count):
            _visit(clinic, version, week, number)
    return situation(a_staff(clinic, StaffRole.PROVIDER))


def just_begun() -> Situation:
    """Nothing has happened yet."""
    return situation(a_staff(a_clinic(), StaffRole.NURSE))


def _visit(clinic: Clinic, version: object, week: int, number: int) -> None:
    start = NOW - week * A_WEEK - (number % 3 if week else 0) * A_DAY - timedelta(hours=3)
    gone = {
        "state": VisitState.DISCHARGED.value, "arrived_at": start, "started_at": start,
        "ended_at": start + 40 * MINUTE, "left_at": start + 100 * MINUTE,
    }  # fmt: skip
    lost = {"state": VisitState.CANCELLED.value, "cancelled_at": start - A_DAY}
    patient = a_patient(clinic, name=f"Patient {week}-{number}", phone="")
    times = {"start_at": start, "booked_at": start - timedelta(days=20)}
    visit = a_visit(patient, version, **(times | (lost if number == 5 else gone)))
    if number == 5:
        return
    a_ride(visit, accepted_at=start - (0.2 if number == 4 else 6) * A_DAY, link_hash=None)
    due = start + timedelta(hours=3)
    a_notice(visit, "evening", due_at=due, next_at=None, safety=True, state="shown",
             shown_at=due + (9 if number == 3 else 1) * MINUTE)  # fmt: skip
    if number % 2 == 0:
        answers = {"drove-in-wait": "yes" if number == 6 else "no"}
        saved(
            CheckInAnswer(visit_id=visit.id, check_in="day-1", answers=answers,
                          at=start + 1.5 * A_DAY, drove=number == 6)
        )  # fmt: skip
    if number < 3:
        saved(
            Alert(clinic_id=clinic.id, visit_id=visit.id, key=f"{week}-{number}", kind="drove",
                  level="alert", facts={}, raised_at=start, resolution="",
                  taken_at=start + (3 + 4 * number + week) * MINUTE if week or number else None)
        )  # fmt: skip


PAGE: Final = "/staff/achievement"
STAFF_ACHIEVEMENT: Final = (
    Entry("staff-achievement", some_weeks, PAGE),
    Entry("staff-achievement-months", some_weeks, f"{PAGE}?every=month"),
    Entry("staff-achievement-nothing", just_begun, PAGE),
)
