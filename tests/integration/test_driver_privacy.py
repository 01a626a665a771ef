"""What a driver's phone, history and open page tell, and from when until when."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import unquote_plus

import pytest
from flask import Flask
from sqlalchemy import delete, select

from recovery.domain.ride import RideState, Role
from recovery.domain.visit import GONE, VisitState
from recovery.services.audit import Actor
from recovery.services.outlets import Outlets
from recovery.services.planning import replan
from recovery.services.refusals import NotFound
from recovery.services.ride_links import ride_link
from recovery.services.sending import take_due
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Consent
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face
from recovery.worker import Worker
from tests.addresses import own_addresses
from tests.builders import (
    NOW,
    a_clinic,
    a_patient,
    a_ride,
    a_visit,
    a_visit_at_the_door,
    signed_in,
)
from tests.clock import TestClock
from tests.lock_screen import revealing
from tests.notices import HOUR, a_phone, work_off
from tests.page_words import PageWords
from tests.push_service import PushService
from tests.visitor import Visitor

#: Where a page leads, sends to, and asks by itself.
AFTER_A_TAP = ("/coming", "/set-out", "/here", "/home", "/looked-in", "/cannot")
PAGES = ("", "/notices", "/help", "/help/1", "/help/7", "/help/14", "/cannot", "/state")


def pages_of(ride: int) -> list[str]:
    return [f"/driver/rides/{ride}{page}" for page in PAGES]


@pytest.fixture
def helping(app: Flask, client: Visitor) -> Callable[..., int]:
    """Somebody's browser for a visit in some state; returns the ride's id."""

    def sign_in(state: VisitState, role: Role, language: str = "en") -> int:
        with app.app_context():
            left = NOW if state in GONE else None
            visit = a_visit_at_the_door(a_patient(a_clinic()), state=state.value, left_at=left)
            ride = a_ride(visit, role=role.value)
            ride.contact.language = language
            replan(visit.patient_id, NOW)
            signed_in(client, Face.DRIVER, ride.contact)
            return ride.id

    return sign_in


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("state", list(VisitState))
def test_phone_43_no_address_on_a_drivers_pages_names_drug_procedure_or_diagnosis(
    client: Visitor, helping: Callable[..., int], state: VisitState, role: Role
) -> None:
    ride = helping(state, role)
    seen = set(pages_of(ride))
    for page in pages_of(ride):
        seen |= own_addresses(client.get(page).text)
    for flag in re.findall(r'name="flag" value="([^"]+)"', client.get(pages_of(ride)[2]).text):
        answer = client.submit(f"/driver/rides/{ride}/help", {"flag": flag})
        seen.add(answer.location)
    assert len(seen) > 20
    for address in seen:
        assert not revealing(address.replace("/", " ")), address


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("role", list(Role))
def test_phone_43_the_text_that_a_patient_sends_a_driver_says_nothing_of_health(
    app: Flask, client: Visitor, role: Role, language: str
) -> None:
    with app.app_context():
        patient = a_patient(a_clinic(), language=language)
        ride = a_ride(a_visit(patient), RideState.ASKED, role=role.value, code="")
        key = ride.id
        signed_in(client, Face.PATIENT, patient)
    page = f"/me/rides/{key}/link"
    assert client.submit(page, to=page).status_code == 303
    sent = re.search(r'href="sms:[^?]*\?&amp;body=([^"]+)"', client.get(page).text)
    assert sent is not None
    words = unquote_plus(sent[1])
    assert "http" in words
    assert not revealing(words.partition("http")[0])
    assert "Lakeside Infusions" not in words


def test_phone_45_an_expired_link_gives_the_phone_number_in_both_languages(
    app: Flask, client: Visitor, clock: TestClock
) -> None:
    with app.app_context():
        a_clinic(name="Another Clinic", phone="+12125550900")
        visit = a_visit(a_patient(a_clinic()))
        ride = a_ride(visit, RideState.ASKED, code="")
        link = f"/ride/{ride_link(ride.id, Actor('patient', visit.patient_id), NOW).token}"
    clock.move(by=timedelta(days=3))
    for language, words in (("en", "This link has ended"), ("es", "Este enlace ya no sirve")):
        answer = client.get(link, headers={"Accept-Language": language})
        assert answer.status_code == 410
        assert words in answer.text
        assert 'href="tel:+12125550100"' in answer.text
        assert "(212)\u00a0555\u20110100" in answer.text
        assert "Rosa" not in answer.text


def test_phone_45_a_link_that_a_newer_one_replaced_gives_the_phone_number_too(
    app: Flask, client: Visitor
) -> None:
    with app.app_context():
        a_clinic(name="Another Clinic", phone="+12125550900")
        visit = a_visit(a_patient(a_clinic()), start_at=NOW + timedelta(days=1))
        ride, me = a_ride(visit, RideState.ASKED, code=""), Actor("patient", visit.patient_id)
        first, second, last = (ride_link(ride.id, me, NOW).token for _ in range(3))
    for old in (first, second):
        answer = client.get(f"/ride/{old}")
        assert (answer.status_code, "Rosa" in answer.text) == (410, False)
        assert 'href="tel:+12125550100"' in answer.text
    assert client.get(f"/ride/{last}").status_code == 200
    assert "tel:" not in client.get("/ride/" + "A" * 43).text


@pytest.mark.parametrize("state", [VisitState.BOOKED, VisitState.READY, VisitState.DISCHARGED])
def test_phone_48_before_consent_is_recorded_a_driver_sees_and_hears_nothing(
    app: Flask,
    client: Visitor,
    helping: Callable[..., int],
    worker: Worker,
    service: PushService,
    state: VisitState,
) -> None:
    ride = helping(state, Role.DRIVER)
    with app.app_context():
        db.session.execute(delete(Consent))
        row = db.session.get_one(Ride, ride)
        phone = a_phone(row.contact, service)
        replan(row.visit.patient_id, NOW)
        db.session.commit()
        with pytest.raises(NotFound):
            ride_link(ride, Actor("patient", row.visit.patient_id), NOW)
    nothing = client.get("/driver/rides/987654").text
    for page in pages_of(ride):
        answer = client.get(page)
        assert (answer.status_code, "Rosa" in answer.text) == (404, False), page
    assert client.get(pages_of(ride)[0]).text == nothing
    for tap in AFTER_A_TAP:
        assert client.submit("/driver/", to=f"/driver/rides/{ride}{tap}").status_code == 404
    with app.app_context():
        work_off(worker)
    assert phone.count == 0


def test_phone_48_withdrawal_ends_page_live_mark_link_and_notices_at_once(
    app: Flask, client: Visitor, helping: Callable[..., int], worker: Worker, service: PushService
) -> None:
    ride = helping(VisitState.READY, Role.DRIVER)
    with app.app_context():
        row = db.session.get_one(Ride, ride)
        phone = a_phone(row.contact, service)
        patient = app.test_client()
        assert isinstance(patient, Visitor)
        signed_in(patient, Face.PATIENT, row.visit.patient)
        token = ride_link(ride, Actor("patient", row.visit.patient_id), NOW).token
        taken = take_due(50, Outlets("http://localhost:8000"), lambda host: None, NOW)
        assert taken.letters, "“Rosa is ready” is on its way"
    open_page, mark = client.get(f"/driver/rides/{ride}"), client.get(f"/driver/rides/{ride}/state")
    assert "482 913" in open_page.text
    patient.submit(f"/me/rides/{ride}/take-back")
    same = {"If-None-Match": mark.headers["ETag"]}
    assert client.get(f"/driver/rides/{ride}/state", headers=same).status_code == 404
    for page in pages_of(ride):
        answer = client.get(page)
        assert (answer.status_code, "Rosa" in answer.text) == (404, False), page
    with app.app_context():
        for notice in db.session.scalars(select(Notice.id).where(Notice.role == "driver")):
            assert client.get(f"/driver/notices/{notice}").status_code == 404
    assert client.get(f"/ride/{token}").status_code == 410
    for tap in AFTER_A_TAP:
        assert client.submit("/driver/", to=f"/driver/rides/{ride}{tap}").status_code == 404
    with app.app_context():
        worker.lanes.post(taken.letters, time.monotonic() - 1.001)
        work_off(worker)
        worker_later(app, worker)
    assert phone.count == 0


def worker_later(app: Flask, worker: Worker) -> None:
    """What was claimed is anybody's again, and is looked at anew."""
    for notice in db.session.scalars(select(Notice).where(Notice.next_at.is_not(None))):
        notice.next_at = notice.due_at
        notice.lease_until = None
    db.session.commit()
    work_off(worker)


def test_phone_48_a_driver_taken_back_reads_a_page_without_any_word_of_the_visit(
    app: Flask, client: Visitor, helping: Callable[..., int]
) -> None:
    ride = helping(VisitState.READY, Role.DRIVER)
    with app.app_context():
        consent = db.session.scalars(select(Consent)).one()
        consent.withdrawn_at = NOW + HOUR
        db.session.commit()
    words = " ".join(PageWords(client.get("/driver/").text).pieces)
    for word in ("Rosa", "March", "9:00", "Street", "482"):
        assert word not in words
    assert "There is nothing to do here now" in words
    assert client.get(f"/driver/rides/{ride}").status_code == 404
