"""Every route × everybody: nobody reads or changes another's things, and looking changes none."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Table, select
from werkzeug.routing import Rule

from recovery.domain.ride import RideState
from recovery.domain.rights import Right, StaffRole, may
from recovery.services import driving, rides, sign_in
from recovery.services.audit import Actor
from recovery.services.looking import LOOKED
from recovery.services.own_account import sign_ins_of
from recovery.services.ride_links import ride_link
from recovery.services.sign_in import Lifetimes, begin, hashed
from recovery.services.staff_people import invite
from recovery.services.welcome import make_welcome_link
from recovery.store.alerts import Alert
from recovery.store.audit import AuditRow
from recovery.store.clinics import Clinic, Staff
from recovery.store.database import Base, db, reading
from recovery.store.patients import Contact, Patient
from recovery.store.protocol_drafts import ProtocolDraft
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face
from recovery.store.staff_calendars import StaffCalendar
from recovery.store.staff_factors import Passkey
from recovery.web.headers import HEADERS
from recovery.web.static import EXTENSION
from tests.builders import (
    NOW,
    a_clinic,
    a_patient,
    a_protocol_version,
    a_ride,
    a_staff,
    a_visit,
    a_visit_at_the_door,
    saved,
    signed_in,
)
from tests.clock import TestClock
from tests.notices import a_notice
from tests.visitor import Visitor

MISSING = 987_654
A_MONTH = timedelta(days=30)
NURSE = StaffRole.NURSE
WORDS = {
    "step_id": "instructions",
    "check_in_id": "evening",
    "flag_id": "chest-pain",
    "place": 2,
    "name": "text",
    "attempt_id": 1,
    "light": "14604f",
    "dim": "8fd3b6",
}
#: How long a browser stays signed in follows its use; nothing else of it does.
OF_SIGN_INS = {"seen_at", "idle_ends_at", "ends_at"}
IDS = (
    "visit_id",
    "ride_id",
    "notice_id",
    "patient_id",
    "contact_id",
    "alert_id",
    "person_id",
    "passkey_id",
    "sign_in_id",
    "version_id",
    "other_id",
    "draft_id",
    "calendar_id",
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Who may do what is the same on any database; queries have tests of their own."""
    return sqlite_url


@dataclass
class Home:
    """One patient with all that is theirs: ids by the names of routes, people, link tokens."""

    ids: dict[str, int]
    driver_notice: int
    people: dict[Face, int]
    tokens: dict[str, str] = field(default_factory=dict)


@dataclass
class World:
    """A patient with driver and staff; another patient and driver of the same clinic; staff of
    another clinic."""

    app: Flask
    own: Home
    other: Home
    foreign: Home

    def browser(self, home: Home, *faces: Face) -> Visitor:
        client = self.app.test_client()
        assert isinstance(client, Visitor)
        with self.app.app_context():
            for face in faces:
                kind = {Face.STAFF: Staff, Face.PATIENT: Patient, Face.DRIVER: Contact}[face]
                person = db.session.get_one(kind, home.people[face])
                signed_in(client, face, person)
        return client

    def rules(self, *methods: str) -> Iterator[tuple[Rule, str]]:
        for rule in self.app.url_map.iter_rules():
            for method in methods:
                if method in (rule.methods or ()):
                    yield rule, method

    def face_of(self, rule: Rule) -> object:
        return getattr(self.app.view_functions[rule.endpoint], "open_to", None)

    def address(self, rule: Rule, home: Home, missing: bool = False) -> str:
        values: dict[str, Any] = dict(WORDS)
        for name in IDS:
            values[name] = MISSING if missing else home.ids[name]
        if rule.rule.startswith("/driver/notices") and not missing:
            values["notice_id"] = home.driver_notice
        values["token"] = home.tokens.get(rule.rule.split("/")[1], "no-such-token")
        values |= {"build": self.app.extensions[EXTENSION], "filename": "js/sw.js"}
        values |= {"page": "wait", "language": "es"}
        with self.app.test_request_context():
            chosen = {name: values[name] for name in rule.arguments}
            return self.app.url_map.bind("localhost").build(rule.endpoint, chosen, force_external=0)

    def everything(self) -> dict[str, list[Any]]:
        with self.app.app_context(), reading():
            tables = Base.metadata.sorted_tables
            return {table.name: self._rows(table) for table in tables}

    def _rows(self, table: Table) -> list[Any]:
        columns = [column for column in table.columns if column.name not in OF_SIGN_INS]
        chosen = select(*columns).order_by(*columns[:2])
        if table.name == "audit":  # That staff looked is no change of what they looked at.
            chosen = chosen.where(table.c.verb != LOOKED)
        return [tuple(row) for row in db.session.execute(chosen)]


