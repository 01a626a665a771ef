"""Each clinic has its own look, and its admin changes it: nothing crosses to another clinic."""

import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from recovery.domain.rights import StaffRole
from recovery.services.clinics import ClinicEntry
from recovery.store.audit import AuditRow
from recovery.store.clinics import Clinic, ClinicLogo
from recovery.store.database import db
from recovery.store.sign_ins import Face
from tests.builders import a_clinic, a_patient, a_ride, a_visit, signed_in
from tests.clock import TestClock
from tests.front_desk import Desk
from tests.notices import a_notice
from tests.pictures import a_png
from tests.visitor import Visitor

PAGE = "/staff/clinic"
STYLE = re.compile(r'href="(/static/\w+/accent/[^"]+)"')
LOGO = re.compile(r'<img class="logo" src="([^"]+)"')


def an_admin(app: Flask, clock: TestClock, clinic_id: int) -> Desk:
    client = app.test_client()
    assert isinstance(client, Visitor)
    return Desk(client, clock, clinic_id, StaffRole.ADMIN)


@pytest.fixture
def admin(app: Flask, clock: TestClock) -> Desk:
    with app.app_context():
        clinic_id = a_clinic().id
    return an_admin(app, clock, clinic_id)


@pytest.fixture
def other(app: Flask, clock: TestClock, admin: Desk) -> Desk:
    with app.app_context():
        clinic_id = a_clinic(name="Another Clinic").id
    return an_admin(app, clock, clinic_id)


def send(desk: Desk, what: str = "", **fields: object) -> TestResponse:
    return desk.client.submit(PAGE, fields, to=f"{PAGE}{what}")


def send_logo(desk: Desk, file: bytes) -> TestResponse:
    return send(desk, "/logo", logo=(io.BytesIO(file), "logo.png"))


def stored(desk: Desk, **changes: str) -> dict[str, str]:
    """The form as the page gives it, with changes."""
    with desk.inside() as clinic:
        names = ClinicEntry.__dataclass_fields__
        return {name: getattr(clinic, name) for name in names} | changes


def test_an_admin_changes_numbers_and_hours(admin: Desk) -> None:
    changes = {"phone": "212 555 0199", "watched": "Mon-Sat 07:00-19:00", "parking": "In the yard"}
    assert send(admin, **stored(admin, **changes)).status_code == 303
    with admin.inside() as clinic:
        assert (clinic.phone, clinic.parking) == ("+12125550199", "In the yard")
        found = select(AuditRow.facts).where(AuditRow.verb == "changed")
        assert db.session.scalars(found).one()["what"] == ["phone", "watched", "parking"]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("phone", "12", "This is not a phone number"),
        ("watched", "always", "Please write the hours like this"),
        ("name", "  ", "A clinic needs a name"),
        ("zone", "Mars/Olympus", "This is no time zone."),
        ("on_call_email", "ada@", "This is not an e-mail address."),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_entered_is_lost(
    admin: Desk, field: str, value: str, says: str
) -> None:
    answer = send(admin, **stored(admin, parking="By the <river>") | {field: value})
    assert (answer.status_code, says in answer.text) == (422, True)
    assert "By the &lt;river&gt;" in answer.text
    with admin.inside() as clinic:
        assert clinic.parking == "Behind the house"


def test_the_zone_stays_while_notices_are_to_come(admin: Desk) -> None:
    with admin.inside() as clinic:
        a_notice(a_visit(a_patient(clinic)))
    answer = send(admin, **stored(admin, zone="America/Denver"))
    assert (answer.status_code, "the time zone must stay" in answer.text) == (422, True)
    assert send(admin, **stored(admin, phone="212 555 0199")).status_code == 303


def test_the_colour_reaches_the_pages_of_staff_patient_and_driver(
    app: Flask, admin: Desk, clock: TestClock
) -> None:
    assert send(admin, "/accent", accent="#14604F", accent_dim="").status_code == 303
    with app.app_context():
        patient = a_patient(db.session.get_one(Clinic, admin.clinic_id))
        ride = a_ride(a_visit(patient))
        phone, car = app.test_client(), app.test_client()
        signed_in(phone, Face.PATIENT, patient, clock())
        signed_in(car, Face.DRIVER, ride.contact, clock())
    for client, page in ((admin.client, "/staff/"), (phone, "/me/"), (car, "/driver/")):
        [address] = STYLE.findall(client.get(page, follow_redirects=True).text)
        style = client.get(address)
        assert (style.status_code, style.mimetype) == (200, "text/css")
        assert "--amber: #14604f; --fill: #14604f; --on-fill: #ffffff;" in style.text
        assert style.cache_control.immutable
    assert send(admin, "/accent", accent="", accent_dim="").status_code == 303
    assert not STYLE.findall(admin.client.get("/staff/").text)


