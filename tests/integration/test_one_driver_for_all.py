"""One driver for a series: named once, asked once, and counted for the days that they saw."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.domain.ride import RideState
from recovery.services.audit import Actor
from recovery.services.ride_links import ride_link
from recovery.services.rides import Named, Role, name_driver
from recovery.store.alerts import Alert
from recovery.store.database import db
from recovery.store.patients import Consent, Patient
from recovery.store.rides import Promise, Ride
from recovery.store.sign_ins import Face
from recovery.store.visits import Visit
from tests.builders import NOW, a_clinic, a_patient, a_protocol_version, a_ride, a_visit, signed_in
from tests.visitor import Visitor

HIDDEN = re.compile(r'name="(press|shown)" value="([^"]+)"')
SAM = {"name": "Sam Rivera", "phone": "(212) 555-0177", "role": "driver", "consents": "yes"}


@pytest.fixture
def visits(app: Flask) -> list[int]:
    """Three visits of one series, a day from now and on."""
    with app.app_context():
        patient = a_patient(a_clinic())
        version = a_protocol_version(patient.clinic)
        return [
            a_visit(patient, version, start_at=NOW + timedelta(days=days), series="three").id
            for days in (1, 4, 8)
        ]


@pytest.fixture
def rosa(app: Flask, visits: list[int]) -> Visitor:
    """The patient's own phone."""
    phone = app.test_client()
    assert isinstance(phone, Visitor)
    with app.app_context():
        signed_in(phone, Face.PATIENT, db.session.scalars(select(Patient)).one())
    return phone


def states(app: Flask) -> list[str]:
    """Where each ride stands, in the order of the visits."""
    with app.app_context():
        found = select(Ride.state).join(Visit, Visit.id == Ride.visit_id)
        return list(db.session.scalars(found.order_by(Visit.start_at)))


def link_for_all(app: Flask, visits: list[int]) -> str:
    """Name one driver for all three visits, and make the link."""
    with app.app_context():
        me = Actor("patient", db.session.scalars(select(Patient.id)).one())
        sam = Named("Sam Rivera", "(212) 555-0177", Role.DRIVER, consents=True, for_all=True)
        return f"/ride/{ride_link(name_driver(visits[0], sam, me, NOW).id, me, NOW).token}"


def press(client: Visitor, link: str, **chosen: object) -> int:
    page = client.get(link)
    data = {"csrf_token": client.token(link), **dict(HIDDEN.findall(page.text)), **chosen}
    return client.post(f"{link}/accept", data=data).status_code


def test_one_consent_names_a_driver_for_every_visit_that_follows(
    app: Flask, rosa: Visitor, visits: list[int]
) -> None:
    page = f"/me/visits/{visits[0]}/driver/name"
    shown = rosa.get(f"{page}?role=driver").text
    assert "Also for the visits after this one" in shown
    assert "Friday, March\u00a06" in shown
    assert "Tuesday, March\u00a010" in shown
    assert rosa.submit(page, SAM | {"for_all": "yes"}).status_code == 303
    assert states(app) == ["asked", "asked", "asked"]
    with app.app_context():
        assert len(db.session.scalars(select(Consent)).all()) == 3
        assert len({ride.contact_id for ride in db.session.scalars(select(Ride))}) == 1


def test_without_the_tick_a_driver_is_named_for_one_visit_and_offered_for_the_next(
    app: Flask, rosa: Visitor, visits: list[int]
) -> None:
    assert rosa.submit(f"/me/visits/{visits[0]}/driver/name", SAM).status_code == 303
    assert states(app) == ["asked"]
    later = rosa.get(f"/me/visits/{visits[1]}/driver/name?role=driver").text
    assert 'value="Sam Rivera"' in later
    assert 'value="(212) 555-0177"' in later
    assert (
        'value="Sam Rivera"' not in rosa.get(f"/me/visits/{visits[1]}/driver/name?role=backup").text
    )


def test_a_visit_that_has_a_driver_keeps_them(app: Flask, rosa: Visitor, visits: list[int]) -> None:
    with app.app_context():
        a_ride(db.session.get_one(Visit, visits[1]), name="Lee Park", phone="+12125550188")
    page = f"/me/visits/{visits[0]}/driver/name"
    assert rosa.submit(page, SAM | {"for_all": "yes"}).status_code == 303
    assert states(app) == ["asked", "accepted", "asked"]


@pytest.mark.parametrize(
    ("chosen", "counted"),
    [
        ({"days": "all"}, ["accepted", "accepted", "accepted"]),
        ({"days": "ticked", "on": "1"}, ["accepted", "declined", "declined"]),
        ({"days": "ticked", "on": ["1", "3"]}, ["accepted", "declined", "accepted"]),
        ({"days": "ticked", "on": ["2", "987654", "x"]}, ["declined", "accepted", "declined"]),
    ],
)
def test_a_yes_counts_for_the_days_that_were_chosen_and_is_a_no_to_the_others(
    app: Flask, client: Visitor, visits: list[int], chosen: dict[str, object], counted: list[str]
) -> None:
    link = link_for_all(app, visits)
    page = client.get(link).text
    for words in (
        "Tuesday, March\u00a03",
        "Friday, March\u00a06",
        "Tuesday, March\u00a010",
        "Yes, on all 3 days",
        "The others are a no.",
    ):
        assert words in page
    assert press(client, link, **chosen) == 303
    assert states(app) == counted
    with app.app_context():
        promised = db.session.scalars(select(Promise).order_by(Promise.start_at)).all()
        assert len(promised) == counted.count("accepted")
        codes = db.session.scalars(select(Ride.code).where(Ride.state == "accepted")).all()
        assert all(len(code) == 6 for code in codes)
        tasks = db.session.scalars(select(Alert.kind)).all()
        assert tasks == ["driver-declined"] * ("declined" in counted)
    assert client.get("/driver/").status_code == (303 if counted.count("accepted") == 1 else 200)


