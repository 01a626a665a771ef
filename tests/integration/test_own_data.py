"""A patient's rights: who has looked, a copy of all of it, nobody told any more, the end."""

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.domain.rights import StaffRole
from recovery.domain.visit import VisitState
from recovery.services.codes import make_code
from recovery.services.corrections import correct_reach
from recovery.services.of_patient import belongs
from recovery.services.planning import replan
from recovery.store.addresses import Channel
from recovery.store.alerts import Alert
from recovery.store.audit import AuditRow
from recovery.store.clinics import Staff
from recovery.store.database import Base, db
from recovery.store.notices import Notice
from recovery.store.patients import Consent, Patient
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face, SignIn
from recovery.store.visits import Visit
from tests.builders import NOW, a_patient, a_ride, a_visit, a_visit_at_the_door, signed_in
from tests.carriers import an_address
from tests.clock import TestClock
from tests.front_desk import Desk
from tests.visitor import Visitor

#: Tables of the clinic, of its staff, or of the machine: nothing there is a patient's.
NOT_A_PATIENTS = {
    "clinic", "staff", "protocol_version", "protocol_draft", "passkey", "recovery_code",
    "worker_beat", "staff_calendar", "throttle", "text_stop", "ended_link", "clinic_logo",
}  # fmt: skip


@pytest.fixture
def phone(app: Flask) -> Visitor:
    """The browser of a patient."""
    client = app.test_client()
    assert isinstance(client, Visitor)
    return client


def a_person(desk: Desk, phone: Visitor, state: VisitState | None = VisitState.BOOKED) -> int:
    """A patient of the desk's clinic who holds the phone, with a driver; returns the id."""
    with desk.inside() as clinic:
        patient = a_patient(clinic)
        if state is not None:
            at_the_door = {VisitState.DISCHARGED, VisitState.READY}
            build = a_visit_at_the_door if state in at_the_door else a_visit
            left = {"left_at": NOW} if state is VisitState.DISCHARGED else {}
            a_ride(build(patient, state=state.value, **left))
        replan(patient.id, NOW)
        signed_in(phone, Face.PATIENT, patient)
        return patient.id


def test_every_table_is_a_patients_or_named_as_not_being_so() -> None:
    tables = {model.__tablename__ for model in belongs(1)}
    assert {table.name for table in Base.metadata.sorted_tables} == tables | NOT_A_PATIENTS


def test_a_patient_reads_who_has_looked_and_who_took_a_copy(desk: Desk, phone: Visitor) -> None:
    patient = a_person(desk, phone)
    assert "Nobody at the clinic has opened your page yet." in phone.get("/me/data").text
    desk.client.get(f"/staff/patients/{patient}")
    page = phone.get("/me/data").text
    assert "Provider Weiss, doctor or provider" in page
    assert "Monday, March\u00a02, 9:00" in page
    of = f"/staff/patients/{patient}/data"
    assert desk.client.submit(of, to=f"{of}/file").status_code == 200
    assert "Provider Weiss, doctor or provider, took a copy" in phone.get("/me/data").text


def test_the_copy_holds_all_of_the_patient_and_nothing_of_others_or_of_secrets(
    desk: Desk, phone: Visitor
) -> None:
    patient = a_person(desk, phone)
    with desk.inside() as clinic:
        other = a_patient(clinic, name="Ana Ruiz")
        a_visit(other, db.session.scalars(select(Visit)).one().protocol_version)
    answer = phone.submit("/me/data", to="/me/data/file")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    kept = json.loads(answer.data)
    assert kept["patient"][0]["name"] == "Rosa Delgado"
    assert kept["contact"][0]["name"] == "Sam Rivera"
    assert len(kept["visit"]) == len(kept["ride"]) == len(kept["consent"]) == 1
    assert kept["visit"][0]["start_at"] == "2026-03-02T15:00:00+00:00"
    assert kept["notice"]
    assert "Ana Ruiz" not in answer.text
    with desk.inside():
        for row in db.session.scalars(select(SignIn)):
            assert row.token_hash not in answer.text
        assert db.session.scalars(select(Ride.code)).one() not in answer.text
        verbs = db.session.scalars(select(AuditRow.verb).where(AuditRow.actor == "patient"))
        assert list(verbs) == ["exported-record"]
        assert db.session.get_one(Patient, patient).name in answer.text


