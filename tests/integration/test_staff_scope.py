"""Nobody sees another clinic: a foreign id is answered byte for byte as one that never was."""

from flask import Flask

from recovery.store.visits import Visit
from tests.front_desk import Desk

MISSING = 999_999
PAGES = ("/staff/visits/{}", "/staff/visits/{}/timeline")
PATIENT_PAGES = ("/staff/patients/{}", "/staff/patients/{}/visits/new")
ACTS = (
    "arrive", "move", "move-following", "cancel", "no-show", "left", "transferred", "undo",
    "correct", "gate",
    "decide", "exempt", "exempt/end", "start", "vitals", "given", "end", "ready", "score",
    "checks", "code", "handover", "discharge", "wait/extend", "wait/minimum", "wait/close",
    "paper", "notices/export", "monitoring", "driver", "sheet",
)  # fmt: skip
WORDS = {
    "start": "2026-03-04T09:00", "until": "2026-03-09T09:00", "hours": "24", "wrong": "arrived",
    "cancel_why": "x", "undo_why": "x", "gone_why": "x", "correct_why": "x", "exempt_why": "x",
    "decision_why": "x", "handed_to": "x", "handover_why": "x", "extend_why": "x", "spoke": "yes",
    "shorten_why": "x", "close_why": "x", "code": "482913", "systolic": "120", "hold": "no-driver",
}  # fmt: skip


def test_a_foreign_page_is_the_same_bytes_as_a_missing_one(desk: Desk, stranger: Desk) -> None:
    visit = desk.visit()
    patient = desk.row(visit).patient_id
    for pages, own in ((PAGES, visit), (PATIENT_PAGES, patient)):
        for page in pages:
            foreign = stranger.client.get(page.format(own))
            missing = stranger.client.get(page.format(MISSING))
            assert (foreign.status_code, missing.status_code) == (404, 404)
            assert foreign.data == missing.data
            assert desk.client.get(page.format(own)).status_code == 200


def test_a_foreign_visit_cannot_be_acted_on(desk: Desk, stranger: Desk) -> None:
    visit = desk.visit()
    before = comparable(desk.row(visit))
    form = WORDS | {"csrf_token": stranger.client.token("/staff/patients/new")}
    for act in ACTS:
        foreign = stranger.client.post(f"/staff/visits/{visit}/{act}", data=form)
        missing = stranger.client.post(f"/staff/visits/{MISSING}/{act}", data=form)
        assert (foreign.status_code, missing.status_code) == (404, 404), act
        assert foreign.data == missing.data
    assert comparable(desk.row(visit)) == before


def comparable(row: Visit) -> dict[str, object]:
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


def test_every_act_of_a_visit_is_tried_above(app: Flask) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    start = "/staff/visits/<int:visit_id>/"
    assert {rule.removeprefix(start) for rule in rules if rule.startswith(start)} == set(ACTS)


def test_a_foreign_patient_cannot_be_halted_invited_or_booked(desk: Desk, stranger: Desk) -> None:
    patient = desk.row(desk.visit()).patient_id
    for act in ("halt", "release", "welcome", "visits/new"):
        answer = stranger.client.submit(
            "/staff/patients/new",
            WORDS | {"why-patient": "x"},
            to=f"/staff/patients/{patient}/{act}",
        )
        assert answer.status_code == 404


def test_a_foreign_protocol_cannot_be_booked(desk: Desk, stranger: Desk) -> None:
    visit = desk.row(desk.visit())
    theirs = stranger.row(stranger.visit())
    page = f"/staff/patients/{theirs.patient_id}/visits/new"
    form = {"start": "2026-03-04T09:00", "protocol": visit.protocol_version_id}
    assert stranger.client.submit(page, form).status_code == 404


def test_the_board_shows_the_own_clinic_only(desk: Desk, stranger: Desk) -> None:
    desk.visit()
    assert "Rosa Delgado" in desk.client.get("/staff/").text
    assert "Rosa Delgado" not in stranger.client.get("/staff/").text
    assert "Rosa Delgado" not in stranger.client.get("/staff/patients").text


def test_what_cannot_be_an_id_or_a_day_is_not_found(desk: Desk) -> None:
    for number in ("0", "2147483648", "99999999999999999999999"):
        assert desk.client.get(f"/staff/visits/{number}").status_code == 404
    for day in ("2026-02-30", "0001-01-01", "9999-12-31", "x", "%F0%9F%98%80"):
        assert desk.client.get(f"/staff/?day={day}").status_code == 404