@pytest.mark.parametrize(
    ("accent", "dim", "says"),
    [
        ("#ffd700", "", "Please choose a darker one."),
        ("#14604f", "#14604f", "Please choose a lighter one."),
        ("#b00020", "", "the red of our alarms"),
        ("green", "", "Please write the color like this: #14604f."),
        ("#14604f;} body {display:none", "", "Please write the color like this"),
    ],
)
def test_a_colour_that_cannot_be_read_gets_a_sentence_that_says_what_to_do(
    admin: Desk, accent: str, dim: str, says: str
) -> None:
    answer = send(admin, "/accent", accent=accent, accent_dim=dim)
    assert (answer.status_code, says in answer.text) == (422, True)
    with admin.inside() as clinic:
        assert (clinic.accent, clinic.accent_dim) == ("", "")


def test_a_style_of_colours_that_nobody_could_read_is_not_there(admin: Desk) -> None:
    build = admin.client.application.extensions["recovery.build"]
    for names in ("ffd700-ffffff", "14604f-14604f", "14604f-zzzzzz", "14604f-ffffff;"):
        assert admin.client.get(f"/static/{build}/accent/{names}.css").status_code == 404
    assert admin.client.get("/static/0123/accent/14604f-ffffff.css").status_code == 404


def test_a_logo_is_shown_to_staff_and_patients_and_not_to_drivers(
    app: Flask, admin: Desk, clock: TestClock
) -> None:
    assert send_logo(admin, a_png(after=b"<script>")).status_code == 303
    with app.app_context():
        patient = a_patient(db.session.get_one(Clinic, admin.clinic_id))
        ride = a_ride(a_visit(patient))
        phone, car = app.test_client(), app.test_client()
        signed_in(phone, Face.PATIENT, patient, clock())
        signed_in(car, Face.DRIVER, ride.contact, clock())
    for client, page in ((admin.client, "/staff/"), (phone, "/me/")):
        [address] = LOGO.findall(client.get(page, follow_redirects=True).text)
        picture = client.get(address)
        assert (picture.data, picture.mimetype) == (a_png(), "image/png")
        assert picture.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in picture.headers["Content-Security-Policy"]
    assert not LOGO.findall(car.get("/driver/", follow_redirects=True).text)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (b"", "This is not a PNG picture."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "This is not a PNG picture."),
        (a_png(2000, 20), "32 to 1024 pixels"),
        (a_png()[:-30], "cannot be read to its end"),
        (a_png(after=b"x" * 110_000), "larger than 3 KB"),
    ],
)
def test_a_file_that_is_no_logo_gets_a_sentence(admin: Desk, file: bytes, says: str) -> None:
    answer = send_logo(admin, file)
    assert (answer.status_code, says in answer.text) == (422, True)
    with admin.inside():
        assert db.session.scalars(select(ClinicLogo.clinic_id)).all() == []


def test_a_file_that_no_request_may_carry_is_refused_at_the_door(admin: Desk) -> None:
    assert send_logo(admin, b"x" * 300_000).status_code == 413


def test_a_logo_is_gone_when_it_is_removed(admin: Desk) -> None:
    send_logo(admin, a_png())
    [address, *_] = LOGO.findall(admin.client.get(PAGE).text)
    assert send(admin, "/logo/remove").status_code == 303
    assert admin.client.get(address).status_code == 404
    assert not LOGO.findall(admin.client.get(PAGE).text)


def test_nothing_of_a_clinics_look_crosses_to_another(
    admin: Desk, other: Desk, clock: TestClock
) -> None:
    before = stored(other)
    untouched = other.client.get(PAGE).text
    send(admin, "/accent", accent="#14604f", accent_dim="")
    send_logo(admin, a_png())
    send(admin, **stored(admin, phone="212 555 0199", name="Lakeside Anew"))
    assert stored(other) == before
    forms = re.compile(r'name="csrf_token" value="[^"]+"')
    assert forms.sub("", other.client.get(PAGE).text) == forms.sub("", untouched)
    send_logo(other, a_png(colour=b"\x20\x20\x90"))
    send(other, "/logo/remove")
    [address, *_] = LOGO.findall(admin.client.get(PAGE).text)
    assert admin.client.get(address).data == a_png()
    clock.move(by=timedelta(minutes=1))


def test_only_an_admin_changes_the_clinic(app: Flask, admin: Desk, clock: TestClock) -> None:
    for role in (StaffRole.FRONT_DESK, StaffRole.NURSE, StaffRole.PROVIDER):
        client = app.test_client()
        assert isinstance(client, Visitor)
        desk = Desk(client, clock, admin.clinic_id, role)
        assert desk.client.get(PAGE).status_code == 403
        assert 'href="/staff/clinic"' not in desk.client.get("/staff/").text
