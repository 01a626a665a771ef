"""A driver's link: opening it changes nothing, one press counts, and it belongs to one browser."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from recovery.domain.ride import RideState, Role
from recovery.domain.visit import VisitState
from recovery.services.audit import Actor
from recovery.services.facts import course_of
from recovery.services.ride_links import ride_link
from recovery.services.rides import withdraw_consent
from recovery.store.alerts import Alert
from recovery.store.audit import AuditRow
from recovery.store.database import db
from recovery.store.patients import Contact, Patient
from recovery.store.rides import Promise, Ride
from recovery.store.sign_ins import Face, SignIn
from recovery.store.visits import Visit
from tests.builders import NOW, a_clinic, a_patient, a_ride, a_visit, signed_in
from tests.builders_protocol import ketamine
from tests.clock import TestClock
from tests.visitor import Visitor

HIDDEN = re.compile(r'name="(press|shown)" value="([^"]+)"')
#: A short list is skimmed at about 400 words a minute (read with care: 240).
WORDS_IN_TEN_SECONDS = 65
WORDS_OF_HEALTH = ("ketamine", "infusion", "drip", "depress", "adhd", "Delgado", "1988")


@dataclass(frozen=True)
class Asked:
    """Ids of a visit of tomorrow and of the driver who was asked, and the link's path."""

    visit: int
    ride: int
    patient: int
    contact: int
    link: str


def asked(app: Flask, role: Role = Role.DRIVER) -> Asked:
    with app.app_context():
        patient = a_patient(a_clinic())
        visit = a_visit(patient, start_at=NOW + timedelta(days=1))
        ride = a_ride(visit, RideState.ASKED, role=role.value, code="")
        made = ride_link(ride.id, Actor("patient", patient.id), NOW)
        return Asked(visit.id, ride.id, patient.id, ride.contact_id, f"/ride/{made.token}")


@pytest.fixture
def here(app: Flask) -> Asked:
    return asked(app)


def row(app: Flask, model: type[Any], key: int) -> Any:
    with app.app_context():
        return db.session.get(model, key)


def state(app: Flask, here: Asked) -> str:
    return str(row(app, Ride, here.ride).state)


def browser(app: Flask) -> Visitor:
    client = app.test_client()
    assert isinstance(client, Visitor)
    return client


def yes_on(page: str) -> dict[str, str]:
    """What the one button of a page sends, besides the form's token."""
    return dict(HIDDEN.findall(page))


def say_yes(client: Visitor, here: Asked) -> Any:
    return client.submit(here.link, yes_on(client.get(here.link).text), to=f"{here.link}/accept")


def alerts(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Alert.kind).order_by(Alert.id)))


def test_phone_44_a_driver_who_only_opened_the_link_does_not_count_as_confirmed(
    app: Flask, client: Visitor, here: Asked
) -> None:
    with app.app_context():
        before = db.session.scalar(select(func.count(AuditRow.id)))
    assert client.get(here.link).status_code == 200
    assert client.head(here.link).status_code == 200
    assert state(app, here) == "asked"
    with app.app_context():
        assert course_of(here.patient)[0].driver is None
        assert db.session.scalar(select(func.count(AuditRow.id))) == before


def test_the_link_shows_what_is_asked_and_nothing_of_health(client: Visitor, here: Asked) -> None:
    answer = client.get(here.link)
    assert "Can you drive Rosa home?" in answer.text
    assert "Tuesday, March\u00a03<" in answer.text
    assert "9:00\u202fAM, pick-up at about 11:00\u202fAM" in answer.text
    assert "12 Lake Street" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    for word in WORDS_OF_HEALTH:
        assert word.lower() not in answer.text.lower()


def test_a_driver_who_says_yes_counts_and_is_led_to_the_ride(
    app: Flask, client: Visitor, here: Asked
) -> None:
    answer = say_yes(client, here)
    assert (answer.status_code, answer.location) == (303, f"/driver/rides/{here.ride}/notices")
    assert state(app, here) == "accepted"
    with app.app_context():
        driver = course_of(here.patient)[0].driver
        assert driver is not None
        assert driver.id == here.ride
    assert "Allow notices" in client.get(answer.location).text
    assert "You take Rosa home" in client.get(f"/driver/rides/{here.ride}").text


