"""What to do at home: read in the app, brought by notices, sent again by staff."""

from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.domain.ride import RideState, Role
from recovery.domain.rights import StaffRole
from recovery.domain.visit import VisitState
from recovery.services.audit import first_broken_row
from recovery.services.planning import replan
from recovery.store.addresses import Channel
from recovery.store.audit import AuditRow
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Consent, Patient, Wording
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face
from recovery.store.visits import Visit
from tests.builders import NOW, a_patient, a_ride, a_visit_at_the_door, signed_in
from tests.carriers import URL, Outside, an_address, outside
from tests.clock import TestClock
from tests.front_desk import Desk
from tests.lock_screen import revealing
from tests.notices import a_phone, work_off
from tests.push_service import PushService
from tests.visitor import Visitor

FORTY_FIVE = timedelta(minutes=45)


@pytest.fixture
def out(app: Flask, tmp_path: Path) -> Iterator[Outside]:
    with app.app_context(), outside(app, tmp_path) as world:
        yield world


@pytest.fixture
def phone(app: Flask) -> Visitor:
    client = app.test_client()
    assert isinstance(client, Visitor)
    return client


class Gone:
    """A visit whose patient went home with Sam, who is signed in to a browser with Rosa."""

    def __init__(self, desk: Desk, phone: Visitor, state: VisitState = VisitState.DISCHARGED):
        with desk.inside() as clinic:
            patient = a_patient(clinic)
            left = {"left_at": NOW, "handed_over_at": NOW} if state in HOME else {}
            visit = a_visit_at_the_door(patient, state=state.value, **left)
            took = {"took_at": NOW} if state in HOME else {}
            ride = a_ride(visit, RideState.TOOK if state in HOME else RideState.ACCEPTED, **took)
            replan(patient.id, NOW)
            signed_in(phone, Face.PATIENT, patient)
            signed_in(phone, Face.DRIVER, ride.contact)
            self.patient, self.visit, self.ride = patient.id, visit.id, ride.id
        self.sheet = f"/me/visits/{self.visit}/going-home"
        self.drivers_sheet = f"/driver/rides/{self.ride}/going-home"


HOME = {VisitState.DISCHARGED, VisitState.LEFT}


def words(phone: Visitor, address: str) -> str:
    answer = phone.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return plain(answer.text)


def plain(page: str) -> str:
    return " ".join(unescape(page).split())


def opened(client: Visitor, link: str) -> str:
    """What a browser in which nobody has signed in shows behind a link, after the tap."""
    with client.application.app_context():
        browser = client.application.test_client()
        assert isinstance(browser, Visitor)
        return plain(browser.submit(link).text)


def sheets(desk: Desk) -> list[tuple[str, str]]:
    with desk.inside():
        rows = db.session.scalars(select(Notice).where(Notice.kind == "sheet").order_by(Notice.id))
        return [(row.role, row.state) for row in rows]


def card(desk: Desk, visit: int) -> str:
    page = plain(desk.page(visit))
    return page.split("<span>What to do at home</span>")[1].split("</section>")[0]


def test_the_patient_reads_the_sheet_in_the_app_and_keeps_it(desk: Desk, phone: Visitor) -> None:
    gone = Gone(desk, phone)
    page = words(phone, gone.sheet)
    for line in (
        ">Do not drive.</h2>",
        "Not before Tuesday, March 3, 9:00 AM.",
        "Call 911 at once for any of these:",
        "Have an adult with you",
        "tel:+12125550100",
    ):
        assert line in page, line
    assert 'data-theme="dim"' in page
    assert gone.sheet in words(phone, "/me")
    assert gone.sheet in dict(phone.get("/me/keep").get_json()["pages"])
    assert phone.get(gone.sheet).headers["X-Homeward-Keep"]


def test_a_sheet_whose_time_has_passed_says_that_the_wait_goes_on(
    desk: Desk, phone: Visitor, clock: TestClock
) -> None:
    gone = Gone(desk, phone)
    kept = dict(phone.get("/me/keep").get_json()["pages"])[gone.sheet]
    clock.move(by=timedelta(hours=30))
    for page, goes_on in (
        (gone.sheet, "The minimum time has passed, but your wait goes on."),
        (gone.drivers_sheet, "The minimum time has passed, but the wait goes on."),
    ):
        said = words(phone, page)
        assert goes_on in said
        assert "9:00\u202fAM" not in said, "a time that lies behind is read as leave to drive"
    assert dict(phone.get("/me/keep").get_json()["pages"])[gone.sheet] != kept


