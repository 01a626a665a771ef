"""The patient names who takes them home, sends the link and takes somebody back."""

import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.domain.ride import RideState, Role
from recovery.domain.visit import VisitState
from recovery.services.audit import Actor
from recovery.services.facts import course_of
from recovery.services.refusals import NotFound, Refused
from recovery.services.ride_links import ride_link
from recovery.services.rides import Named, name_driver, withdraw_consent
from recovery.store.alerts import Alert
from recovery.store.database import db
from recovery.store.patients import Consent, Patient
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face
from recovery.store.visits import Visit
from tests.builders import NOW, a_clinic, a_patient, a_ride, a_staff, a_visit, signed_in
from tests.clock import TestClock
from tests.page_words import PageWords
from tests.visitor import Visitor

SAM = {"name": "Sam Rivera", "phone": "(212) 555-0177", "role": "driver", "consents": "yes"}


@pytest.fixture
def ids(app: Flask, client: Visitor) -> tuple[int, int]:
    """A signed-in patient and their visit of tomorrow."""
    with app.app_context():
        patient = a_patient(a_clinic())
        visit = a_visit(patient, start_at=NOW + timedelta(days=1))
        signed_in(client, Face.PATIENT, patient)
        return patient.id, visit.id


def rides(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        return [(ride.role, ride.state) for ride in db.session.scalars(select(Ride))]


def named(**changes: object) -> Named:
    values = {"name": "Sam", "phone": "+12125550177", "role": Role.DRIVER, "consents": True}
    return Named(**(values | changes))  # type: ignore[arg-type]


def test_naming_a_driver_leads_to_a_link_that_can_be_sent(
    app: Flask, client: Visitor, ids: tuple[int, int]
) -> None:
    page = f"/me/visits/{ids[1]}/driver/name?role=driver"
    answer = client.submit(page, SAM, to=f"/me/visits/{ids[1]}/driver/name")
    assert answer.status_code == 303
    link = client.get(answer.location).text
    assert "sms:+12125550177?&amp;body=Can%20you%20drive%20me%20home" in link
    assert "<svg" in link
    assert 'data-share data-text="Can you drive me home' in link
    assert rides(app) == [("driver", "asked")]
    with app.app_context():
        assert db.session.scalars(select(Consent)).one().given_at == NOW
        assert db.session.scalars(select(Ride)).one().contact.phone == "+12125550177"


def test_the_text_message_says_nothing_of_health(client: Visitor, ids: tuple[int, int]) -> None:
    page = f"/me/visits/{ids[1]}/driver/name?role=driver"
    link = client.get(client.submit(page, SAM, to=page).location).text
    text = unescape(link.split('data-share data-text="')[1].split('"')[0])
    assert text.startswith("Can you drive me home on Tuesday, March 3? Please say yes or no: http")
    assert "Lakeside" not in text


def test_the_link_is_shown_again_only_in_the_browser_that_made_it(
    app: Flask, client: Visitor, ids: tuple[int, int]
) -> None:
    page = f"/me/visits/{ids[1]}/driver/name?role=driver"
    made = client.submit(page, SAM, to=page).location
    other = app.test_client()
    with app.app_context():
        patient = db.session.get(Patient, ids[0])
        assert patient is not None
        signed_in(other, Face.PATIENT, patient)
    assert "/ride/" in client.get(made).text
    assert "/ride/" not in other.get(made).text
    assert "Make a new link" in other.get(made).text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("phone", "212 555 0142", "This is your own number"),
        ("phone", "12", "not a phone number"),
        ("phone", "", "enter their phone number"),
        ("name", " ", "enter a name"),
        ("name", "x" * 81, "80 letters"),
        ("consents", "", "say yes to what we may tell"),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field(
    app: Flask, client: Visitor, ids: tuple[int, int], field: str, value: str, sentence: str
) -> None:
    page = f"/me/visits/{ids[1]}/driver/name?role=driver"
    answer = client.submit(page, SAM | {field: value}, to=page)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'href="#{field}"' in answer.text
    assert rides(app) == []


def test_only_somebody_who_said_yes_counts_on_the_patients_page(
    app: Flask, client: Visitor, ids: tuple[int, int]
) -> None:
    with app.app_context():
        visit = db.session.get(Visit, ids[1])
        assert visit is not None
        a_ride(visit, RideState.ASKED)
        a_ride(visit, RideState.ACCEPTED, role="backup", phone="+12125550178", name="Kim")
    text = client.get(f"/me/visits/{ids[1]}/driver").text
    assert "Asked. No answer yet." in text
    assert "Said yes." in text


def test_consent_is_the_one_button_that_says_it(client: Visitor, ids: tuple[int, int]) -> None:
    page = client.get(f"/me/visits/{ids[1]}/driver/name?role=driver").text
    assert 'type="checkbox"' not in page
    assert 'id="consents" name="consents" value="yes"' in page
    assert "Yes, you may tell them this" in page


def test_the_patient_sees_who_said_what_and_when(
    app: Flask, client: Visitor, ids: tuple[int, int], clock: TestClock
) -> None:
    page = f"/me/visits/{ids[1]}/driver/name?role=driver"
    client.submit(page, SAM, to=page)
    with app.app_context():
        ride = db.session.scalars(select(Ride)).one()
        link, key = ride_link(ride.id, Actor("patient", ids[0]), NOW).token, ride.id
    driver = app.test_client()
    assert isinstance(driver, Visitor)
    clock.move(by=timedelta(hours=2))
    shown = driver.get(f"/ride/{link}", headers={"Accept-Language": "es"}).text
    form = dict(re.findall(r'name="(press|shown)" value="([^"]+)"', shown))
    spanish = {"Accept-Language": "es"}
    driver.submit(f"/ride/{link}", form, to=f"/ride/{link}/accept", headers=spanish)
    clock.move(by=timedelta(hours=20))
    driver.submit(f"/driver/rides/{key}", to=f"/driver/rides/{key}/coming")
    mine = client.get(f"/me/visits/{ids[1]}/driver").text
    words = [" ".join(piece.split()) for piece in PageWords(mine).pieces]
    told = words[words.index("What Sam said, and when") :]
    assert told[1:7] == [
        "Asked",
        "Monday, March 2, 9:00 AM",
        "Said yes",
        "Monday, March 2, 11:00 AM",
        "Is coming",
        "Tuesday, March 3, 7:00 AM",
    ]
    assert '<ul lang="es"><li>Tiene 18 años o más y licencia.</li>' in mine


def test_somebody_elses_visit_is_not_found(app: Flask, client: Visitor) -> None:
    with app.app_context():
        clinic = a_clinic()
        mine, other = a_patient(clinic), a_patient(clinic, name="Ann Lee")
        ride = a_ride(a_visit(other))
        signed_in(client, Face.PATIENT, mine)
        visit_id, ride_id = ride.visit_id, ride.id
    paths = (f"/me/visits/{visit_id}/driver", f"/me/rides/{ride_id}/link")
    nothing = {client.get(path).text for path in ("/me/visits/999/driver", "/me/rides/999/link")}
    for path in (*paths, f"/me/rides/{ride_id}/take-back", f"/me/visits/{visit_id}/driver/name"):
        answer = client.get(path)
        assert (answer.status_code, answer.text in nothing) == (404, True)


def test_the_same_person_named_twice_is_one_ride(app: Flask, ids: tuple[int, int]) -> None:
    with app.app_context():
        actor = Actor("patient", ids[0])
        first = name_driver(ids[1], named(), actor, NOW).id
        assert name_driver(ids[1], named(), actor, NOW).id == first
    assert rides(app) == [("driver", "named")]


def test_a_second_driver_is_named_after_the_first_is_taken_back(
    app: Flask, ids: tuple[int, int]
) -> None:
    with app.app_context():
        actor = Actor("patient", ids[0])
        first = name_driver(ids[1], named(), actor, NOW).id
        other = named(phone="+12125550178")
        with pytest.raises(Refused, match="named somebody"):
            name_driver(ids[1], other, actor, NOW)
        db.session.rollback()
        withdraw_consent(first, actor, NOW)
        name_driver(ids[1], other, actor, NOW)
    assert rides(app) == [("driver", "revoked"), ("driver", "named")]


def test_somebody_taken_back_can_be_named_again(app: Flask, ids: tuple[int, int]) -> None:
    with app.app_context():
        actor = Actor("patient", ids[0])
        first = name_driver(ids[1], named(), actor, NOW).id
        withdraw_consent(first, actor, NOW)
        again = name_driver(ids[1], named(), actor, NOW)
        assert again.id != first
        assert RideState(again.state) is RideState.NAMED


def test_consent_withdrawn_hides_everything_at_once(
    app: Flask, client: Visitor, ids: tuple[int, int]
) -> None:
    with app.app_context():
        visit = db.session.get(Visit, ids[1])
        assert visit is not None
        ride = a_ride(visit)
        driver, ride_id = app.test_client(), ride.id
        signed_in(driver, Face.DRIVER, ride.contact)
    assert "Rosa" in driver.get(f"/driver/rides/{ride_id}").text
    client.submit(f"/me/rides/{ride_id}/take-back")
    for path in ("", "/state", "/help", "/cannot"):
        assert driver.get(f"/driver/rides/{ride_id}{path}").status_code == 404
    neutral = driver.get("/driver/")
    assert neutral.status_code == 200
    assert "Rosa" not in neutral.text
    assert "March" not in neutral.text
    with app.app_context():
        assert course_of(ids[0])[0].driver is None


def test_taking_the_driver_back_during_the_visit_alerts_staff(
    app: Flask, ids: tuple[int, int]
) -> None:
    with app.app_context():
        visit = db.session.get(Visit, ids[1])
        assert visit is not None
        visit.state, visit.started_at = VisitState.INFUSING.value, NOW
        ride = a_ride(visit)
        withdraw_consent(ride.id, Actor("patient", ids[0]), NOW)
        alert = db.session.scalars(select(Alert)).one()
        assert (alert.kind, alert.level) == ("driver-taken-back", "alert")


def test_consent_may_be_withdrawn_from_who_already_drove(app: Flask, ids: tuple[int, int]) -> None:
    with app.app_context():
        visit = db.session.get(Visit, ids[1])
        assert visit is not None
        ride = a_ride(visit, RideState.HOME)
        withdraw_consent(ride.id, Actor("patient", ids[0]), NOW)
        assert ride.state == RideState.HOME.value
        assert not course_of(ids[0])[0].rides[0].counts


def test_staff_name_a_driver_in_their_own_clinic_only(app: Flask, ids: tuple[int, int]) -> None:
    with app.app_context():
        visit = db.session.get(Visit, ids[1])
        assert visit is not None
        nurse = a_staff(visit.clinic)
        stranger = a_staff(a_clinic())
        with pytest.raises(NotFound):
            name_driver(visit.id, named(), Actor("staff", stranger.id), NOW)
        db.session.rollback()
        assert name_driver(visit.id, named(), Actor("staff", nurse.id), NOW).role == "driver"


def test_nobody_is_named_for_a_visit_that_is_over(app: Flask, ids: tuple[int, int]) -> None:
    with app.app_context():
        visit = db.session.get(Visit, ids[1])
        assert visit is not None
        visit.state = VisitState.DISCHARGED.value
        db.session.commit()
        with pytest.raises(Refused, match="over"):
            name_driver(ids[1], named(), Actor("patient", ids[0]), NOW)
        db.session.rollback()
        companion = named(role=Role.COMPANION)
        assert name_driver(ids[1], companion, Actor("patient", ids[0]), NOW).role == "companion"
