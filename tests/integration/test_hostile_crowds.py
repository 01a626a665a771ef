"""Many at once, on both databases: one change, sane answers, never a failure of ours."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from recovery.domain.notice import NoticeState
from recovery.domain.ride import RideState
from recovery.services.audit import Actor, first_broken_row
from recovery.services.codes import make_code
from recovery.services.facts import course_of
from recovery.services.ride_links import ride_link
from recovery.services.staff_sign_in import HASHER
from recovery.services.welcome import make_welcome_link
from recovery.store.audit import AuditRow
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.sign_ins import Face, SignIn
from recovery.store.visits import CheckInAnswer
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
from tests.front_desk import Desk
from tests.notices import a_notice

TAPS = 50
Press = tuple[str, dict[str, str]]


@pytest.fixture(autouse=True)
def _without_form_tokens(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)


@pytest.fixture
def crowd() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(12) as pool:
        yield pool


def cookie_of(app: Flask, face: Face, person: Any) -> tuple[str, str]:
    client = signed_in(app.test_client(), face, person)
    cookie = client.get_cookie(f"homeward-{face.value}")
    assert cookie is not None
    return cookie.key, cookie.value


def press(app: Flask, cookie: tuple[str, str] | None, path: str, **data: str) -> int:
    client = app.test_client()
    if cookie:
        client.set_cookie(*cookie)
    return client.post(path, data=data).status_code


def everybody(
    crowd: ThreadPoolExecutor, do: Callable[[int], int], taps: int = TAPS
) -> Counter[int]:
    return Counter(crowd.map(do, range(taps)))


def count(app: Flask, chosen: Any) -> int:
    with app.app_context():
        return int(db.session.scalar(chosen) or 0)


def audited(app: Flask, verb: str) -> int:
    return count(app, select(func.count(AuditRow.id)).where(AuditRow.verb == verb))


def test_fifty_arrivals_at_once_are_one(app: Flask, desk: Desk, crowd: ThreadPoolExecutor) -> None:
    visit = desk.visit()
    with app.app_context():
        cookie = cookie_of(app, Face.STAFF, db.session.get(Staff, desk.staff_id))
    path = f"/staff/visits/{visit}/arrive"
    assert everybody(crowd, lambda _: press(app, cookie, path)) == {303: 1, 409: TAPS - 1}
    assert audited(app, "arrived") == 1


def test_five_wrong_codes_are_shared_by_all_who_try_at_once(
    app: Flask, crowd: ThreadPoolExecutor
) -> None:
    with app.app_context():
        clinic = a_clinic()
        visit = a_visit_at_the_door(a_patient(clinic))
        a_ride(visit)
        path = f"/staff/visits/{visit.id}/code"
        cookie = cookie_of(app, Face.STAFF, a_staff(clinic))
    said = everybody(crowd, lambda n: press(app, cookie, path, code=f"{n:06d}"))
    assert said == {422: 5, 429: TAPS - 5}
    assert press(app, cookie, path, code="482913") == 429


def test_a_welcome_link_lets_one_browser_in_however_many_try(
    app: Flask, crowd: ThreadPoolExecutor
) -> None:
    with app.app_context():
        clinic = a_clinic()
        patient = a_patient(clinic)
        path = f"/welcome/{make_welcome_link(a_staff(clinic), patient.id, NOW)}"
    said = everybody(crowd, lambda _: press(app, None, path, born="1988-04-12"))
    assert said[303] == 1
    assert set(said) <= {303, 410, 429}
    assert count(app, select(func.count(SignIn.id)).where(SignIn.face == "patient")) == 1


def test_a_short_code_lets_one_browser_in_however_many_try(
    app: Flask, crowd: ThreadPoolExecutor
) -> None:
    with app.app_context():
        code = make_code(a_patient(a_clinic()), NOW)
    said = everybody(crowd, lambda _: press(app, None, "/code", code=code))
    assert said[303] == 1
    assert set(said) == {303, 422, 429}


def test_a_link_that_many_browsers_confirm_at_once_belongs_to_one(
    app: Flask, crowd: ThreadPoolExecutor
) -> None:
    with app.app_context():
        visit = a_visit(a_patient(a_clinic()), start_at=NOW + timedelta(days=1))
        ride = a_ride(visit, RideState.ASKED, code="")
        token = ride_link(ride.id, Actor("patient", visit.patient_id), NOW).token
    asked = app.test_client().get(f"/ride/{token}").text
    shown = asked.split('name="shown" value="')[1].split('"')[0]

    def accept(number: int) -> int:
        form = {"shown": shown, "press": f"{number}"}
        return app.test_client().post(f"/ride/{token}/accept", data=form).status_code

    assert everybody(crowd, accept) == {303: 1, 409: TAPS - 1}
    assert count(app, select(func.count(SignIn.id))) == 1


def test_an_answer_sent_fifty_times_at_once_is_one(app: Flask, crowd: ThreadPoolExecutor) -> None:
    with app.app_context():
        visit = a_visit_at_the_door(a_patient(a_clinic()), state="discharged", left_at=NOW)
        check_in = course_of(visit.patient_id)[0].protocol.check_in("evening")
        assert check_in is not None
        answers = {question.id: question.choices[0].id for question in check_in.questions}
        cookie = cookie_of(app, Face.PATIENT, visit.patient)
        path = f"/me/visits/{visit.id}/check-ins/evening"
    sent = answers | {"key": "the-same-key"}
    assert everybody(crowd, lambda _: press(app, cookie, path, **sent)) == {303: TAPS}
    assert count(app, select(func.count(CheckInAnswer.id))) == 1


def test_a_notice_read_fifty_times_at_once_is_read_once(
    app: Flask, crowd: ThreadPoolExecutor
) -> None:
    with app.app_context():
        visit = a_visit_at_the_door(a_patient(a_clinic()))
        notice = a_notice(visit, state=NoticeState.SENT.value)
        cookie = cookie_of(app, Face.PATIENT, visit.patient)
        path = f"/me/notices/{notice.id}/read"
    assert everybody(crowd, lambda _: press(app, cookie, path)) == {303: TAPS}
    assert audited(app, "acknowledged") == 1


def test_patients_of_one_clinic_do_not_wait_for_each_other(
    app: Flask, crowd: ThreadPoolExecutor
) -> None:
    cookies: list[tuple[str, str]] = []
    with app.app_context():
        clinic = a_clinic()
        clinic_id = clinic.id
        version = a_protocol_version(clinic)
        for number in range(8):
            patient = a_patient(clinic, name=f"Patient {number}", phone=f"+1212555{1000 + number}")
            a_visit_at_the_door(patient, version)
            cookies.append(cookie_of(app, Face.PATIENT, patient))
    flags = ("severe-headache", "chest-pain")

    def tell(number: int) -> int:
        return press(app, cookies[number % 8], flag_page(flags[number % 2]))

    assert everybody(crowd, tell, 48) == {303: 48}
    with app.app_context():
        assert first_broken_row(clinic_id) is None


def test_a_sign_in_at_two_tablets_at_once_fails_at_neither(
    app: Flask, crowd: ThreadPoolExecutor
) -> None:
    with app.app_context():
        a_staff(a_clinic(), email="nora@clinic.example", password_hash=HASHER.hash("p" * 15))
    form = {"email": "nora@clinic.example", "password": "p" * 15}
    said = everybody(crowd, lambda _: press(app, None, "/staff/sign-in", **form), 12)
    assert set(said) <= {303, 429}
    assert said[303] >= 1
