"""Protocols in the clinic's hands: copied, changed by forms, signed by name, published."""

from datetime import timedelta
from enum import StrEnum

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.domain.protocol import (
    Protocol,
    after,
    base,
    day,
    model,
    preparation,
    questions,
    timing,
)
from recovery.domain.rights import StaffRole
from recovery.services.facts import protocol_of
from recovery.services.protocols import usable_versions
from recovery.store.clinics import Clinic, ProtocolVersion
from recovery.store.database import db
from recovery.store.protocol_drafts import ProtocolDraft
from recovery.store.sign_ins import Face
from recovery.store.visits import Visit
from recovery.web.protocol_words import CHOICES, FIELDS
from tests.builders import (
    a_clinic,
    a_patient,
    a_protocol_version,
    a_staff,
    a_visit,
    signed_in,
)
from tests.builders_protocol import ketamine
from tests.filled_form import FilledForm, Sent
from tests.visitor import Visitor


@pytest.fixture
def version(app: Flask, client: Visitor) -> int:
    """The shipped protocol at a clinic that treats people; a provider looks at it."""
    with app.app_context():
        clinic = a_clinic(is_demo=False)
        doctor = a_staff(clinic, StaffRole.PROVIDER, totp_secret="x" * 32, name="Dr. Maya Rivera")
        signed_in(client, Face.STAFF, doctor)
        return a_protocol_version(clinic).id


@pytest.fixture
def draft(client: Visitor, version: int) -> str:
    answer = client.submit("/staff/protocols", to=f"/staff/protocols/{version}/copy")
    return str(answer.location)


def held(app: Flask) -> Protocol:
    """The protocol that the draft holds now."""
    with app.app_context():
        return Protocol.model_validate_json(db.session.scalars(select(ProtocolDraft.body)).one())


def typed(client: Visitor, page: str) -> Sent:
    """Every field of the first form of a page, as a browser would send it."""
    return FilledForm(client.get(page).text).sent()


def test_what_nobody_signed_is_marked_wherever_it_is_chosen_compared_or_tried(
    app: Flask, client: Visitor, version: int, draft: str
) -> None:
    with app.app_context():
        row = db.session.get_one(ProtocolVersion, version)
        patient = a_patient(db.session.get_one(Clinic, row.clinic_id))
        visit_id, patient_id = a_visit(patient, row).id, patient.id
    pages = (
        f"/staff/patients/{patient_id}/visits/new",
        f"/staff/patients/{patient_id}/series",
        f"/staff/visits/{visit_id}",
        f"/staff/visits/{visit_id}/summary",
        f"/staff/protocols/{version}/rehearsal",
    )
    for page in pages:
        assert "(1, not signed)" in client.get(page).text, page
    assert "Draft, not signed" in client.get(f"{draft}/changed").text
    assert "Protocol not signed" in client.get("/staff/").text


def test_a_changed_number_is_kept_and_nothing_else_changes(
    app: Flask, client: Visitor, draft: str
) -> None:
    before = held(app)
    page = f"{draft}?part=wait"
    fields = typed(client, page)
    assert fields["wait.minimum"] == "24 h"
    answer = client.submit(page, fields | {"wait.minimum": "36 h"}, to=page)
    assert answer.status_code == 303
    wait = before.wait.model_copy(update={"minimum": timedelta(hours=36)})
    assert held(app) == before.model_copy(update={"wait": wait})


def test_a_rule_that_cannot_hold_is_refused_and_what_was_typed_stays(
    app: Flask, client: Visitor, draft: str
) -> None:
    page = f"{draft}?part=wait"
    for field, words in (("wait.minimum", "soon"), ("wait.floor", "99 h"), ("wait.reminder", "x")):
        answer = client.submit(page, typed(client, page) | {field: words}, to=page)
        assert answer.status_code == 422, field
        assert f'value="{words}"' in answer.text
    assert held(app).wait == ketamine().wait


def test_items_are_copied_removed_and_raised(app: Flask, client: Visitor, draft: str) -> None:
    first, second = (notice.id for notice in held(app).notices[:2])

    def press(what: str, item: str) -> int:
        form = {"what": what, "item": item, "revision": typed(client, draft)["revision"]}
        return client.submit(draft, form, to=f"{draft}/items").status_code

    assert press("copy", "notices.0") == 303
    assert [notice.id for notice in held(app).notices[:3]] == [first, f"{first}-2", second]
    assert press("raise", "notices.1") == 303
    assert held(app).notices[0].id == f"{first}-2"
    assert press("remove", "notices.0") == 303
    assert held(app).notices == ketamine().notices
    assert press("remove", "notices.999") == 404
    assert press("remove", "wait") == 404


def test_two_people_do_not_overwrite_each_other(app: Flask, client: Visitor, draft: str) -> None:
    page = f"{draft}?part=ladder"
    early = typed(client, page)
    assert client.submit(page, early | {"ladder.safety": "10 min"}, to=page).status_code == 303
    assert client.submit(page, early | {"ladder.safety": "20 min"}, to=page).status_code == 409
    assert held(app).ladder.safety == timedelta(minutes=10)


def test_what_nobody_signed_is_not_published(app: Flask, client: Visitor, draft: str) -> None:
    revision = {"revision": typed(client, draft)["revision"]}
    assert client.submit(draft, revision, to=f"{draft}/publish").status_code == 409