def test_after_a_no_to_the_first_day_the_link_leads_to_the_first_yes(
    app: Flask, client: Visitor, visits: list[int]
) -> None:
    link = link_for_all(app, visits)
    sent = dict(HIDDEN.findall(client.get(link).text))
    data = {"csrf_token": client.token(link), **sent, "days": "ticked", "on": ["2", "3"]}
    for _ in range(2):
        answer = client.post(f"{link}/accept", data=data)
        assert (answer.status_code, answer.location) == (303, "/driver/rides/2/notices")
    assert states(app) == ["declined", "accepted", "accepted"]
    assert client.get(link).location == "/driver/rides/2"
    assert client.get("/driver/rides/2").status_code == 200


def test_a_yes_to_no_day_at_all_is_asked_again(
    app: Flask, client: Visitor, visits: list[int]
) -> None:
    link = link_for_all(app, visits)
    data = {"csrf_token": client.token(link), **dict(HIDDEN.findall(client.get(link).text))}
    again = client.post(f"{link}/accept", data=data | {"days": "ticked"})
    assert again.status_code == 422
    assert "Please tick the days on which you can" in again.text
    assert states(app) == ["asked", "asked", "asked"]


@pytest.mark.parametrize(
    ("answer", "chosen"),
    [("accept", {"days": "all"}), ("accept", {"days": "ticked", "on": "1"}), ("decline", {})],
)
def test_a_day_that_came_after_the_page_was_opened_is_neither_accepted_nor_declined_unseen(
    app: Flask, client: Visitor, visits: list[int], answer: str, chosen: dict[str, str]
) -> None:
    link = link_for_all(app, visits)
    sent = dict(HIDDEN.findall(client.get(link).text))
    with app.app_context():
        first = db.session.scalars(select(Ride).order_by(Ride.id)).first()
        assert first is not None
        fourth = a_visit(first.visit.patient, first.visit.protocol_version)
        fourth.start_at = NOW + timedelta(days=11)
        a_ride(fourth, RideState.NAMED, accepted_at=None).contact_id = first.contact_id
        db.session.commit()
    data = {"csrf_token": client.token(link), **sent, **chosen}
    again = client.post(f"{link}/{answer}", data=data)
    assert again.status_code == 409
    assert "Yes, on all 4 days" in again.text
    assert ('value="1" checked' in again.text) == ("on" in chosen)
    assert states(app) == ["asked", "asked", "asked", "named"]
    data |= dict(HIDDEN.findall(again.text))
    assert client.post(f"{link}/decline", data=data).status_code == 303
    assert states(app) == ["declined"] * 4


def test_a_day_that_moved_while_the_page_was_open_is_shown_again(
    app: Flask, client: Visitor, visits: list[int]
) -> None:
    link = link_for_all(app, visits)
    sent = dict(HIDDEN.findall(client.get(link).text))
    with app.app_context():
        db.session.get_one(Visit, visits[2]).start_at += timedelta(hours=1)
        db.session.commit()
    data = {"csrf_token": client.token(link), **sent, "days": "all"}
    assert client.post(f"{link}/accept", data=data).status_code == 409
    assert states(app) == ["asked", "asked", "asked"]


def test_a_no_is_for_every_day_that_was_asked_and_is_one_task_for_staff(
    app: Flask, client: Visitor, visits: list[int]
) -> None:
    link = link_for_all(app, visits)
    shown = dict(HIDDEN.findall(client.get(link).text))
    assert client.submit(link, shown, to=f"{link}/decline").status_code == 303
    assert states(app) == ["declined", "declined", "declined"]
    with app.app_context():
        kinds = db.session.scalars(select(Alert.kind)).all()
        assert kinds == ["driver-declined"]


def test_the_same_yes_pressed_twice_is_one_yes(
    app: Flask, client: Visitor, visits: list[int]
) -> None:
    link = link_for_all(app, visits)
    sent = dict(HIDDEN.findall(client.get(link).text))
    data = {"csrf_token": client.token(link), **sent, "days": "all"}
    for _ in range(2):
        assert client.post(f"{link}/accept", data=data).status_code == 303
    with app.app_context():
        assert len(db.session.scalars(select(Promise)).all()) == 3


def test_a_driver_is_taken_back_from_one_visit_or_from_all_at_once(
    app: Flask, rosa: Visitor, client: Visitor, visits: list[int]
) -> None:
    link = link_for_all(app, visits)
    assert press(client, link, days="all") == 303
    with app.app_context():
        ids = list(db.session.scalars(select(Ride.id).order_by(Ride.visit_id)))
    back = f"/me/rides/{ids[0]}/take-back"
    assert "from all visits" in rosa.get(back).text
    assert rosa.submit(back).status_code == 303
    assert states(app) == ["revoked", "accepted", "accepted"]
    back = f"/me/rides/{ids[1]}/take-back"
    assert rosa.submit(back, {"from": "all"}).status_code == 303
    assert states(app) == [RideState.REVOKED] * 3
    assert client.get(f"/driver/rides/{ids[2]}").status_code == 404
