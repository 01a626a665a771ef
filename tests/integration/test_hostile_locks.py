"""Who waits for whom: busy rows, stale reads, and everybody at work at once."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from recovery import create_app
from recovery.config import Settings
from recovery.delivery.memory import MemorySender
from recovery.domain.notice import NoticeState
from recovery.domain.ride import RideState
from recovery.services import acceptance, driving
from recovery.services.audit import Actor, first_broken_row
from recovery.services.booking import cancel_visit, move_visit
from recovery.services.planning import replan
from recovery.services.red_flags import report_red_flag
from recovery.services.ride_links import RideLinkEnded, find_by_link, ride_link
from recovery.store import database
from recovery.store.alerts import Alert
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face
from recovery.store.visits import Visit
from tests.addresses import flag_page
from tests.builders import (
    NOW,
    a_clinic,
    a_patient,
    a_protocol_version,
    a_ride,
    a_staff,
    a_visit,
    a_visit_at_the_door,
    signed_in,
)
from tests.clock import TestClock
from tests.notices import a_discharged_visit, a_notice, a_phone, worker_with
from tests.push_service import PushService

DAY = timedelta(days=1)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock is given up after a second instead of five."""
    monkeypatch.setattr(database, "LOCK_WAIT", 1)


@pytest.fixture
def app(settings: Settings, clock: TestClock) -> Iterator[Flask]:
    """An app of our own, whose forms need no tokens."""
    app = create_app(settings, clock=clock)
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""SQLite has one writer at a time, so that these races cannot happen there."""


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


def owed(kind_of: Any) -> list[str]:
    rows = select(Notice.kind).where(Notice.state == NoticeState.OWED.value, kind_of)
    return list(db.session.scalars(rows))


def cookie_of(app: Flask, face: Face, person: Any) -> tuple[str, str]:
    cookie = signed_in(app.test_client(), face, person).get_cookie(f"homeward-{face.value}")
    assert cookie is not None
    return cookie.key, cookie.value


def press(app: Flask, cookie: tuple[str, str] | None, path: str, **data: str) -> int:
    client = app.test_client()
    if cookie:
        client.set_cookie(*cookie)
    return client.post(path, data=data).status_code


def elsewhere(app: Flask, do: Any) -> None:
    """Do something in another transaction, and end it, before we go on."""

    def done() -> None:
        with app.app_context():
            do()

    with ThreadPoolExecutor(1) as other:
        other.submit(done).result(10)


@on_postgresql
def test_a_driver_cannot_say_yes_to_a_visit_that_was_cancelled_in_between(app: Flask) -> None:
    with app.app_context():
        clinic = a_clinic()
        staff_id = a_staff(clinic).id
        visit = a_visit(a_patient(clinic), start_at=NOW + DAY)
        visit_id, patient_id = visit.id, visit.patient_id
        ride = a_ride(visit, RideState.ASKED, code="")
        link = ride_link(ride.id, Actor("patient", patient_id), NOW).token
    browser = acceptance.Browser("token", "here", "browser", "en")

    def cancel() -> None:
        cancel_visit(db.session.get_one(Staff, staff_id), visit_id, "Ill.", NOW)

    with app.app_context():
        seen = find_by_link(link, NOW)
        assert seen.visit.state == "booked"
        elsewhere(app, cancel)
        with pytest.raises(RideLinkEnded):
            acceptance.accept_ride(link, True, browser, NOW)
    with app.app_context():
        assert owed(Notice.role == "driver") == []


@on_postgresql
def test_a_plan_is_made_of_what_is_true_behind_the_lock(app: Flask) -> None:
    with app.app_context():
        visit = a_visit(a_patient(a_clinic()), start_at=NOW + DAY)
        visit_id, patient_id = visit.id, visit.patient_id
        ride_id = a_ride(visit).id
        replan(patient_id, NOW)
        db.session.commit()
        assert owed(Notice.role == "driver") != []
    patient = Actor("patient", patient_id)

    def withdraw() -> None:
        driving.withdraw_ride(db.session.get_one(Ride, ride_id).contact, ride_id, NOW)

    with app.app_context():
        seen = db.session.get_one(Ride, ride_id)
        assert seen.state == RideState.ACCEPTED.value
        elsewhere(app, withdraw)
        report_red_flag(visit_id, "chest-pain", patient, NOW)
    with app.app_context():
        assert owed(Notice.role == "driver") == []


@on_postgresql
def test_two_acts_on_two_visits_of_one_patient_each_plan_with_the_other(app: Flask) -> None:
    with app.app_context():
        clinic = a_clinic()
        staff_id, patient = a_staff(clinic).id, a_patient(clinic)
        version = a_protocol_version(clinic)
        first, second = (a_visit(patient, version, start_at=NOW + n * DAY) for n in (2, 9))
        first_id, second_id, patient_id = first.id, second.id, patient.id
        replan(patient_id, NOW)
        db.session.commit()

    def move() -> None:
        staff = db.session.get_one(Staff, staff_id)
        move_visit(staff, second_id, NOW + 10 * DAY, NOW)

    with app.app_context(), ThreadPoolExecutor(1) as other:
        db.session.get_one(Visit, first_id).state = "cancelled"
        replan(patient_id, NOW)
        moved = other.submit(_inside(app, move))
        time.sleep(0.3)
        assert not moved.done()
        db.session.commit()
        moved.result(10)
    with app.app_context():
        assert owed(Notice.visit_id == first_id) == []
        assert owed(Notice.visit_id == second_id) != []


def _inside(app: Flask, do: Any) -> Any:
    def done() -> None:
        with app.app_context():
            do()

    return done


class Clinicful:
    """A clinic of five patients at home with notices due; everybody does one thing at a time."""

    def __init__(self, app: Flask, service: PushService) -> None:
        self.app, self.sender = app, MemorySender[Any]()
        clinic = a_clinic()
        version = a_protocol_version(clinic)
        self.clinic_id, self.staff = clinic.id, cookie_of(app, Face.STAFF, a_staff(clinic))
        self.patients = []
        for number in range(5):
            patient = a_patient(clinic, name=f"P {number}", phone=f"+1212555{1000 + number}")
            a_phone(patient, service)
            visit = a_discharged_visit(patient, version=version)
            for hour in range(4):
                a_notice(visit, "rest-4h", str(hour), safety=hour % 2 == 0)
            self.patients.append(cookie_of(app, Face.PATIENT, patient))
        self.notices = list(db.session.scalars(select(Notice.id)))

    def ask_for_help(self, number: int) -> int:
        flag = ("severe-headache", "chest-pain", "rash")[number % 3]
        return press(self.app, self.patients[number % 5], flag_page(flag))

    def read(self, number: int) -> int:
        notice = self.notices[number % len(self.notices)]
        return press(self.app, self.patients[number % 5], f"/me/notices/{notice}/read")

    def resolve(self, number: int) -> int:
        with self.app.app_context(), database.reading():
            ids = list(db.session.scalars(select(Alert.id).where(Alert.resolved_at.is_(None))))
        alert = ids[number % len(ids)] if ids else 0
        form = {f"resolution-{alert}": "Rang."}
        return press(self.app, self.staff, f"/staff/alerts/{alert}/resolve", **form)

    def halt(self, number: int) -> int:
        what = "halt" if number % 2 else "release"
        return press(self.app, self.staff, f"/staff/patients/1/{what}", **{"why-patient": "Test."})

    def prove(self, number: int) -> int:
        sent = self.sender.messages
        time.sleep(0 if sent else 0.05)
        found = re.search(rb"/receipts/[\w-]+", sent[number % len(sent)].payload) if sent else None
        return press(self.app, None, f"{found[0].decode()}/shown") if found else 404


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_nothing_is_lost_when_everybody_is_at_work_at_once(app: Flask) -> None:
    with app.app_context(), PushService() as service:
        busy = Clinicful(app, service)
    ends, answers = time.monotonic() + 2, Counter[str]()

    def work(do: Any) -> None:
        number = 0
        while time.monotonic() < ends:
            answers[f"{do.__name__} {do(number)}"] += 1
            number += 1

    workers = [worker_with(app, sender=busy.sender) for _ in range(2)]

    def send(number: int) -> int:
        with suppress(SQLAlchemyError):
            workers[number % 2].round()
        return 200

    jobs = [busy.ask_for_help, busy.read, busy.resolve, busy.resolve, busy.halt, busy.prove]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, [*jobs, busy.ask_for_help, send]))
    for worker in workers:
        worker.close()
    codes = {said.split()[1] for said in answers}
    assert codes <= {"200", "204", "303", "404", "503"}, answers
    assert not {said for said in answers if said.endswith("503")}, answers
    assert busy.sender.messages
    with app.app_context():
        assert first_broken_row(busy.clinic_id) is None


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("face", [Face.STAFF, Face.PATIENT, Face.DRIVER])
def test_a_database_that_is_busy_is_an_honest_503_on_every_face(app: Flask, face: Face) -> None:
    with app.app_context():
        clinic = a_clinic()
        visit = a_visit_at_the_door(a_patient(clinic), state="recovering", ready_at=None)
        ride = a_ride(visit)
        people = {
            Face.STAFF: (a_staff(clinic), f"/staff/visits/{visit.id}/ready"),
            Face.PATIENT: (visit.patient, flag_page("chest-pain")),
            Face.DRIVER: (ride.contact, f"/driver/rides/{ride.id}/coming"),
        }
        person, path = people[face]
        cookie = cookie_of(app, face, person)
    held, enough = Event(), Event()

    def hold() -> None:
        with app.app_context():
            db.session.execute(text("UPDATE visit SET state = state"))
            held.set()
            enough.wait(30)
            db.session.rollback()

    holder = Thread(target=hold)
    holder.start()
    try:
        assert held.wait(5)
        client = app.test_client()
        client.set_cookie(*cookie)
        answer = client.post(path)
    finally:
        enough.set()
        holder.join()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "busy" in answer.text
    assert press(app, cookie, path) == 303