def test_a_signed_draft_is_published_and_visits_keep_their_version(
    app: Flask, client: Visitor, version: int, draft: str
) -> None:
    with app.app_context():
        row = db.session.get_one(ProtocolVersion, version)
        clinic = row.clinic_id
        visit = a_visit(a_patient(db.session.get_one(Clinic, clinic)), row).id
    sign = {"title": "MD, medical director", "read_all": "yes"}
    sign["revision"] = typed(client, draft)["revision"]
    assert client.submit(draft, sign, to=f"{draft}/sign").status_code == 303
    assert held(app).sign_off is not None
    revision = {"revision": typed(client, draft)["revision"]}
    assert client.submit(draft, revision, to=f"{draft}/publish").status_code == 303
    with app.app_context():
        (newest,) = usable_versions(clinic)
        assert newest.version == 2
        signed = protocol_of(newest).sign_off
        assert signed is not None
        assert (signed.by, signed.role) == ("Dr. Maya Rivera", "MD, medical director")
        assert protocol_of(newest).is_signed
        assert db.session.get_one(Visit, visit).protocol_version_id == version
        assert db.session.scalars(select(ProtocolDraft)).all() == []


def test_a_part_without_words_of_its_own_is_called_as_its_rule_is(
    client: Visitor, draft: str
) -> None:
    assert ">Who is told when nobody reacts<" in client.get(f"{draft}?part=ladder").text


def test_a_change_ends_the_signature(app: Flask, client: Visitor, draft: str) -> None:
    sign = {"title": "MD", "read_all": "yes", "revision": typed(client, draft)["revision"]}
    client.submit(draft, sign, to=f"{draft}/sign")
    page = f"{draft}?part=ladder"
    client.submit(page, typed(client, page) | {"ladder.safety": "11 min"}, to=page)
    assert held(app).sign_off is None


def test_nobody_signs_without_having_read(client: Visitor, draft: str) -> None:
    revision = {"revision": typed(client, draft)["revision"]}
    for form in ({"title": "MD"}, {"read_all": "yes"}, {"title": "x" * 99, "read_all": "yes"}):
        assert client.submit(draft, revision | form, to=f"{draft}/sign").status_code == 422


def test_every_part_of_the_shipped_protocols_can_be_saved_as_it_is(
    app: Flask, client: Visitor, draft: str
) -> None:
    before = held(app)
    parts = ["", "preparation", "preparation.steps.0", "preparation.steps.2", "driver", "gate",
             "gate.vitals.0", "stay", "discharge", "discharge.items.0", "notices.0", "notices.30",
             "check_ins.0.questions.0.choices.0", "red_flags.0", "numbers.US"]  # fmt: skip
    for part in parts:
        page = f"{draft}?part={part}" if part else draft
        answer = client.submit(page, typed(client, page), to=page)
        assert answer.status_code == 303, part
        assert held(app) == before, part


def test_every_field_and_choice_of_a_protocol_has_words() -> None:
    names = {name for part in models() for name in part.model_fields}
    assert names - FIELDS.keys() == {
        "id", "version", "languages", "sign_off", "translations", "signed", "by", "role", "on",
    }  # fmt: skip
    assert {choice.value for kind in kinds() for choice in kind} <= CHOICES.keys()


def kinds() -> set[type[StrEnum]]:
    modules = (after, day, preparation, questions, timing)
    found = {item for module in modules for item in vars(module).values() if isinstance(item, type)}
    return {item for item in found if issubclass(item, StrEnum) and item is not StrEnum}


def models() -> set[type[base.Part]]:
    modules = (after, base, day, preparation, questions, timing, model)
    found = {item for module in modules for item in vars(module).values() if isinstance(item, type)}
    return {item for item in found if issubclass(item, base.Part) and item is not base.Part}


def test_a_rehearsal_is_drawn_for_any_day_and_zone(client: Visitor, version: int) -> None:
    page = f"/staff/protocols/{version}/rehearsal"
    drawn = client.get(f"{page}?day=2026-03-07&at=10:00&zone=America/Denver&with={version}").text
    assert drawn.count("<svg viewBox") == 2
    assert "Saturday, March\u00a07" in drawn
    for nonsense in ("day=x", "at=25:99", "zone=Mars/Base", "with=0", "with=x", "driver=maybe"):
        assert client.get(f"{page}?{nonsense}").status_code in {200, 404}


def test_versions_stand_side_by_side(client: Visitor, version: int, draft: str) -> None:
    page = f"{draft}?part=wait"
    client.submit(page, typed(client, page) | {"wait.minimum": "36 h"}, to=page)
    assert "36 h" in client.get(f"{draft}/changed").text
    assert "They say the same." in client.get(f"/staff/protocols/{version}/with/{version}").text


def test_another_clinics_protocols_do_not_exist(app: Flask, client: Visitor, draft: str) -> None:
    with app.app_context():
        foreign = a_protocol_version(a_clinic()).id
    for page in ("", "/rehearsal", f"/with/{foreign}"):
        assert client.get(f"/staff/protocols/{foreign}{page}").status_code == 404
    assert client.get("/staff/drafts/987654").status_code == 404