def test_one_tap_says_yes_to_every_line_and_keeps_the_words(
    app: Flask, client: Visitor, here: Asked
) -> None:
    page = client.get(here.link, headers={"Accept-Language": "es"}).text
    assert "checkbox" not in page
    assert page.count('class="button primary"') == 1
    assert client.submit(
        here.link, yes_on(page), to=f"{here.link}/accept", headers={"Accept-Language": "es"}
    )
    with app.app_context():
        promise = db.session.scalars(select(Promise)).one()
        visit = db.session.get_one(Visit, here.visit)
        assert promise.ride_id == here.ride
        assert (promise.at, promise.language) == (NOW, "es")
        assert promise.protocol_version_id == visit.protocol_version_id
        assert len(promise.lines) == len(ketamine().driver.asks)
        assert all(line in unescape(page) for line in promise.lines)
        assert promise.start_at == visit.start_at
        row = db.session.scalars(select(AuditRow).where(AuditRow.verb == "accepted")).one()
        assert row.facts == {"language": "es", "protocol": visit.protocol_version_id}


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_a_driver_must_read_before_saying_yes_takes_ten_seconds(
    client: Visitor, here: Asked, language: str
) -> None:
    page = client.get(here.link, headers={"Accept-Language": language}).text
    asked = page[page.index("<h1") : page.index("<form", page.index("<h1"))]
    words = unescape(re.sub(r"<[^>]*>", " ", asked)).split()
    assert len(words) <= WORDS_IN_TEN_SECONDS


def test_a_page_from_before_the_visit_moved_says_yes_to_nothing(
    app: Flask, client: Visitor, here: Asked
) -> None:
    old = yes_on(client.get(here.link).text)
    with app.app_context():
        visit = db.session.get_one(Visit, here.visit)
        visit.start_at, visit.moved_at = NOW + timedelta(days=2), NOW
        db.session.commit()
    answer = client.submit(here.link, old, to=f"{here.link}/accept")
    assert answer.status_code == 409
    assert "Please read it again" in answer.text
    assert "Wednesday, March\u00a04" in answer.text
    assert state(app, here) == "asked"
    new = yes_on(answer.text)
    assert client.submit(here.link, new, to=f"{here.link}/accept").status_code == 303
    with app.app_context():
        assert db.session.scalars(select(Promise)).one().start_at == NOW + timedelta(days=2)


def test_a_yes_without_what_was_shown_is_asked_again(
    app: Flask, client: Visitor, here: Asked
) -> None:
    for form in ({}, {"shown": "0" * 32}):
        assert client.submit(here.link, form, to=f"{here.link}/accept").status_code == 409
    assert state(app, here) == "asked"


def test_a_no_reaches_staff_and_may_still_become_a_yes(
    app: Flask, client: Visitor, here: Asked
) -> None:
    client.submit(here.link, yes_on(client.get(here.link).text), to=f"{here.link}/decline")
    assert (state(app, here), alerts(app)) == ("declined", ["driver-declined"])
    page = client.get(here.link).text
    assert "Rosa and the clinic know that you cannot." in page
    assert "If that changes, say yes here" in page
    say_yes(client, here)
    assert state(app, here) == "accepted"


def test_a_patient_cannot_accept_their_own_link(app: Flask, client: Visitor, here: Asked) -> None:
    with app.app_context():
        patient = db.session.get(Patient, here.patient)
        assert patient is not None
        token = client.token(here.link)
        signed_in(client, Face.PATIENT, patient)
    assert "This link is for your driver" in client.get(here.link).text
    form = {"csrf_token": token, "shown": "0" * 32, "press": "x" * 43}
    answer = client.post(f"{here.link}/accept", data=form)
    assert answer.status_code == 422
    assert "cannot be your own driver" in answer.text
    assert (state(app, here), alerts(app)) == ("asked", ["own-driver"])


def test_a_link_sent_to_the_patients_own_number_is_refused(
    app: Flask, client: Visitor, here: Asked
) -> None:
    with app.app_context():
        patient, contact = (
            db.session.get(Patient, here.patient),
            db.session.get(Contact, here.contact),
        )
        assert patient is not None
        assert contact is not None
        patient.phone = contact.phone
        db.session.commit()
    assert say_yes(client, here).status_code == 422
    assert (state(app, here), alerts(app)) == ("asked", ["own-driver"])


def test_a_forwarded_link_shows_nothing_after_somebody_confirmed(
    app: Flask, client: Visitor, here: Asked
) -> None:
    other = browser(app)
    token = other.token(here.link)
    say_yes(client, here)
    answer = other.get(here.link)
    assert answer.status_code == 409
    assert "already in use" in answer.text
    for word in ("Rosa", "March", "Lake", "Sam"):
        assert word not in answer.text
    late = {"csrf_token": token, "shown": "0" * 32, "press": "y" * 43}
    assert other.post(f"{here.link}/accept", data=late).status_code == 409
    assert other.post(f"{here.link}/decline", data=late).status_code == 409
    assert state(app, here) == "accepted"
    assert other.get(f"/driver/rides/{here.ride}").status_code == 401


def test_whoever_confirmed_is_led_to_the_ride_by_the_same_link(
    client: Visitor, here: Asked
) -> None:
    say_yes(client, here)
    assert client.get(here.link).location == f"/driver/rides/{here.ride}"