def test_before_the_leaving_there_is_no_sheet(desk: Desk, phone: Visitor) -> None:
    gone = Gone(desk, phone, VisitState.READY)
    assert phone.get(gone.sheet).location.endswith("/me")
    assert phone.get(gone.drivers_sheet).location.endswith(f"/driver/rides/{gone.ride}")
    assert "What to do at home" not in desk.page(gone.visit)
    assert desk.act(gone.visit, "sheet", to="patient").status_code == 409


def test_the_driver_reads_what_to_watch_for_and_nothing_of_the_visit(
    desk: Desk, phone: Visitor
) -> None:
    gone = Gone(desk, phone)
    page = words(phone, gone.drivers_sheet)
    for line in (
        "Rosa must not drive",
        "Please keep the car keys at least until Tuesday, March 3, 9:00 AM.",
    ):
        assert line in page, line
    assert "Cannot be woken" in page
    assert revealing(page) == set()
    assert "Delgado" not in page
    assert gone.drivers_sheet in words(phone, f"/driver/rides/{gone.ride}")


def test_nobody_reads_a_sheet_that_is_not_theirs(desk: Desk, phone: Visitor) -> None:
    gone = Gone(desk, phone)
    with desk.inside() as clinic:
        version = db.session.get_one(Visit, gone.visit).protocol_version
        other = a_visit_at_the_door(
            a_patient(clinic), version, state=VisitState.DISCHARGED.value, left_at=NOW
        )
        theirs, ride = other.id, a_ride(other).id
        consent = select(Consent).where(Consent.ride_id == gone.ride)
        db.session.scalars(consent).one().withdrawn_at = NOW
        db.session.commit()
    for address in (
        f"/me/visits/{theirs}/going-home",
        f"/driver/rides/{ride}/going-home",
        gone.drivers_sheet,
    ):
        assert phone.get(address).status_code == 404, address


def test_a_backup_who_stayed_at_home_gets_no_sheet(desk: Desk, phone: Visitor) -> None:
    gone = Gone(desk, phone)
    with desk.inside():
        visit = db.session.get_one(Visit, gone.visit)
        backup = a_ride(visit, role=Role.BACKUP.value, name="Kim Park").id
        signed_in(phone, Face.DRIVER, db.session.get_one(Ride, backup).contact)
    assert phone.get(f"/driver/rides/{backup}/going-home").status_code == 303
    assert "Kim Park" not in card(desk, gone.visit)
    assert desk.act(gone.visit, "sheet", to=f"ride-{backup}").status_code == 404


def test_the_notices_after_the_leaving_lead_to_the_sheet(desk: Desk, phone: Visitor) -> None:
    gone = Gone(desk, phone)
    with desk.inside():
        of = select(Notice).where(Notice.visit_id == gone.visit)
        rest = db.session.scalars(of.where(Notice.kind == "rest")).one().id
        told = db.session.scalars(of.where(Notice.kind == "you-have-the-patient")).one().id
        asked = db.session.scalars(of.where(Notice.kind == "later")).one().id
    assert gone.sheet in words(phone, f"/me/notices/{rest}")
    assert gone.drivers_sheet in words(phone, f"/driver/notices/{told}")
    assert gone.sheet not in words(phone, f"/me/notices/{asked}").split("<main")[1]


def test_staff_see_to_whom_it_went_and_how(
    app: Flask, desk: Desk, phone: Visitor, service: PushService, out: Outside, clock: TestClock
) -> None:
    gone = Gone(desk, phone)
    told = card(desk, gone.visit)
    assert "“Are you home? Time to rest” goes out on Monday, March 2, 9:45 AM." in told
    assert "Driver Sam Rivera" in told
    a_phone(db.session.get_one(Patient, gone.patient), service)
    clock.move(by=FORTY_FIVE)
    work_off(out.worker)
    told = card(desk, gone.visit)
    assert "“Are you home? Time to rest” went out on Monday, March 2, 9:45 AM." in told
    assert "Notice on the phone." in told
    assert "Sent, not seen yet" in told


def test_sent_again_it_reaches_the_phone_and_leads_to_the_sheet(
    desk: Desk, phone: Visitor, service: PushService, out: Outside
) -> None:
    gone = Gone(desk, phone)
    device = a_phone(db.session.get_one(Patient, gone.patient), service)
    desk.done(gone.visit, "sheet", to="patient")
    work_off(out.worker)
    [message] = [m for m in device.messages() if "What to do at home" in str(m)]
    notice = db.session.scalars(select(Notice).where(Notice.kind == "sheet")).one()
    assert f"/me/notices/{notice.id}" in str(message)
    assert revealing(str(message)) == set()
    page = words(phone, f"/me/notices/{notice.id}")
    assert gone.sheet in page
    assert "What to do at home" in card(desk, gone.visit)


