"""What is over by the clinic's rule is erased by the worker: all that is personal, and no more."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import JSON, Date, String, func, select, update

from recovery.domain.rights import StaffRole
from recovery.domain.visit import VisitState
from recovery.services.alerts import raise_alert
from recovery.services.audit import first_broken_row
from recovery.services.erasing import GONE, _blanks
from recovery.services.looking import note_look
from recovery.services.of_patient import belongs
from recovery.services.planning import replan
from recovery.services.retention import erase_over
from recovery.services.visit_moves import reason_for
from recovery.store.addresses import Address
from recovery.store.alerts import Alert
from recovery.store.audit import AuditRow
from recovery.store.clinics import Clinic
from recovery.store.database import Base, db
from recovery.store.devices import Device
from recovery.store.notices import Attempt, Notice
from recovery.store.patients import Contact, Patient
from recovery.store.rides import Promise, Ride
from recovery.store.said import Said
from recovery.store.sign_ins import Face, SignInCode
from recovery.store.visits import Answer, CheckInAnswer, Observation, Visit, Vital
from recovery.worker import Worker
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
from tests.front_desk import Desk
from tests.visitor import Visitor

A_DAY = timedelta(days=1)
#: Columns that hold words and say nothing of a person: names of rules, states, languages.
NOTHING_PERSONAL = {
    "patient": {"language", "wording"},
    "contact": {"language"},
    "address": {"role", "channel"},
    "device": {"role"},
    "sign_in": {"face"},
    "visit": {"state", "series"},
    "check_in": {"check_in", "occasion"},
    "ride": {"role", "state"},
    "promise": {"language"},
    # Of `parts` what they say goes, in `_silence`.
    "notice": {"kind", "occasion", "role", "parts", "state", "topic", "why"},
    "attempt": {"channel", "outcome", "reported"},
    "receipt": {"kind"},
    "alert": {"level"},
    "audit": {"actor", "verb", "subject", "facts", "previous", "key", "hash"},
}
#: What must be nowhere in the database afterwards.
PERSONAL = (
    "Rosa", "Delgado", "1988-04-12", "2125550142", "rosa@home.example", "Sam Rivera", "2125550177",
    "push.example/rosa", "very-secret", "482913", "Called her sister", "on-the-phone", "chest-pain",
    "what-sam-read", "handed-to-aunt", "she-said",  "'says': {'", "link-of-sam",
)  # fmt: skip


def test_every_column_with_words_is_erased_or_named_as_harmless() -> None:
    blanks = _blanks(NOW)
    for model in belongs(1):
        columns = model.__table__.columns
        worded = {c.name for c in columns if isinstance(c.type, String | JSON | Date)}
        left = set() if model in GONE else worded - set(blanks.get(model, {}))
        assert left == NOTHING_PERSONAL.get(model.__tablename__, set()), model


def a_life(client: Visitor, clinic: Clinic, **changes: Any) -> int:
    """A patient with something in every table, all of it long ago; returns the id."""
    known = {"email": "rosa@home.example", "welcome_hash": f"very-secret-{clinic.id}"}
    patient = a_patient(clinic, **(known | changes))
    left = {"left_at": NOW, "handed_to": "handed-to-aunt", "handover_why": "she-said"}
    visit = a_visit_at_the_door(patient, state=VisitState.DISCHARGED.value, **left)
    ride = a_ride(visit, link_hash=f"link-of-sam-{clinic.id}")
    for face, person in ((Face.PATIENT, patient), (Face.DRIVER, ride.contact)):
        signed_in(client, face, person)
    _words_of(patient, visit, ride)
    replan(patient.id, NOW)
    staff = a_staff(clinic, StaffRole.PROVIDER, email=f"ida-{clinic.id}@clinic.example")
    reason_for(staff, patient.id, visit.id, "Called her sister", NOW)
    raise_alert(visit, "chest-pain", NOW, red_flag="chest-pain", key="red-flag:chest-pain")
    db.session.commit()
    note_look(staff, patient.id, None, NOW)
    return patient.id


def _words_of(patient: Patient, visit: Visit, ride: Ride) -> None:
    clinic = {"clinic_id": patient.clinic_id, "created_at": NOW}
    own = {"role": "patient", "owner_id": patient.id}
    saved(Address(**clinic, **own, channel="email", to="rosa@home.example"))
    sign_in = {"sign_in_id": patient.id, "endpoint": "https://push.example/rosa"}
    keys = {"endpoint_hash": "very-secret", "p256dh": "very-secret", "auth": "very-secret"}
    device = saved(Device(**clinic, **own, **sign_in, **keys, server_key="", label="on-the-phone"))
    of = {"visit_id": visit.id, "at": NOW}
    saved(Answer(**of, question="q", choice="she-said", by="patient"))
    saved(Vital(**of, measure="pulse", value=72))
    nurse = a_staff(visit.clinic, email=f"noa-{patient.id}@clinic.example").id
    saved(Observation(**of, item="serious-event", seen=True, words="she-said", staff_id=nurse))
    saved(CheckInAnswer(**of, check_in="evening", answers={"q": "she-said"}, symptoms=["she-said"]))
    body = {"what": "step:x", "body": {"q": "she-said"}, "outcome": {}, "said_at": NOW}
    saved(Said(**of, **body, patient_id=patient.id, key="she-said"))
    saved(SignInCode(patient_id=patient.id, code_hash="very-secret", ends_at=NOW))
    shown = {"start_at": NOW, "pickup_at": NOW, "lines": ["what-sam-read"], "language": "en"}
    version = visit.protocol_version_id
    saved(Promise(ride_id=ride.id, at=NOW, protocol_version_id=version, **shown))
    notice = saved(
        Notice(
            clinic_id=patient.clinic_id, visit_id=visit.id, kind="day-1", role="patient",
            recipient_id=patient.id, parts=[{"visit_id": visit.id, "kind": "day-1", "occasion": "",
                                             "says": {"at": "2026-03-02T15:00:00+00:00"}}],
            safety=False, no_driving=False, due_at=NOW, not_after=NOW, topic="t", created_at=NOW,
        )
    )  # fmt: skip
    tried = {"channel": "push", "fence": 1, "at": NOW, "detail": "she-said"}
    saved(Attempt(notice_id=notice.id, device_id=device.id, receipt_hash="very-secret", **tried))


def keep(clinic_id: int, days: int | None, now_minus: timedelta = A_DAY) -> None:
    rule = {"keep_days": days, "keep_set_at": NOW - now_minus}
    db.session.execute(update(Clinic).where(Clinic.id == clinic_id).values(**rule))
    db.session.commit()


def everything() -> str:
    """All rows of all tables, as words; but the clinics' own, and the trail with its ids and names
    of rules."""
    others = {"protocol_version", "staff", "audit"}
    chosen = [table for table in Base.metadata.sorted_tables if table.name not in others]
    rows = [[str(value) for row in db.session.execute(select(t)) for value in row] for t in chosen]
    return json.dumps(rows)


def count(model: type[Base], *where: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def test_what_is_over_is_erased_and_the_trail_stays_whole(
    app: Flask, client: Visitor, clock: TestClock, worker: Worker
) -> None:
    with app.app_context():
        clinic = a_clinic()
        clinic_id, patient = clinic.id, a_life(client, clinic)
        before = everything()
        assert [word for word in PERSONAL if word not in before] == []
        rows, sent = count(AuditRow), count(Notice)
        keep(clinic_id, 90)
        clock.move(by=89 * A_DAY)
        worker.round()
        db.session.rollback()
        assert db.session.get_one(Patient, patient).erased_at is None
    clock.move(by=2 * A_DAY)
    worker._next_erasing = 0.0  # An hour on the worker's own clock.
    with app.app_context():
        worker.round()
    with app.app_context():
        after = everything()
        assert [word for word in PERSONAL if word in after] == []
        trail = [row.facts for row in db.session.scalars(select(AuditRow))]
        assert [word for word in PERSONAL if word != "chest-pain" and word in str(trail)] == []
        assert db.session.get_one(Patient, patient).erased_at == clock()
        assert count(AuditRow, AuditRow.verb == "erased") == 1
        assert count(AuditRow) > rows
        assert count(Notice) >= sent
        assert count(Notice, Notice.next_at.is_not(None)) == 0
        assert first_broken_row(clinic_id) is None
    assert app.test_cli_runner().invoke(args=["audit-check"]).exit_code == 0
    assert client.get("/me").status_code == 401


@pytest.mark.parametrize(
    "why", ["later visit", "in the chair", "no rule", "new rule", "paused", "just ended"]
)
def test_nothing_is_erased_before_its_time(
    app: Flask, client: Visitor, clock: TestClock, why: str
) -> None:
    with app.app_context():
        clinic = a_clinic()
        patient = db.session.get_one(Patient, a_life(client, clinic))
        keep(clinic.id, None if why == "no rule" else 90)
        now = clock.move(by=91 * A_DAY)
        if why == "later visit":
            version = db.session.scalars(select(Visit)).first()
            assert version is not None
            a_visit(patient, version.protocol_version, start_at=now - A_DAY)
        elif why == "in the chair":
            db.session.execute(update(Visit).values(state=VisitState.READY.value))
        elif why == "new rule":
            keep(clinic.id, 90, timedelta(hours=23) - 91 * A_DAY)
        elif why == "paused":
            db.session.execute(update(Clinic).values(paused_at=now, paused_why="restored"))
        elif why == "just ended":
            db.session.execute(update(Patient).values(ended_at=now - A_DAY))
        db.session.commit()
        assert erase_over(20, now) == 0
        assert count(Patient, Patient.erased_at.is_not(None)) == 0


def test_several_workers_erase_each_patient_once(app: Flask, clock: TestClock) -> None:
    with app.app_context():
        clinic = a_clinic()
        version = a_protocol_version(clinic)
        for number in range(12):
            patient = a_patient(clinic, name=f"Person {number}")
            a_visit(patient, version, state=VisitState.NO_SHOW.value)
        keep(clinic.id, 30)
        clinic_id = clinic.id
    now, start = clock.move(by=40 * A_DAY), Barrier(3)

    def one(_: int) -> int:
        with app.app_context():
            start.wait()
            return sum(erase_over(20, now) for _again in range(4))

    with ThreadPoolExecutor(3) as workers:
        assert sum(workers.map(one, range(3))) == 12
    with app.app_context():
        assert count(AuditRow, AuditRow.verb == "erased") == 12
        assert count(Patient, Patient.name == "–") == 12
        assert first_broken_row(clinic_id) is None
        assert erase_over(20, now) == 0


def test_one_who_was_erased_is_nobody_for_staff(
    app: Flask, client: Visitor, desk: Desk, clock: TestClock
) -> None:
    with desk.inside() as clinic:
        patient = a_life(app.test_client(), clinic)  # type: ignore[arg-type]
        visit = db.session.scalars(select(Visit.id)).one()
        keep(clinic.id, 30)
        clock.move(by=40 * A_DAY)
        assert erase_over(20, clock()) == 1
        assert count(Contact, Contact.name == "–") == 1
    desk = Desk(desk.client, clock, desk.clinic_id, StaffRole.PROVIDER)
    for page in (f"/staff/patients/{patient}", f"/staff/visits/{visit}"):
        assert desk.client.get(page).status_code == 404
    assert f"/staff/patients/{patient}" not in desk.client.get("/staff/patients").text
    assert f"/staff/visits/{visit}" not in desk.client.get("/staff/?day=2026-03-02").text


def test_no_button_of_an_older_page_writes_to_one_who_was_erased(
    app: Flask, desk: Desk, clock: TestClock
) -> None:
    with desk.inside() as clinic:
        patient = a_life(app.test_client(), clinic)  # type: ignore[arg-type]
        visit, ride = db.session.scalar(select(Visit.id)), db.session.scalar(select(Ride.id))
        contact = db.session.scalar(select(Contact.id))
        keep(clinic.id, 30)
        clock.move(by=40 * A_DAY)
        assert erase_over(20, clock()) == 1
        last = db.session.scalar(select(func.max(AuditRow.id)))
    ids = {"patient_id": patient, "visit_id": visit, "ride_id": ride, "contact_id": contact}
    doors = [
        rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.arguments & {"patient_id", "visit_id"}
        if rule.rule.startswith("/staff/") and rule.arguments <= set(ids)
    ]
    assert len(doors) > 20
    adapter = app.url_map.bind("localhost")
    for role in (StaffRole.PROVIDER, StaffRole.ADMIN):
        desk = Desk(desk.client, clock, desk.clinic_id, role)
        sent = {"csrf_token": desk.client.token("/staff/alerts")}
        for rule in doors:
            named = {name: ids[name] for name in rule.arguments}
            to = adapter.build(rule.endpoint, named, method="POST")
            assert desk.client.post(to, data=sent).status_code in {403, 404}, to
    with desk.inside():
        row = db.session.get_one(Patient, patient)
        assert (row.welcome_hash, row.ended_at) == (None, None)
        later = select(AuditRow.verb).where(AuditRow.id > last, AuditRow.subject == "patient")
        assert db.session.scalars(later).all() == []


def test_an_ended_account_is_erased_by_hand_and_no_other(app: Flask, desk: Desk) -> None:
    with desk.inside() as clinic:
        patient = a_patient(clinic).id
    of = f"/staff/patients/{patient}/data"
    assert desk.client.submit(of, to=f"{of}/erase").status_code == 422
    assert desk.client.submit(of, to=f"{of}/end").status_code == 303
    assert "Erase it now" in desk.client.get(of).text
    assert desk.client.submit(of, to=f"{of}/erase").status_code == 303
    assert desk.client.get(of).status_code == 404
    with desk.inside() as clinic:
        assert db.session.get_one(Patient, patient).name == "–"
        assert first_broken_row(clinic.id) is None


def test_what_staff_wrote_to_close_a_task_about_an_account_is_erased_with_it(desk: Desk) -> None:
    with desk.inside() as clinic:
        ids = [a_patient(clinic, name=f"Ana {number}").id for number in range(10)]
    # The last one's number begins as the first one's: 10 and 1.
    patient, other = ids[0], ids[-1]
    assert str(other).startswith(str(patient))
    for one in (patient, other):
        of = f"/staff/patients/{one}/data"
        assert desk.client.submit(of, to=f"{of}/end").status_code == 303
    with desk.inside():
        said = {alert.id: alert.facts["patient"] for alert in db.session.scalars(select(Alert))}
    for alert in said:
        words = {f"resolution-{alert}": f"Wrote to the patient {said[alert]}."}
        answer = desk.client.submit("/staff/alerts", words, to=f"/staff/alerts/{alert}/resolve")
        assert answer.status_code == 303
    of = f"/staff/patients/{patient}/data"
    assert desk.client.submit(of, to=f"{of}/erase").status_code == 303
    with desk.inside():
        words = db.session.scalars(select(Alert.resolution).order_by(Alert.id)).all()
        assert sorted(words) == ["", f"Wrote to the patient {other}."]
    assert desk.client.get("/staff/alerts/past").status_code == 200


def test_an_admin_sets_the_days_and_sees_whom_it_concerns(
    app: Flask, client: Visitor, clock: TestClock
) -> None:
    with app.app_context():
        clinic = a_clinic()
        clinic_id = clinic.id
        a_visit(a_patient(clinic, created_at=NOW - 99 * A_DAY), start_at=NOW - 40 * A_DAY)
    admin = Desk(client, clock, clinic_id, StaffRole.ADMIN)
    page = "/staff/keeping"
    for wrong in ("29", "-5", "1e9", "forever", "99999"):
        answer = client.submit(page, {"days": wrong})
        assert answer.status_code == 422
        assert wrong in answer.text
    assert client.submit(page, {"days": "30"}).status_code == 303
    shown = client.get(page).text
    assert "are over by this rule: 1." in shown
    assert "Tuesday, March\u00a03, 9:00" in shown
    with admin.inside() as clinic:
        assert (clinic.keep_days, clinic.keep_set_at) == (30, NOW)
        assert count(AuditRow, AuditRow.verb == "set-keep-days") == 1
        assert erase_over(20, NOW + timedelta(hours=23)) == 0
    assert client.submit(page, {"days": ""}).status_code == 303
    with admin.inside() as clinic:
        assert clinic.keep_days is None