def test_a_number_that_staff_corrected_is_in_no_copy_as_it_may_be_somebody_elses(
    desk: Desk, phone: Visitor
) -> None:
    patient = a_person(desk, phone)
    wrong, wrong_mail = "+12125550142", "rosa@elsewhere.example"
    with desk.inside():
        rosa = db.session.get_one(Patient, patient)
        rosa.email = wrong_mail
        for channel, to in ((Channel.TEXT, wrong), (Channel.EMAIL, wrong_mail)):
            an_address(rosa, channel, to=to)
        provider = db.session.get_one(Staff, desk.staff_id)
        correct_reach(provider, patient, "(212) 555-0199", "", NOW)
    of = f"/staff/patients/{patient}/data"
    for copy in (
        phone.submit("/me/data", to="/me/data/file"),
        desk.client.submit(of, to=f"{of}/file"),
        phone.get("/me/data/all"),
    ):
        assert copy.status_code == 200
        assert wrong not in copy.text
        assert "212) 555-0142" not in copy.text
        assert wrong_mail not in copy.text
    kept = json.loads(phone.submit("/me/data", to="/me/data/file").data)
    assert kept["patient"][0]["phone"] == "+12125550199"
    assert {(one["to"], one["retired_why"]) for one in kept["address"]} == {("", "corrected")}


def test_the_paper_says_all_of_it_in_words(desk: Desk, phone: Visitor) -> None:
    a_person(desk, phone, VisitState.DISCHARGED)
    page = phone.get("/me/data/all").text
    for words in ("April 12, 1988", "You went home", "Sam Rivera", "Drives you home", "You left"):
        assert words in page


def test_a_driver_is_told_nothing_more_after_one_tap(desk: Desk, phone: Visitor) -> None:
    a_person(desk, phone)
    page = phone.get("/me/data").text
    assert "At once Sam sees and hears nothing more." in page
    assert "or your visit cannot start" in page
    with desk.inside():
        ride = db.session.scalars(select(Ride.id)).one()
    assert phone.submit("/me/data", to=f"/me/rides/{ride}/take-back").status_code == 303
    with desk.inside():
        assert db.session.scalars(select(Consent)).one().withdrawn_at == NOW
    assert "Sam" not in phone.get("/me/data").text


@pytest.mark.parametrize("state", [VisitState.READY, VisitState.DISCHARGED])
def test_an_account_does_not_end_while_its_owner_is_looked_after(
    desk: Desk, phone: Visitor, state: VisitState
) -> None:
    patient = a_person(desk, phone, state)
    page = phone.get("/me/data/end").text
    assert "Your account cannot end yet" in page
    assert "<form" not in page.split("<main")[1].split("</main")[0]
    assert phone.submit("/me/data", to="/me/data/end").status_code == 409
    assert phone.get("/me").status_code == 200
    of = f"/staff/patients/{patient}/data"
    assert "Not before the wait of the last visit is over" in desk.client.get(of).text
    assert desk.client.submit(f"/staff/patients/{patient}", to=f"{of}/end").status_code == 422
    with desk.inside():
        assert db.session.get_one(Patient, patient).ended_at is None


def test_the_end_of_an_account_ends_notices_phones_and_consents_and_asks_the_clinic(
    desk: Desk, phone: Visitor
) -> None:
    patient = a_person(desk, phone)
    with desk.inside():
        code = make_code(db.session.get_one(Patient, patient), NOW)
    assert "stays booked" in phone.get("/me/data/end").text
    ended = phone.submit("/me/data/end")
    assert ended.status_code == 200
    assert ended.headers["Clear-Site-Data"] == '"cache"'
    assert phone.get("/me").status_code == 401
    with desk.inside():
        row = db.session.get_one(Patient, patient)
        assert (row.ended_at, row.halted_at) == (NOW, NOW)
        assert db.session.scalars(select(Consent)).one().withdrawn_at == NOW
        owed = select(Notice).where(Notice.next_at.is_not(None), Notice.role == "patient")
        assert db.session.scalars(owed).all() == []
        assert db.session.scalars(select(Alert.kind)).all().count("account-ended") == 1
    assert phone.submit("/code", {"code": code}).status_code == 422
    assert "A patient ended their account" in desk.client.get("/staff/alerts").text
    assert "ended their account on" in desk.client.get(f"/staff/patients/{patient}").text