def test_who_chose_discreet_words_gets_them_for_the_sheet_too(
    desk: Desk, phone: Visitor, service: PushService, out: Outside
) -> None:
    gone = Gone(desk, phone)
    patient = db.session.get_one(Patient, gone.patient)
    patient.wording = Wording.DISCREET.value
    device = a_phone(patient, service)
    desk.done(gone.visit, "sheet", to="patient")
    work_off(out.worker)
    [message] = device.messages()
    shown = message.json["notification"]
    assert (shown["title"], shown["body"]) == ("You have a message", "Open it to read.")


def test_without_a_phone_it_comes_by_text_and_its_link_opens_the_sheet(
    desk: Desk, phone: Visitor, out: Outside, client: Visitor
) -> None:
    gone = Gone(desk, phone)
    an_address(db.session.get_one(Patient, gone.patient), Channel.TEXT)
    desk.done(gone.visit, "sheet", to="patient")
    work_off(out.worker)
    links = [out.links[-1]]
    an_address(db.session.get_one(Ride, gone.ride).contact, Channel.TEXT)
    desk.done(gone.visit, "sheet", to=f"ride-{gone.ride}")
    work_off(out.worker)
    links.append(out.links[-1])
    patients, drivers = (opened(client, link.removeprefix(URL)) for link in links)
    assert "Do not drive." in patients
    assert "Please keep the car keys at least until" in drivers
    assert "Text." in card(desk, gone.visit)


def test_the_driver_is_sent_it_in_a_notice_of_their_own(desk: Desk, phone: Visitor) -> None:
    gone = Gone(desk, phone)
    desk.done(gone.visit, "sheet", to=f"ride-{gone.ride}")
    assert sheets(desk) == [("driver", "owed")]
    with desk.inside():
        notice = db.session.scalars(select(Notice).where(Notice.kind == "sheet")).one().id
    page = words(phone, f"/driver/notices/{notice}")
    assert gone.drivers_sheet in page
    assert "What to do at home" in page


def test_a_double_tap_sends_one_sheet_and_the_trail_names_who_sent_it(
    desk: Desk, phone: Visitor
) -> None:
    gone = Gone(desk, phone)
    for _tap in range(2):
        desk.done(gone.visit, "sheet", to="patient")
    assert sheets(desk) == [("patient", "owed")]
    with desk.inside() as clinic:
        row = db.session.scalars(select(AuditRow).where(AuditRow.verb == "sent-sheet")).one()
        assert (row.actor_id, row.visit_id, row.facts) == (
            desk.staff_id,
            gone.visit,
            {"to": "patient"},
        )
        assert first_broken_row(clinic.id) is None


def test_a_discharge_that_is_taken_back_takes_its_sheet_back(desk: Desk, phone: Visitor) -> None:
    gone = Gone(desk, phone)
    desk.done(gone.visit, "sheet", to="patient")
    desk.done(gone.visit, "undo", wrong="discharged", undo_why="A wrong tap")
    assert sheets(desk) == [("patient", "withdrawn")]


def test_too_many_sheets_to_one_person_are_refused(desk: Desk, phone: Visitor) -> None:
    gone = Gone(desk, phone)
    for _time in range(6):
        desk.done(gone.visit, "sheet", to="patient")
        desk.clock.move(by=timedelta(seconds=10))
    assert desk.act(gone.visit, "sheet", to="patient").status_code == 429


def test_who_gets_no_notices_is_sent_no_sheet(desk: Desk, phone: Visitor) -> None:
    gone = Gone(desk, phone)
    with desk.inside():
        db.session.get_one(Patient, gone.patient).halted_at = NOW
        db.session.commit()
    answer = desk.act(gone.visit, "sheet", to="patient")
    assert answer.status_code == 422
    assert "All notices to this patient are stopped." in answer.text


def test_only_a_visit_of_ones_own_clinic_and_its_own_people(
    desk: Desk, stranger: Desk, phone: Visitor
) -> None:
    gone = Gone(desk, phone)
    token = stranger.client.token("/staff/alerts")
    form = {"to": "patient", "csrf_token": token}
    assert stranger.client.post(f"/staff/visits/{gone.visit}/sheet", data=form).status_code == 404
    for to in ("", "ride-0", "ride-9999999999999999999", "nobody"):
        assert desk.act(gone.visit, "sheet", to=to).status_code == 404, to


def test_the_front_desk_may_send_it(desk: Desk, phone: Visitor, client: Visitor) -> None:
    gone = Gone(desk, phone)
    front = Desk(client, desk.clock, desk.clinic_id, StaffRole.FRONT_DESK)
    front.done(gone.visit, "sheet", to="patient")
    assert sheets(desk) == [("patient", "owed")]
