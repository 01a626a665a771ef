"""How a patient is reached: staff send a test and see it arrive, and put a wrong number right."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from recovery.config import Settings
from recovery.domain.ladder import Rung
from recovery.services.linked_notices import MessageOver, find_linked, open_linked
from recovery.services.trial import send_test_notice
from recovery.store.addresses import Address, Channel
from recovery.store.audit import AuditRow
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face
from recovery.worker import Worker
from tests.builders import NOW, a_clinic, a_patient, a_ride, a_staff, a_visit, signed_in
from tests.carriers import CHANNELS, Outside, an_address
from tests.clock import TestClock
from tests.conftest import settings_for
from tests.notices import MINUTE, a_discharged_visit, a_notice, a_phone, the_notice, work_off
from tests.push_service import PushService
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path, **CHANNELS)


@pytest.fixture
def front(client: Visitor, patient: Patient) -> Visitor:
    """A nurse at the patient's clinic."""
    signed_in(client, Face.STAFF, a_staff(patient.clinic))
    return client


def page(patient: Patient) -> str:
    return f"/staff/patients/{patient.id}"


def send_test(front: Visitor, patient: Patient) -> int:
    return front.submit(page(patient), to=f"{page(patient)}/test").status_code


def correct(front: Visitor, patient: Patient, **typed: str) -> Any:
    """Change what stands in the fields."""
    form = {"phone": patient.phone, "email": patient.email} | typed
    return front.submit(page(patient), form, to=f"{page(patient)}/reach")


def addresses() -> list[tuple[str, str]]:
    db.session.rollback()
    rows = db.session.scalars(select(Address).order_by(Address.id))
    return [(row.to, row.retired_why) for row in rows]


def test_staff_send_a_test_to_every_phone_and_see_which_one_showed_it(
    front: Visitor, patient: Patient, service: PushService, worker: Worker, clock: TestClock
) -> None:
    a_visit(patient)
    old, new = a_phone(patient, service), a_phone(patient, service)
    for device, label in zip(db.session.scalars(select(Device)), ("Old", "New"), strict=True):
        device.label = label
    assert send_test(front, patient) == 303
    assert "It is being sent" in front.get(page(patient)).text
    work_off(worker)
    assert (old.count, new.count) == (1, 1)
    assert front.get(page(patient)).text.count("Not shown yet") == 2
    receipt = new.messages()[0].json["notification"]["data"]["receipt"]
    assert front.post(f"{receipt}/shown", base_url="http://localhost").status_code == 204
    text = front.get(page(patient)).text
    assert text.count("Shown at") == text.count("Not shown yet") == 1
    assert text.index("<b>Old</b>") < text.index("Not shown yet")
    clock.move(by=11 * MINUTE)
    assert "Not shown. Ask the patient to open Homeward" in front.get(page(patient)).text
    said = db.session.scalars(select(AuditRow).where(AuditRow.verb == "asked-for-test")).one()
    assert said.actor == "staff"