def test_fifty_taps_accept_once(app: Flask, client: Visitor, here: Asked) -> None:
    page = client.get(here.link)
    form = {"csrf_token": client.token(here.link), **yes_on(page.text)}
    cookie = client.get_cookie("form")
    assert cookie is not None

    def tap(_: int) -> tuple[int, str | None, str | None]:
        tapping = browser(app)
        tapping.set_cookie("form", cookie.value)
        answer = tapping.post(f"{here.link}/accept", data=form)
        given = tapping.get_cookie("homeward-driver")
        return answer.status_code, answer.location, given.value if given else None

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(tap, range(50)))
    assert len(answers) == 1
    assert next(iter(answers))[:2] == (303, f"/driver/rides/{here.ride}/notices")
    with app.app_context():
        accepted = select(func.count(AuditRow.id)).where(AuditRow.verb == "accepted")
        assert db.session.scalar(accepted) == 1
        assert db.session.scalar(select(func.count(SignIn.id))) == 1
        assert db.session.scalar(select(func.count(Promise.id))) == 1


def test_a_link_ends_a_day_after_the_visit_was_to_start(
    app: Flask, client: Visitor, clock: TestClock, here: Asked
) -> None:
    clock.move(to=NOW + timedelta(days=2) - timedelta(seconds=1))
    assert client.get(here.link).status_code == 200
    token = client.token(here.link)
    clock.move(by=timedelta(seconds=1))
    answer = client.get(here.link)
    assert answer.status_code == 410
    assert "+12125550100" in answer.text
    assert "Rosa" not in answer.text
    form = {"csrf_token": token}
    assert client.post(f"{here.link}/accept", data=form).status_code == 410
    assert state(app, here) == "asked"


def test_a_moved_visit_takes_its_link_along(
    app: Flask, client: Visitor, clock: TestClock, here: Asked
) -> None:
    with app.app_context():
        visit = db.session.get(Visit, here.visit)
        assert visit is not None
        visit.start_at, visit.moved_at = NOW + timedelta(days=9), NOW
        db.session.commit()
    clock.move(to=NOW + timedelta(days=9))
    assert client.get(here.link).status_code == 200


def test_a_new_link_ends_the_old_one(app: Flask, client: Visitor, here: Asked) -> None:
    with app.app_context():
        made = ride_link(here.ride, Actor("patient", here.patient), NOW)
    assert client.get(here.link).status_code == 410
    assert client.get(f"/ride/{made.token}").status_code == 200


def test_a_driver_with_a_new_phone_goes_on_there_and_the_old_one_ends(
    app: Flask, client: Visitor, here: Asked
) -> None:
    say_yes(client, here)
    with app.app_context():
        made = ride_link(here.ride, Actor("patient", here.patient), NOW)
    new = Asked(here.visit, here.ride, here.patient, here.contact, f"/ride/{made.token}")
    assert state(app, here) == "accepted"
    phone = browser(app)
    assert say_yes(phone, new).status_code == 303
    assert phone.get(f"/driver/rides/{here.ride}").status_code == 200
    assert client.get(f"/driver/rides/{here.ride}").status_code == 401


def test_an_unknown_link_and_a_revoked_one_get_the_same_answer(
    app: Flask, client: Visitor, here: Asked
) -> None:
    with app.app_context():
        withdraw_consent(here.ride, Actor("patient", here.patient), NOW)
    revoked, unknown = client.get(here.link), client.get("/ride/" + "A" * 43)
    assert revoked.status_code == unknown.status_code == 410
    token = re.compile(r'name="csrf_token" value="[^"]+"')
    assert token.sub("", revoked.text) == token.sub("", unknown.text)


def test_a_cancelled_visit_ends_its_links(app: Flask, client: Visitor, here: Asked) -> None:
    with app.app_context():
        visit = db.session.get(Visit, here.visit)
        assert visit is not None
        visit.state, visit.cancelled_at = VisitState.CANCELLED.value, NOW
        db.session.commit()
    assert client.get(here.link).status_code == 410


def test_guessing_links_is_limited(client: Visitor, here: Asked) -> None:
    form = {"csrf_token": client.token(here.link)}
    answers = [
        client.post(f"/ride/{'A' * 42}{n:02}/accept", data=form).status_code for n in range(35)
    ]
    assert answers == [410] * 30 + [429] * 5


def test_a_companion_is_asked_to_stay_not_to_drive(app: Flask, client: Visitor) -> None:
    here = asked(app, Role.COMPANION)
    page = client.get(here.link).text
    assert "Can you stay with Rosa?" in page
    say_yes(client, here)
    assert state(app, here) == "accepted"
    assert row(app, Ride, here.ride).code == ""
    with app.app_context():
        assert course_of(here.patient)[0].driver is None


def test_one_browser_does_not_drop_one_ride_for_another(
    app: Flask, client: Visitor, here: Asked
) -> None:
    say_yes(client, here)
    second = asked(app)
    answer = say_yes(client, second)
    assert answer.status_code == 422
    assert "another browser" in answer.text
    assert client.get(f"/driver/rides/{here.ride}").status_code == 200