def admin_of(clinic: Clinic) -> Staff:
    found = db.session.scalars(select(Staff).filter_by(clinic_id=clinic.id, role="admin")).first()
    return found or a_staff(clinic, StaffRole.ADMIN)


def a_home(clinic: Clinic, name: str, phone: str) -> Home:
    version = a_protocol_version(clinic, version=len(name))
    patient = a_patient(clinic, name=name, phone=phone)
    visit = a_visit_at_the_door(patient, version)
    ride = a_ride(visit, name=f"{name}'s driver", phone=phone[:-1] + "9")
    told = a_notice(visit)
    driver = a_notice(visit, "home-safe", role="driver", recipient_id=ride.id)
    alert = saved(
        Alert(clinic_id=clinic.id, visit_id=visit.id, key=name, kind="drove", level="task",
              facts={}, raised_at=NOW)
    )  # fmt: skip
    staff = a_staff(clinic, StaffRole.PROVIDER, email=f"{len(name)}-{clinic.id}@clinic.example")
    begin(Face.STAFF, clinic.id, staff.id, "tablet", Lifetimes(A_MONTH, A_MONTH), NOW)
    tablet = saved(Passkey(staff_id=staff.id, credential=name, public_key=b"", sign_count=0,
                           label="tablet", created_at=NOW))  # fmt: skip
    theirs = (visit.id, ride.id, told.id, patient.id, ride.contact_id, alert.id)
    written = {"slug": f"of-{visit.id}", "version_id": version.id, "body": version.body}
    who = {"clinic_id": clinic.id, "changed_by": staff.id, "changed_at": NOW}
    draft = saved(ProtocolDraft(**written, **who))
    own = (staff.id, tablet.id, sign_ins_of(staff, NOW)[0].id)
    read = {"clinic_id": clinic.id, "staff_id": staff.id, "created_at": NOW}
    calendar = saved(StaffCalendar(token_hash=hashed(f"calendar of {name}"), **read))
    ids = (*theirs, *own, version.id, version.id, draft.id, calendar.id)
    people = {Face.STAFF: staff.id, Face.PATIENT: patient.id, Face.DRIVER: ride.contact_id}
    home = Home(dict(zip(IDS, ids, strict=True)), driver.id, people)
    home.tokens["welcome"] = make_welcome_link(staff, patient.id, NOW)
    coming = a_visit(patient, version, start_at=NOW + timedelta(days=3))
    asked = a_ride(coming, RideState.ASKED, name="Asked", phone=phone[:-1] + "8", code="")
    home.tokens["join"] = invite(admin_of(clinic), name, f"{visit.id}@x.example", NURSE, NOW)[1]
    home.tokens["ride"] = ride_link(asked.id, Actor("staff", staff.id), NOW).token
    return home