def test_an_open_page_learns_by_a_header_alone_what_became_of_a_test(
    front: Visitor, patient: Patient, service: PushService, worker: Worker, clock: TestClock
) -> None:
    a_visit(patient)
    phone = a_phone(patient, service)
    assert send_test(front, patient) == 303
    state = f"{page(patient)}/test/state"
    seen = [front.get(state)]
    work_off(worker)
    receipt_url = phone.messages()[0].json["notification"]["data"]["receipt"]
    for happens in (
        lambda: None,
        lambda: front.post(f"{receipt_url}/shown", base_url="http://localhost"),
    ):
        happens()
        before = {"If-None-Match": seen[-1].headers["ETag"]}
        seen.append(front.get(state, headers=before))
        assert seen[-1].status_code == 200
        again = front.get(state, headers={"If-None-Match": seen[-1].headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    text = front.get(page(patient)).text
    assert f'data-mark="{seen[-1].json["version"]}"' in text
    assert "data-waits" not in text, "every phone has shown it"
    db.session.rollback()
    looked = select(AuditRow).where(AuditRow.verb == "looked")
    assert len(db.session.scalars(looked).all()) == 1, "a page that asks by itself is no look"


def test_a_test_that_cannot_arrive_is_refused_in_words(
    front: Visitor, patient: Patient, service: PushService, clock: TestClock
) -> None:
    a_phone(patient, service)
    assert send_test(front, patient) == 422, "there is no visit"
    a_visit(patient)
    assert send_test(front, patient) == 303
    clock.move(by=MINUTE)
    token = front.token(page(patient))
    db.session.scalars(select(Device)).one().retired_at = NOW
    db.session.commit()
    answer = front.post(f"{page(patient)}/test", data={"csrf_token": token})
    assert (answer.status_code, "No phone of this patient" in answer.text) == (422, True)
    patient.halted_at = NOW
    db.session.commit()
    answer = front.post(f"{page(patient)}/test", data={"csrf_token": token})
    assert (answer.status_code, "All notices to this patient" in answer.text) == (422, True)


def test_tests_by_staff_are_limited_and_leave_the_patient_their_own(
    front: Visitor, patient: Patient, service: PushService, clock: TestClock
) -> None:
    a_visit(patient)
    a_phone(patient, service)
    for _ in range(10):
        assert send_test(front, patient) == 303
        clock.move(by=timedelta(seconds=10))
    assert send_test(front, patient) == 429
    assert send_test_notice(patient, clock()).state == "owed"


def test_a_phone_that_takes_notices_and_shows_none_is_marked_on_the_patients_page(
    front: Visitor, patient: Patient, service: PushService, worker: Worker, clock: TestClock
) -> None:
    a_phone(patient, service)
    visit = a_visit(patient)
    for number in range(2):
        a_notice(visit, "day-1", str(number))
    clock.move(by=MINUTE)
    work_off(worker)
    assert "Notices are on" in front.get(page(patient)).text
    clock.move(by=20 * MINUTE)
    assert "Notices are on" in front.get(page(patient)).text
    clock.move(by=11 * MINUTE)
    text = front.get(page(patient)).text
    assert "Takes notices, shows none lately" in text
    assert "Notices are on" not in text


def test_a_corrected_number_ends_the_old_one_and_must_be_proved_anew(
    front: Visitor, out: Outside, patient: Patient
) -> None:
    an_address(patient, Channel.TEXT)
    visit = a_visit(patient)
    assert correct(front, patient, phone="(212) 555-0199").status_code == 303
    assert addresses() == [("+12125550142", "corrected")]
    assert patient.phone == "+12125550199"
    a_notice(visit, "rest", safety=True)
    work_off(out.worker)
    assert out.texts.texts == []
    text = front.get(page(patient)).text
    assert "(212)\u00a0555\u20110199" in text
    assert "Proved by the patient" not in text
    row = db.session.scalars(select(AuditRow).where(AuditRow.verb == "corrected-reach")).one()
    assert (row.actor, row.facts) == ("staff", {"changed": ["phone"]})


def test_a_notice_that_was_on_its_way_to_the_old_number_climbs_on_at_once(
    front: Visitor, out: Outside, patient: Patient
) -> None:
    an_address(patient, Channel.TEXT)
    an_address(patient, Channel.EMAIL)
    a_discharged_visit(patient)
    work_off(out.worker)
    assert (len(out.texts.texts), len(out.box.taken)) == (1, 0)
    correct(front, patient, phone="(212) 555-0199")
    work_off(out.worker)
    assert (len(out.texts.texts), len(out.box.taken)) == (1, 1)
    assert the_notice("rest").rung == Rung.MESSAGE


def test_a_link_that_went_to_a_wrong_number_opens_nothing_any_more(
    front: Visitor, out: Outside, patient: Patient
) -> None:
    an_address(patient, Channel.TEXT)
    a_discharged_visit(patient)
    work_off(out.worker)
    [link] = out.links
    token = link.rpartition("/")[2]
    assert find_linked(token, NOW).reader.may_be_told
    correct(front, patient, phone="")
    for opens in (find_linked, open_linked):
        with pytest.raises(MessageOver):
            opens(token, NOW)
    assert the_notice("rest").opened_at is None


def test_a_code_on_its_way_to_the_old_address_proves_nothing(
    front: Visitor, patient: Patient
) -> None:
    patient.email = "rosa@patients.example"
    row = an_address(patient, Channel.EMAIL, proved_at=None)
    row.code_hash, row.code_ends_at = "x" * 64, NOW + 30 * MINUTE
    db.session.commit()
    correct(front, patient, email="rosa@elsewhere.example")
    db.session.rollback()
    row = db.session.get_one(Address, row.id)
    assert (row.retired_why, row.code_hash, row.code_ends_at) == ("corrected", "", None)


def test_an_address_that_the_patient_chose_apart_from_the_record_stays(
    front: Visitor, patient: Patient
) -> None:
    patient.phone = "+12125550188"
    an_address(patient, Channel.TEXT, to="+12125550142")
    correct(front, patient, phone="(212) 555-0199")
    assert addresses() == [("+12125550142", "")]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"phone": "12"}, "phone"),
        ({"email": "rosa@"}, "email"),
        ({"phone": "(212) 555-0177"}, "phone"),
    ],
)
def test_what_cannot_be_right_is_refused_and_what_was_typed_stays(
    front: Visitor, patient: Patient, typed: dict[str, str], field: str
) -> None:
    a_ride(a_visit(patient))
    answer = correct(front, patient, **typed)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert f'value="{typed[field]}"' in answer.text
    db.session.rollback()
    assert db.session.get_one(Patient, patient.id).phone == "+12125550142"


def test_a_patient_of_another_clinic_is_neither_tested_nor_corrected(
    front: Visitor, patient: Patient
) -> None:
    other = a_patient(a_clinic(name="Elsewhere"))
    token = front.token(page(patient))
    for act in ("test", "reach"):
        answer = front.post(
            f"{page(other)}/{act}", data={"csrf_token": token, "phone": "", "email": ""}
        )
        assert answer.status_code == 404
    db.session.rollback()
    assert db.session.get_one(Patient, other.id).phone == "+12125550142"