def test_staff_cannot_let_notices_out_again_to_somebody_who_ended_their_account(
    desk: Desk, phone: Visitor
) -> None:
    patient = a_person(desk, phone)
    phone.submit("/me/data/end")
    page = f"/staff/patients/{patient}"
    assert f"{page}/release" not in desk.client.get(page).text
    why = {"why-patient": "Feels better."}
    refused = desk.client.submit(f"{page}/data", why, to=f"{page}/release")
    assert refused.status_code == 422
    assert "If they come back, make a welcome link" in refused.text
    with desk.inside():
        row = db.session.get_one(Patient, patient)
        assert (row.ended_at, row.halted_at) == (NOW, NOW)
        owed = select(Notice).where(Notice.next_at.is_not(None), Notice.role == "patient")
        assert db.session.scalars(owed).all() == []


def test_a_new_link_opens_an_ended_account_again(desk: Desk, phone: Visitor) -> None:
    patient = a_person(desk, phone, None)
    phone.submit("/me/data/end")
    page = f"/staff/patients/{patient}"
    link = desk.client.submit(page, to=f"{page}/welcome").text.split("/welcome/")[1].split("<")[0]
    path = f"/welcome/{link.split(chr(34))[0].strip()}"
    assert phone.submit(path, {"born": "1988-04-12"}).status_code == 303
    with desk.inside():
        row = db.session.get_one(Patient, patient)
        assert (row.ended_at, row.halted_at) == (None, None)


def test_staff_do_the_same_for_a_patient_as_far_as_their_role_may(
    app: Flask, desk: Desk, phone: Visitor, clock: TestClock
) -> None:
    patient = a_person(desk, phone)
    of = f"/staff/patients/{patient}/data"
    client = app.test_client()
    assert isinstance(client, Visitor)
    front = Desk(client, clock, desk.clinic_id, StaffRole.FRONT_DESK)
    page = front.client.get(of).text
    assert "A copy of all of it" not in page
    assert "End the account" not in page
    assert front.client.submit(of, to=f"{of}/end").status_code == 403
    with desk.inside():
        ride = db.session.scalars(select(Ride.id)).one()
    assert front.client.submit(of, to=f"{of}/rides/{ride}/stop").status_code == 303
    with desk.inside():
        assert db.session.scalars(select(Consent)).one().withdrawn_at == NOW
    assert "Your visit" in desk.client.submit(of, to=f"{of}/all").text
    for _twice in range(2):
        assert desk.client.submit(of, to=f"{of}/end").status_code == 303
        clock.move(by=timedelta(minutes=1))
    with desk.inside():
        assert db.session.get_one(Patient, patient).ended_at == NOW
        verbs = db.session.scalars(select(AuditRow.verb).where(AuditRow.actor == "staff")).all()
        assert [verb for verb in verbs if verb != "looked"] == [
            "revoked", "exported-record", "account-ended",
        ]  # fmt: skip


def test_a_driver_of_another_patient_is_not_stopped_by_a_wrong_address(
    desk: Desk, phone: Visitor
) -> None:
    a_person(desk, phone)
    with desk.inside() as clinic:
        ride = db.session.scalars(select(Ride.id)).one()
        other = a_patient(clinic, name="Ana Ruiz").id
    page, wrong = f"/staff/patients/{other}", f"/staff/patients/{other}/data/rides/{ride}/stop"
    assert desk.client.submit(page, to=wrong).status_code == 404
    with desk.inside():
        assert db.session.scalars(select(Consent)).one().withdrawn_at is None
