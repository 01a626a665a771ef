"""The whole visit as staff go through it, page by page, from a new patient to the wait."""

from datetime import timedelta

from sqlalchemy import select

from recovery.domain.ride import RideState
from recovery.services.audit import first_broken_row
from recovery.store.clinics import ProtocolVersion
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.store.rides import Ride
from recovery.store.visits import Visit
from tests.builders import a_protocol_version, a_ride
from tests.front_desk import Desk

ANA = {"name": "Ana Ruiz", "born": "1990-05-01", "phone": "(212) 555-0142", "language": "es"}


def book(desk: Desk, start: str) -> int:
    """Add Ana and book her visit through the pages."""
    with desk.inside() as clinic:
        a_protocol_version(clinic)
        version = db.session.scalars(select(ProtocolVersion.id)).one()
    added = desk.client.submit("/staff/patients/new", ANA)
    assert added.status_code == 303, added.text
    page = f"{added.location}/visits/new"
    booked = desk.client.submit(page, {"start": start, "protocol": version})
    assert booked.status_code == 303, booked.text
    return int(booked.location.rsplit("/", 1)[1])


def test_the_whole_visit_goes_through_the_pages(desk: Desk) -> None:
    visit = book(desk, desk.local(timedelta(hours=1)))
    assert "Ana Ruiz" in desk.client.get("/staff/").text
    with desk.inside():
        assert db.session.scalars(select(Notice.id)).all(), "booking owes notices"
        a_ride(db.session.scalars(select(Visit)).one())
    desk.wait(50)
    desk.infuse(visit)
    desk.wait(40)
    desk.done(visit, "vitals", systolic="130", diastolic="80")
    desk.get_ready_to_go(visit)
    desk.done(visit, "ready")
    assert desk.act(visit, "discharge").status_code == 422, "the handover is missing"
    desk.done(visit, "code", code="482 913")
    desk.done(visit, "discharge")
    assert "The wait goes on" in desk.page(visit)
    timeline = desk.client.get(f"/staff/visits/{visit}/timeline").text
    for words in ("Visit booked", "Infusion started", "Discharged", "Asked by phone."):
        assert words in timeline
    with desk.inside():
        assert db.session.scalars(select(Visit)).one().left_at == desk.clock()
        assert db.session.scalars(select(Ride.state)).one() == RideState.TOOK
        assert first_broken_row(desk.clinic_id) is None


def test_a_patient_is_found_by_name_and_by_number(desk: Desk) -> None:
    book(desk, desk.local(timedelta(hours=1)))
    for words, found in (("ruiz", True), ("555-0142", True), ("zebra", False), ("%25", False)):
        assert ("Ana Ruiz" in desk.client.get(f"/staff/patients?q={words}").text) is found
    with desk.inside():
        assert db.session.scalars(select(Patient.phone)).one() == "+12125550142"


def test_a_form_that_is_refused_keeps_what_was_typed(desk: Desk) -> None:
    answer = desk.client.submit("/staff/patients/new", ANA | {"phone": "12", "name": "Zoë <b>"})
    assert answer.status_code == 422
    assert "Zoë &lt;b&gt;" in answer.text
    assert 'href="#phone"' in answer.text
    assert "<title>Error:" in answer.text


def test_the_same_patient_is_not_added_twice(desk: Desk) -> None:
    assert desk.client.submit("/staff/patients/new", ANA).status_code == 303
    assert desk.client.submit("/staff/patients/new", ANA).status_code == 422


def test_a_visit_cannot_be_booked_in_the_past_or_twice_at_one_time(desk: Desk) -> None:
    visit = book(desk, desk.local(timedelta(hours=1)))
    page = f"/staff/patients/{desk.row(visit).patient_id}/visits/new"
    version = desk.row(visit).protocol_version_id
    for start, status in ((timedelta(hours=-1), 422), (timedelta(hours=1), 409)):
        answer = desk.client.submit(page, {"start": desk.local(start), "protocol": version})
        assert answer.status_code == status


def test_a_visit_that_moves_takes_its_notices_along(desk: Desk) -> None:
    visit = book(desk, desk.local(timedelta(days=2)))
    with desk.inside():
        before = set(db.session.scalars(select(Notice.due_at).where(Notice.state == "owed")))
    desk.done(visit, "move", start=desk.local(timedelta(days=4)))
    with desk.inside():
        after = set(db.session.scalars(select(Notice.due_at).where(Notice.state == "owed")))
    assert after != before


def test_a_welcome_link_is_shown_as_a_square_and_as_words(desk: Desk) -> None:
    visit = book(desk, desk.local(timedelta(hours=1)))
    page = f"/staff/patients/{desk.row(visit).patient_id}"
    answer = desk.client.submit(page, to=f"{page}/welcome")
    assert answer.status_code == 200
    assert "<svg" in answer.text
    assert "http://localhost:8000/welcome/" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_with_several_protocols_somebody_must_choose_one(desk: Desk) -> None:
    visit = book(desk, desk.local(timedelta(hours=1)))
    page = f"/staff/patients/{desk.row(visit).patient_id}/visits/new"
    with desk.inside() as clinic:
        a_protocol_version(clinic, slug="another")
    assert '<option value=""' in desk.client.get(page).text
    answer = desk.client.submit(page, {"start": desk.local(timedelta(days=3)), "protocol": ""})
    assert (answer.status_code, "Please choose a protocol." in answer.text) == (422, True)
