"""The start gate: what holds a start, who may decide, and what no decision lifts."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recovery.store.clinics import Clinic, Staff
from recovery.store.database import db
from tests.builders import a_patient, a_protocol_version, a_ride, a_visit
from tests.builders_protocol import ketamine
from tests.front_desk import Desk


def test_a_hold_stops_the_start(desk: Desk) -> None:
    visit = desk.visit()
    desk.pass_the_gate(visit, systolic="170")
    assert desk.start(visit).status_code == 422
    assert desk.row(visit).started_at is None


def test_a_clinician_may_decide_on_holds_with_a_reason(desk: Desk) -> None:
    visit = desk.visit()
    desk.pass_the_gate(visit, systolic="170")
    assert desk.decide(visit).status_code == 303
    assert desk.start(visit).status_code == 303
    row = desk.row(visit)
    assert "systolic" in row.decided_flags
    assert (row.decided_by, row.decided_why) == (desk.staff_id, "Asked by phone.")


def test_a_decision_needs_a_reason(desk: Desk) -> None:
    visit = desk.visit()
    desk.pass_the_gate(visit, systolic="170")
    answer = desk.act(visit, "decide", hold=["systolic"], decision_why=" ")
    assert answer.status_code == 422
    assert desk.row(visit).decided_flags == []


def test_a_nurse_cannot_decide_on_holds(desk: Desk, nurse: Desk) -> None:
    visit = desk.visit()
    nurse.pass_the_gate(visit, systolic="170")
    assert nurse.decide(visit).status_code == 403
    assert "A clinician may decide on this." in nurse.page(visit)
    assert desk.row(visit).decided_by is None


def test_a_hold_that_the_clinician_did_not_see_is_not_decided(desk: Desk) -> None:
    visit = desk.visit()
    desk.pass_the_gate(visit)
    assert desk.decide(visit).status_code == 303
    desk.done(visit, "gate", **(desk.good_gate() | {"systolic": "170"}))
    assert desk.start(visit).status_code == 422


def test_a_point_to_review_must_be_looked_at(desk: Desk) -> None:
    visit = desk.visit()
    desk.pass_the_gate(visit, systolic="150")
    desk.decide(visit)
    assert desk.act(visit, "start").status_code == 422
    assert desk.start(visit).status_code == 303


def test_without_a_driver_nothing_starts_whatever_is_decided(desk: Desk) -> None:
    visit = desk.visit(driver=False)
    desk.pass_the_gate(visit)
    desk.act(visit, "decide", hold=["no-driver"], decision_why="It will be fine.")
    desk.decide(visit)
    assert desk.start(visit).status_code == 422


def test_an_exemption_in_writing_lets_a_visit_start_without_a_driver(desk: Desk) -> None:
    visit = desk.visit(driver=False)
    desk.pass_the_gate(visit)
    desk.done(visit, "exempt", exempt_why="Stays at the hotel next door, nurse calls.")
    desk.decide(visit)
    assert desk.start(visit).status_code == 303
    row = desk.row(visit)
    assert (row.exempt_by, row.exempt_why[:5]) == (desk.staff_id, "Stays")


def test_only_a_clinician_may_exempt_from_the_driver(desk: Desk, nurse: Desk) -> None:
    visit = desk.visit(driver=False)
    answer = nurse.act(visit, "exempt", exempt_why="No time to wait.")
    assert answer.status_code == 403
    assert "Your role does not include this" in answer.text
    assert desk.row(visit).exempt_by is None


def test_a_driver_who_was_not_reached_holds_the_start(desk: Desk) -> None:
    visit = desk.visit()
    desk.pass_the_gate(visit, driver_reached="")
    assert "The driver was not reached." in desk.page(visit)
    assert desk.start(visit).status_code == 422


def test_what_was_not_measured_holds_the_start(desk: Desk) -> None:
    visit = desk.visit()
    desk.pass_the_gate(visit, systolic="", diastolic="")
    assert "Not measured" in desk.page(visit)


@pytest.mark.parametrize(
    ("field", "value"),
    [("systolic", "1220"), ("systolic", "abc"), ("spo2", "101"), ("systolic", "1e400")],
)
def test_a_slip_of_the_finger_is_refused_and_kept_on_the_page(
    desk: Desk, field: str, value: str
) -> None:
    visit = desk.visit()
    desk.done(visit, "arrive")
    answer = desk.act(visit, "gate", **(desk.good_gate() | {field: value}))
    assert answer.status_code == 422
    assert f'value="{value}"' in answer.text


def test_an_unsigned_protocol_starts_no_real_visit_whatever_is_decided(desk: Desk) -> None:
    visit = desk.visit()
    make_real(desk)
    desk.pass_the_gate(visit)
    desk.decide(visit)
    assert "not signed" in desk.page(visit)
    assert desk.start(visit).status_code == 422


def test_the_demo_clinic_says_so_on_every_page(desk: Desk) -> None:
    visit = desk.visit()
    pages = (
        "",
        "patients",
        "patients/new",
        "alerts",
        f"visits/{visit}",
        f"visits/{visit}/timeline",
    )
    for page in pages:
        text = desk.client.get(f"/staff/{page}").text
        assert "This is a demo clinic" in text
        assert "not signed off" in text


def test_a_signed_protocol_starts_a_real_visit(desk: Desk) -> None:
    make_real(desk)
    signed = ketamine().model_dump(mode="json")
    signed["sign_off"] = {"by": "Dr. Ada Lind", "role": "Medical director", "on": "2026-01-05"}
    body = ketamine().model_validate(signed).model_dump_json()
    with desk.inside() as clinic:
        version = a_protocol_version(clinic, body=body)
        row = a_visit(a_patient(clinic), version)
        a_ride(row)
        visit = row.id
    desk.pass_the_gate(visit)
    desk.decide(visit)
    assert desk.start(visit).status_code == 303


def make_real(desk: Desk) -> None:
    with desk.inside():
        clinic = db.session.get(Clinic, desk.clinic_id)
        assert clinic is not None
        clinic.is_demo = False
        # Nobody works at a real clinic without a second factor.
        for person in db.session.scalars(select(Staff).filter_by(clinic_id=clinic.id)):
            person.totp_secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
        db.session.commit()


def test_a_start_is_not_before_the_arrival_and_not_to_come(desk: Desk) -> None:
    visit = desk.visit()
    desk.wait(30)
    desk.pass_the_gate(visit)
    desk.decide(visit)
    desk.wait(10)
    for by in (timedelta(minutes=5), timedelta(hours=-1)):
        assert desk.start(visit, started_at=desk.local(by)).status_code == 422
    assert desk.start(visit, started_at="tomorrow").status_code == 422
    assert desk.start(visit, started_at=desk.local(-timedelta(minutes=3))).status_code == 303
    assert desk.row(visit).started_at == desk.clock() - timedelta(minutes=3)


def test_staff_ask_in_person_what_the_patient_left_open(desk: Desk) -> None:
    visit = desk.visit()
    desk.done(visit, "arrive")
    at_home = [q for step in ketamine().preparation.steps for q in step.questions]
    page = desk.page(visit)
    assert all(f'name="q-{question.id}"' in page for question in at_home)
    calm = {
        f"q-{question.id}": next(c.id for c in question.choices if c.flag is None)
        for question in at_home
    }
    desk.done(visit, "gate", **(desk.good_gate() | calm))
    assert 'name="hold"' not in desk.page(visit), "nothing is left that holds the start"
    assert desk.start(visit).status_code == 303
