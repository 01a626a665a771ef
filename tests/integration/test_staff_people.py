"""Who works here: invited by a link, another role, shut out at once, nobody else's people."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from recovery.domain.rights import StaffRole
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.sign_ins import Face
from tests.builders import a_clinic, a_staff, signed_in
from tests.clock import TestClock
from tests.visitor import Visitor

NEW = {"name": "Ida Falk", "email": "Ida@clinic.example", "role": "nurse"}
PASSWORD = "a few plain words"


@pytest.fixture
def admin(app: Flask, client: Visitor) -> Visitor:
    with app.app_context():
        signed_in(client, Face.STAFF, a_staff(a_clinic(), StaffRole.ADMIN, name="Tom Becker"))
    return client


@pytest.fixture
def other(app: Flask) -> Visitor:
    client = app.test_client()
    assert isinstance(client, Visitor)
    return client


def link_in(page: str) -> str:
    found = re.search(r"/join/[\w-]+", page)
    assert found is not None
    return found[0]


def invite(admin: Visitor) -> str:
    answer = admin.submit("/staff/people", NEW)
    assert answer.status_code == 200
    return link_in(answer.text)


def person(app: Flask, email: str = "ida@clinic.example") -> Staff:
    with app.app_context():
        found = db.session.query(Staff).filter_by(email=email).one()
        db.session.expunge(found)
        return found


def test_an_invited_person_chooses_a_password_and_is_in(
    app: Flask, admin: Visitor, other: Visitor
) -> None:
    link = invite(admin)
    assert "Welcome, Ida Falk" in other.get(link).text
    assert other.submit(link, {"password": PASSWORD}).location == "/staff/me"
    assert other.get("/staff/").status_code == 200
    assert person(app).role == "nurse"


def test_the_link_works_once_and_opening_it_changes_nothing(
    app: Flask, admin: Visitor, other: Visitor
) -> None:
    link = invite(admin)
    assert other.get(link).status_code == 200
    assert person(app).password_hash == ""
    other.submit(link, {"password": PASSWORD})
    assert other.get(link).status_code == 410


def test_the_link_ends_after_seven_days(admin: Visitor, other: Visitor, clock: TestClock) -> None:
    link = invite(admin)
    clock.move(by=timedelta(days=7, seconds=1))
    assert other.get(link).status_code == 410


def test_a_short_password_is_refused_and_the_link_stays(admin: Visitor, other: Visitor) -> None:
    link = invite(admin)
    assert other.submit(link, {"password": "short"}).status_code == 422
    assert other.submit(link, {"password": PASSWORD}).status_code == 303


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"email": "nobody"}, {"email": ""}, {"role": ""}, {"role": "king"}]
)
def test_what_cannot_be_read_is_asked_again_with_all_that_was_typed(
    admin: Visitor, wrong: dict[str, str]
) -> None:
    answer = admin.submit("/staff/people", NEW | wrong)
    assert answer.status_code == 422
    kept = {**NEW, **wrong}
    assert kept["name"].strip() in answer.text


def test_one_e_mail_is_one_person(admin: Visitor) -> None:
    invite(admin)
    assert admin.submit("/staff/people", NEW).status_code == 422


def test_who_is_shut_out_is_out_at_once_and_may_come_back(
    app: Flask, admin: Visitor, other: Visitor
) -> None:
    other.submit(invite(admin), {"password": PASSWORD})
    number = person(app).id
    admin.submit("/staff/people", to=f"/staff/people/{number}/out")
    assert other.get("/staff/").status_code == 302
    form = {"email": "ida@clinic.example", "password": PASSWORD}
    assert other.submit("/staff/sign-in", form).status_code == 422
    admin.submit("/staff/people", to=f"/staff/people/{number}/back")
    assert other.submit("/staff/sign-in", form).status_code == 303


def test_a_new_link_ends_all_that_was_lost(app: Flask, admin: Visitor, other: Visitor) -> None:
    other.submit(invite(admin), {"password": PASSWORD})
    link = link_in(admin.submit("/staff/people", to=f"/staff/people/{person(app).id}/link").text)
    assert other.get("/staff/").status_code == 302
    form = {"email": "ida@clinic.example", "password": PASSWORD}
    assert other.submit("/staff/sign-in", form).status_code == 422
    assert other.submit(link, {"password": PASSWORD + "!"}).status_code == 303


def test_a_role_can_be_changed_but_not_ones_own_right_to_do_so(app: Flask, admin: Visitor) -> None:
    invite(admin)
    number = person(app).id
    form = {f"role-{number}": "provider"}
    assert admin.submit("/staff/people", form, to=f"/staff/people/{number}/role").status_code == 303
    assert person(app).role == "provider"
    with app.app_context():
        own = db.session.query(Staff).filter_by(role="admin").one().id
    form = {f"role-{own}": "nurse"}
    assert admin.submit("/staff/people", form, to=f"/staff/people/{own}/role").status_code == 409
    assert admin.submit("/staff/people", to=f"/staff/people/{own}/out").status_code == 409


def test_people_of_another_clinic_do_not_exist(app: Flask, admin: Visitor) -> None:
    with app.app_context():
        foreign = a_staff(a_clinic(), email="far@away.example").id
    assert "far@away.example" not in admin.get("/staff/people").text
    for act in ("link", "role", "out", "back"):
        form = {f"role-{foreign}": "nurse", "role-987654": "nurse"}
        answer = admin.submit("/staff/people", form, to=f"/staff/people/{foreign}/{act}")
        missing = admin.submit("/staff/people", form, to=f"/staff/people/987654/{act}")
        assert answer.status_code == missing.status_code == 404
        assert without_tokens(answer.text) == without_tokens(missing.text)


def without_tokens(page: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page)


def test_a_changed_password_ends_every_other_browser(
    app: Flask, admin: Visitor, other: Visitor
) -> None:
    other.submit(invite(admin), {"password": PASSWORD})
    tablet = app.test_client()
    assert isinstance(tablet, Visitor)
    tablet.submit("/staff/sign-in", {"email": "ida@clinic.example", "password": PASSWORD})
    form = {"old": PASSWORD, "new": PASSWORD + " more"}
    assert other.submit("/staff/me", form, to="/staff/me/password").status_code == 303
    assert other.get("/staff/").status_code == 200
    assert tablet.get("/staff/").status_code == 302


def test_one_ends_ones_own_sign_ins_only(app: Flask, admin: Visitor, other: Visitor) -> None:
    other.submit(invite(admin), {"password": PASSWORD})
    answer = admin.submit("/staff/me", to="/staff/me/sign-ins/2/end")
    assert answer.status_code == 404
    assert other.get("/staff/").status_code == 200
