"""The code at the door: one visit, the same day, five tries, then only by name with a reason."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, scoped_session

from recovery.domain.ride import RideState, Role
from recovery.services.discharge import hand_over
from recovery.services.handover_code import TRIES, check_code
from recovery.services.refusals import Conflict, NotFound, Refused, TooManyTries
from recovery.store.audit import AuditRow
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.patients import Consent
from recovery.store.visits import Visit
from tests.builders import NOW, a_clinic, a_patient, a_ride, a_staff, a_visit_at_the_door

MINUTE = timedelta(minutes=1)


@pytest.fixture
def visit(session: scoped_session[Session]) -> Iterator[Visit]:
    yield a_visit_at_the_door(a_patient(a_clinic()))
    session.rollback()


@pytest.fixture
def nurse(visit: Visit) -> Staff:
    return a_staff(visit.clinic)


def test_the_right_code_records_who_took_the_patient_and_when(visit: Visit, nurse: Staff) -> None:
    ride = a_ride(visit)
    taken = check_code(nurse, visit.id, "482 913", NOW)
    assert (taken.id, taken.state, taken.took_at) == (ride.id, "took", NOW)
    assert visit.handed_over_at == NOW
    row = db.session.scalars(select(AuditRow).where(AuditRow.verb == "handed-over")).one()
    assert (row.actor, row.actor_id, row.subject_id) == ("staff", nurse.id, ride.id)


def test_the_backups_code_names_the_backup(visit: Visit, nurse: Staff) -> None:
    a_ride(visit)
    backup = a_ride(visit, role=Role.BACKUP.value, phone="+12125550178", code="111222")
    assert check_code(nurse, visit.id, "111222", NOW).id == backup.id


def test_the_same_code_again_changes_nothing(visit: Visit, nurse: Staff) -> None:
    a_ride(visit)
    check_code(nurse, visit.id, "482913", NOW)
    assert check_code(nurse, visit.id, "482913", NOW + MINUTE).took_at == NOW


def test_after_five_wrong_codes_even_the_right_one_is_refused(visit: Visit, nurse: Staff) -> None:
    a_ride(visit)
    for _ in range(TRIES):
        with pytest.raises(Refused, match="not the code"):
            check_code(nurse, visit.id, "000000", NOW)
    with pytest.raises(TooManyTries):
        check_code(nurse, visit.id, "482913", NOW)
    wrong = select(func.count(AuditRow.id)).where(AuditRow.verb == "wrong-code")
    assert db.session.scalar(wrong) == TRIES


@pytest.mark.parametrize("code", ["", "48291", "4829133", "abc"])
def test_what_is_not_the_code_hands_nobody_over(visit: Visit, nurse: Staff, code: str) -> None:
    ride = a_ride(visit)
    with pytest.raises(Refused):
        check_code(nurse, visit.id, code, NOW)
    assert ride.state == RideState.ACCEPTED.value
    assert visit.handed_over_at is None


def test_a_code_is_good_on_the_day_of_the_visit_only(visit: Visit, nurse: Staff) -> None:
    a_ride(visit)
    with pytest.raises(Refused, match="day"):
        check_code(nurse, visit.id, "482913", NOW + timedelta(days=1))


def test_a_code_is_good_for_its_own_visit_only(visit: Visit, nurse: Staff) -> None:
    a_ride(visit, code="111222")
    a_ride(a_visit_at_the_door(a_patient(visit.clinic, name="Ann Lee"), visit.protocol_version))
    with pytest.raises(Refused):
        check_code(nurse, visit.id, "482913", NOW)


def test_the_code_of_somebody_taken_back_opens_nothing(visit: Visit, nurse: Staff) -> None:
    a_ride(visit)
    db.session.scalars(select(Consent)).one().withdrawn_at = NOW
    db.session.commit()
    with pytest.raises(Refused):
        check_code(nurse, visit.id, "482913", NOW)


def test_a_code_is_not_taken_before_the_infusion_has_ended(visit: Visit, nurse: Staff) -> None:
    a_ride(visit)
    visit.state = "infusing"
    db.session.commit()
    with pytest.raises(Conflict):
        check_code(nurse, visit.id, "482913", NOW)


def test_staff_of_another_clinic_find_no_visit(visit: Visit) -> None:
    a_ride(visit)
    with pytest.raises(NotFound):
        check_code(a_staff(a_clinic()), visit.id, "482913", NOW)


def test_phone_49_one_visit_same_day_five_tries_then_staff_override_by_name_with_a_reason(
    visit: Visit, nurse: Staff
) -> None:
    ride = a_ride(visit)
    other = a_visit_at_the_door(a_patient(visit.clinic, name="Ann Lee"), visit.protocol_version)
    a_ride(other, code="111222")
    with pytest.raises(Refused, match="day of the visit"):
        check_code(nurse, visit.id, ride.code, NOW + timedelta(days=1))
    for wrong in ("111222", "000000", "999999", "48291", ""):
        with pytest.raises(Refused, match="not the code"):
            check_code(nurse, visit.id, wrong, NOW)
    with pytest.raises(TooManyTries, match="Hand over by name, with a reason"):
        check_code(nurse, visit.id, ride.code, NOW)
    for name, why in (("", "No code."), ("Sam Rivera", "")):
        with pytest.raises(Refused):
            hand_over(nurse, visit.id, name, why, NOW)
        db.session.rollback()
    hand_over(nurse, visit.id, "Sam Rivera", "The phone is broken; I know him.", NOW + MINUTE)
    kept = db.session.get_one(Visit, visit.id)
    assert (kept.handed_to, kept.handed_over_at) == ("Sam Rivera", NOW + MINUTE)
    assert kept.handover_why == "The phone is broken; I know him."
    row = db.session.scalars(select(AuditRow).where(AuditRow.verb == "handed-over")).one()
    assert (row.actor, row.actor_id, row.subject_id) == ("staff", nurse.id, visit.id)
    assert check_code(nurse, other.id, "111222", NOW).took_at == NOW