@pytest.fixture
def world(app: Flask, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    with app.app_context():
        here, there = a_clinic(), a_clinic(name="Another Clinic")
        return World(
            app,
            a_home(here, "Rosa Delgado", "+12125550140"),
            a_home(here, "Ana Ruiz", "+12125550150"),
            a_home(there, "Lee Wong", "+12125550160"),
        )


def with_ids(rule: Rule) -> bool:
    return bool(rule.arguments & set(IDS))


@pytest.mark.parametrize("role", StaffRole)
def test_what_is_another_ones_answers_byte_for_byte_as_what_is_not_there(
    world: World, role: StaffRole
) -> None:
    with world.app.app_context():
        db.session.get_one(Staff, world.foreign.people[Face.STAFF]).role = role.value
        db.session.commit()
    strangers = {
        Face.PATIENT: world.browser(world.other, Face.PATIENT),
        Face.DRIVER: world.browser(world.other, Face.DRIVER),
        Face.STAFF: world.browser(world.foreign, Face.STAFF),
    }
    before = world.everything()
    tried = 0
    for rule, method in world.rules("GET", "POST"):
        face = world.face_of(rule)
        if not with_ids(rule) or not isinstance(face, Face):
            continue
        client = strangers[face]
        foreign = client.open(world.address(rule, world.own), method=method)
        missing = client.open(world.address(rule, world.own, missing=True), method=method)
        seen = (foreign.status_code, foreign.data, foreign.headers.get("Location"))
        gone = (missing.status_code, missing.data, missing.headers.get("Location"))
        assert seen == gone, f"{method} {rule}"
        right = getattr(world.app.view_functions[rule.endpoint], "right", Right.SEE)
        wanted = {303, 404} if face is not Face.STAFF or may(role, right) else {403}
        assert foreign.status_code in wanted, f"{method} {rule} {foreign.status_code}"
        tried += 1
    assert tried > 60
    assert world.everything() == before


def test_a_cookie_opens_its_own_face_only_under_whatever_name_it_comes(world: World) -> None:
    before = None
    for held in Face:
        client = world.browser(world.own, held)
        cookie = client.get_cookie(f"homeward-{held.value}")
        assert cookie is not None
        for face in Face:
            if face is not held:
                client.set_cookie(f"homeward-{face.value}", cookie.value)
        before = world.everything()
        for rule, method in world.rules("GET", "POST"):
            face = world.face_of(rule)
            if isinstance(face, Face) and face is not held:
                answer = client.open(world.address(rule, world.own), method=method)
                assert answer.status_code in {302, 401}, f"{held} {method} {rule}"
                assert answer.status_code == 401 or "/staff/sign-in" in answer.location
        assert world.everything() == before


def test_phone_44_get_and_head_change_nothing_and_every_answer_is_guarded(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    everybody = world.browser(world.own, *Face)
    before = world.everything()
    shown = set()
    with caplog.at_level("DEBUG"):
        for rule, method in world.rules("GET", "HEAD", "OPTIONS"):
            answer = everybody.open(world.address(rule, world.own), method=method)
            assert answer.status_code < 500 or rule.rule == "/healthz", f"{method} {rule}"
            if answer.status_code == 200:
                shown.add(rule.rule)
            for name, value in HEADERS.items():
                assert answer.headers[name] == value, f"{method} {rule}"
            if rule.rule.split("/")[1] in {"welcome", "ride", "me", "driver", "staff", "code"}:
                kept = "private, no-cache" if rule.rule == "/staff/pulse" else "no-store"
                wanted = {kept, "no-store"}
                assert answer.headers["Cache-Control"] in wanted, f"{method} {rule}"
            assert world.everything() == before, f"{method} {rule}"
            answer.close()
    assert len(shown) > 40
    for token in world.own.tokens.values():
        assert token not in caplog.text
    for face in Face:
        cookie = everybody.get_cookie(f"homeward-{face.value}")
        assert cookie is not None
        assert cookie.value not in caplog.text
        assert cookie.value not in str(before)


def trail_of(world: World, *verbs: str) -> list[tuple[str, str, int]]:
    with world.app.app_context():
        chosen = select(AuditRow.verb, AuditRow.subject, AuditRow.subject_id)
        rows = db.session.execute(chosen.where(AuditRow.verb.in_(verbs)).order_by(AuditRow.id))
        return [(verb, subject, number) for verb, subject, number in rows]


def test_every_page_about_a_patient_leaves_a_look_and_every_export_a_row(
    world: World, clock: TestClock
) -> None:
    """Whatever address names somebody of a patient's is watched, new ones too."""
    of_patients = {"patient_id", "visit_id", "ride_id", "notice_id", "contact_id", "alert_id"}
    client = world.browser(world.own, Face.STAFF)
    patient = (LOOKED, "patient", world.own.ids["patient_id"])
    looked = 0
    for rule, _method in world.rules("GET"):
        if world.face_of(rule) is Face.STAFF and rule.arguments & of_patients:
            # What an open page asks by itself shows nothing but a mark, and keeps nobody signed in.
            view = world.app.view_functions[rule.endpoint]
            if not getattr(view, "asked_by_itself", False):
                clock.move(by=timedelta(minutes=16))
                looked += 1
            assert client.get(world.address(rule, world.own)).status_code == 200, rule
            assert trail_of(world, LOOKED) == [patient] * looked, rule
    assert looked > 3
    exported = 0
    for rule, method in world.rules("GET", "POST"):
        view = world.app.view_functions[rule.endpoint]
        if world.face_of(rule) is Face.STAFF and view.right is Right.EXPORT:
            form = {"since": "2026-03-01", "until": "2026-03-02"}
            with client.open(world.address(rule, world.own), method=method, data=form) as answer:
                assert answer.status_code == 200, rule
            exported += 1
            with world.app.app_context():
                verbs = db.session.scalars(select(AuditRow.verb)).all()
            assert len([verb for verb in verbs if verb.startswith("exported")]) == exported, rule
    assert exported > 1


def test_a_look_is_written_down_once_a_while_for_each_person(
    world: World, clock: TestClock
) -> None:
    visit = world.own.ids["visit_id"]
    pages = (f"/staff/visits/{visit}", f"/staff/patients/{world.own.ids['patient_id']}")
    looker, other = world.browser(world.own, Face.STAFF), world.browser(world.other, Face.STAFF)
    for minutes, looks in ((0, 1), (14, 1), (2, 2)):
        clock.move(by=timedelta(minutes=minutes))
        for page in pages:
            assert looker.get(page).status_code == 200
        assert len(trail_of(world, LOOKED)) == looks
    assert other.get(pages[0]).status_code == 200
    assert len(trail_of(world, LOOKED)) == 3
    stranger = world.browser(world.foreign, Face.STAFF)
    assert [stranger.get(page).status_code for page in pages] == [404, 404]
    assert len(trail_of(world, LOOKED)) == 3


def test_what_a_script_sends_without_a_token_of_ours_changes_nothing(world: World) -> None:
    world.app.config["WTF_CSRF_ENABLED"] = True
    client = world.browser(world.own, *Face)
    before = world.everything()
    for rule, method in world.rules("POST"):
        if rule.rule.startswith(("/receipts/", "/texts/")) or rule.rule == "/m/<token>/stop":
            continue
        for form in ({}, {"csrf_token": "wrong"}):
            answer = client.open(world.address(rule, world.own), method=method, data=form)
            assert answer.status_code == 400, f"{rule} {answer.status_code}"
    for rule, method in world.rules("POST"):
        site = {"Sec-Fetch-Site": "cross-site"}
        answer = client.open(world.address(rule, world.own), method=method, headers=site)
        assert answer.status_code == 403, rule
        plain = client.open(
            world.address(rule, world.own), method=method, data="{}", content_type="text/plain"
        )
        assert plain.status_code == 415, rule
    assert world.everything() == before


@pytest.mark.parametrize("end", ["consent", "withdrawn"])
def test_a_driver_who_is_out_sees_what_a_stranger_sees(world: World, end: str) -> None:
    client = world.browser(world.own, Face.DRIVER)
    ride_id = world.own.ids["ride_id"]
    assert client.get(f"/driver/rides/{ride_id}").status_code == 200
    with world.app.app_context():
        ride = db.session.get_one(Ride, ride_id)
        if end == "consent":
            rides.withdraw_consent(ride_id, Actor("patient", ride.visit.patient_id), NOW)
        else:
            driving.withdraw_ride(ride.contact, ride_id, NOW)
    before = world.everything()
    for rule, method in world.rules("GET", "POST"):
        if world.face_of(rule) is Face.DRIVER and with_ids(rule):
            out = client.open(world.address(rule, world.own), method=method)
            missing = client.open(world.address(rule, world.own, missing=True), method=method)
            second_tap = end == "withdrawn" and method == "POST" and rule.rule.endswith("/cannot")
            if not second_tap:
                assert (out.status_code, out.data) == (404, missing.data), f"{method} {rule}"
    assert world.everything() == before


@pytest.mark.parametrize("face", list(Face))
def test_a_sign_in_that_ended_opens_nothing_from_that_moment_on(world: World, face: Face) -> None:
    client = world.browser(world.own, face)
    with world.app.app_context():
        sign_in.end_all(face, world.own.people[face], NOW)
        db.session.commit()
    for rule, method in world.rules("GET", "POST"):
        if world.face_of(rule) is face:
            answer = client.open(world.address(rule, world.own), method=method)
            assert answer.status_code in {302, 401}, f"{method} {rule}"


def test_somebody_who_was_disabled_is_out_at_once(world: World) -> None:
    client = world.browser(world.own, Face.STAFF)
    assert client.get("/staff/").status_code == 200
    with world.app.app_context():
        db.session.get_one(Staff, world.own.people[Face.STAFF]).disabled_at = NOW
        db.session.commit()
    assert client.get("/staff/").status_code == 302
    assert client.post("/staff/patients/new").status_code == 401


def test_a_link_that_is_over_opens_for_nobody(world: World, clock: TestClock) -> None:
    clock.move(by=timedelta(days=60))
    client = world.browser(world.own)
    for kind, token in world.own.tokens.items():
        assert client.get(f"/{kind}/{token}").status_code == 410
    assert client.post(f"/ride/{world.own.tokens['ride']}/accept").status_code == 410
    late = client.post(f"/welcome/{world.own.tokens['welcome']}", data={"born": "1988-04-12"})
    assert late.status_code == 410


def test_a_log_out_takes_the_links_to_send_along(world: World) -> None:
    client = world.browser(world.own, Face.PATIENT)
    asked = world.own.ids["ride_id"]
    assert client.post(f"/me/rides/{asked}/link").status_code == 303
    with client.session_transaction() as kept:
        assert str(asked) in kept["ride-links"]
    client.post("/me/leave")
    with client.session_transaction() as kept:
        assert "ride-links" not in kept
