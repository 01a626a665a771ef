"""The monitoring form: what the protocol asks for, who wrote it, and nothing is written over."""

from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from recovery.domain.rights import StaffRole
from recovery.domain.visit import VisitState
from recovery.services.audit import first_broken_row
from recovery.store.audit import AuditRow
from recovery.store.database import db
from recovery.store.sign_ins import Face
from recovery.store.visits import Observation, Visit
from tests.builders import a_patient, a_protocol_version, a_ride, a_visit_at_the_door, signed_in
from tests.builders_protocol import shipped
from tests.front_desk import Desk, values
from tests.integration.test_staff_summary import printed
from tests.visitor import Visitor

FAINTED = {"serious-event-words": "Fainted for a minute"}


@pytest.fixture
def visit(desk: Desk) -> int:
    """A visit under the esketamine rules; the spray was used at 6:15, now it is 9:00."""
    return a_nasal_visit(desk)


def a_nasal_visit(desk: Desk, **changes: object) -> int:
    protocol = shipped("esketamine-nasal")
    with desk.inside() as clinic:
        kept = {"slug": protocol.id, "body": protocol.model_dump_json()}
        row = a_visit_at_the_door(a_patient(clinic), a_protocol_version(clinic, **kept), **changes)
        a_ride(row)
        return row.id


def shown(desk: Desk, visit: int) -> str:
    """The newest line that the page of a visit has."""
    return values(desk.page(visit), 'name="shown" value="')[0]


def lines(desk: Desk) -> list[tuple[str, float | None, bool | None, str]]:
    with desk.inside():
        rows = db.session.scalars(select(Observation).order_by(Observation.id))
        return [(row.item, row.mg, row.seen, row.words) for row in rows]


def test_what_the_form_asks_for_is_filled_in_and_printed_with_who_wrote_it(
    desk: Desk, visit: int
) -> None:
    page = desk.page(visit)
    assert "Monitoring form" in page
    for dose in ("28 mg", "56 mg", "84 mg"):
        assert dose in page
    desk.done(
        visit,
        "monitoring",
        **{
            "dose": "56",
            "sedation": "yes",
            "sedation-since": desk.local(-timedelta(minutes=150)),
            "sedation-over": desk.local(-timedelta(minutes=90)),
            "dissociation": "no",
            "respiratory-depression": "no",
            "serious-event": "yes",
            "serious-event-words": "Fainted for a minute",
        },
    )
    paper = unescape(printed(desk, visit, "summary")).replace("\u202f", " ")
    for words in (
        "Dose 56 mg Provider Weiss, Monday, March 2, 9:00 AM",
        "Sedation yes, since Monday, March 2, 6:30 AM, until 7:30 AM",
        "Dissociation none",
        "Respiratory depression none",
        "Serious event yes: Fainted for a minute",
        "Watched 135 minutes, 120 asked for",
    ):
        assert words in paper, (words, paper)
    assert "not entered" not in paper


def test_what_is_missing_is_said_on_the_page_and_on_paper(desk: Desk, visit: int) -> None:
    began = desk.local(-timedelta(minutes=60))
    desk.done(visit, "monitoring", **{"dissociation": "yes", "dissociation-since": began})
    for words in (desk.page(visit), printed(desk, visit, "summary")):
        assert "Not entered yet:" in words
        assert "Dissociation: until when" in words
    paper = printed(desk, visit, "summary")
    assert (
        "Dose; Sedation; Dissociation: until when; Respiratory depression; Serious event" in paper
    )
    assert "Dose not entered" in paper
    assert "no end entered" in paper


def test_a_form_that_is_not_filled_in_keeps_nobody_here(desk: Desk, visit: int) -> None:
    page = desk.page(visit)
    card = page[page.index("Next: the discharge") : page.index("Left at")]
    assert "Dose" not in card


def test_a_correction_stands_beside_what_was_written_before(desk: Desk, visit: int) -> None:
    desk.done(visit, "monitoring", dose="56")
    desk.clock.move(by=timedelta(minutes=5))
    desk.done(visit, "monitoring", dose="84", shown=shown(desk, visit))
    assert [line[:2] for line in lines(desk)] == [("dose", 56), ("dose", 84)]
    paper = printed(desk, visit, "summary").replace("\u202f", " ")
    assert "Dose 84 mg Provider Weiss, Monday, March 2, 9:05 AM" in paper
    assert "Before: 56 mg (Provider Weiss, Monday, March 2, 9:00 AM)" in paper
    assert "Dose: 56 mg. Provider Weiss" in desk.page(visit)


def test_the_trail_says_who_filled_in_which_lines_and_no_words(desk: Desk, visit: int) -> None:
    desk.done(visit, "monitoring", **{"dose": "28", "serious-event": "no"})
    with desk.inside() as clinic:
        row = db.session.scalars(select(AuditRow).where(AuditRow.verb == "observed")).one()
        assert (row.actor_id, row.visit_id) == (desk.staff_id, visit)
        assert row.facts == {"items": ["dose", "serious-event"]}
        assert first_broken_row(clinic.id) is None
    assert "Monitoring form filled in" in desk.client.get(f"/staff/visits/{visit}/timeline").text


def test_the_second_of_two_nurses_is_told_who_wrote_the_line_first(
    desk: Desk, nurse: Desk, visit: int
) -> None:
    old = shown(nurse, visit)
    desk.done(visit, "monitoring", dose="56")
    answer = nurse.act(visit, "monitoring", dose="84", shown=old)
    assert answer.status_code == 409
    words = unescape(answer.text).replace("\u202f", " ")
    assert "Provider Weiss was first: Monitoring form filled in, 9:00 AM." in words
    assert [line[:2] for line in lines(desk)] == [("dose", 56)]
    again = values(answer.text, 'name="shown" value="')[0]
    nurse.done(visit, "monitoring", dose="84", shown=again)
    assert [line[:2] for line in lines(desk)] == [("dose", 56), ("dose", 84)]


def test_two_nurses_who_write_different_lines_do_not_disturb_each_other(
    desk: Desk, nurse: Desk, visit: int
) -> None:
    old = shown(nurse, visit)
    desk.done(visit, "monitoring", dose="56")
    nurse.done(visit, "monitoring", sedation="no", shown=old)
    assert [line[0] for line in lines(desk)] == ["dose", "sedation"]


def test_who_is_told_of_a_colleague_does_not_write_an_older_line_over_theirs(
    desk: Desk, nurse: Desk, visit: int
) -> None:
    desk.done(visit, "monitoring", dose="28", sedation="no")
    old = shown(nurse, visit)
    began = desk.local(-timedelta(minutes=30))
    change = {"dose": "56", "sedation": "yes", "sedation-since": began}
    desk.done(visit, "monitoring", **change, shown=old)
    told = nurse.act(visit, "monitoring", dose="84", sedation="no", shown=old)
    assert told.status_code == 409
    assert f'name="sedation-since" value="{began}"' in _attributes(told.text)
    assert 'name="dose" value="84" checked' in told.text


def _attributes(page: str) -> str:
    """The page with `value` right behind `name`, as fields are read here."""
    parts = page.split('<input type="datetime-local" value="')
    found = [part.split(">")[0] for part in parts[1:]]
    return "\n".join(
        f'name="{one.split(chr(34) + " id=" + chr(34))[1].split(chr(34))[0]}"'
        f' value="{one.split(chr(34))[0]}"'
        for one in found
    )


def test_the_same_form_sent_twice_is_written_once(desk: Desk, visit: int) -> None:
    old = shown(desk, visit)
    for _time in range(2):
        desk.done(visit, "monitoring", dose="56", shown=old)
    assert len(lines(desk)) == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Please fill in at least one line."),
        ({"dose": "other"}, "Please enter a number."),
        ({"dose": "other", "dose-other": "5600"}, "Please check this number."),
        ({"dose": "28", "dose-other": "56"}, "Choose “Another dose”, or leave this empty."),
        ({"sedation": "yes"}, "Please enter when it began."),
        ({"sedation": "no", "sedation-since": "2026-03-02T07:00"}, "Please choose yes."),
        ({"sedation-since": "2026-03-02T07:00"}, "Please choose yes or none."),
        ({"sedation": "yes", "sedation-since": "2026-03-02T05:00"}, "This time is too early"),
        ({"sedation": "yes", "sedation-since": "2026-03-02T10:00"}, "still to come"),
        ({"sedation": "yes", "sedation-since": "soon"}, "Please enter a date and a time."),
        ({"serious-event": "yes"}, "Please write the reason in a few words."),
        ({"serious-event": "no", "serious-event-words": "Fell"}, "Please choose yes."),
        ({"serious-event": "yes", "serious-event-words": "x" * 501}, "500 characters at most"),
    ],
)
def test_what_cannot_be_true_is_refused_and_what_was_typed_stays(
    desk: Desk, visit: int, typed: dict[str, str], sentence: str
) -> None:
    answer = desk.act(visit, "monitoring", **typed)
    assert answer.status_code == 422
    page = unescape(answer.text)
    assert sentence in page
    for field, value in typed.items():
        if field.endswith(("-words", "-other", "-since")):
            assert value in page, field
    assert lines(desk) == []


def test_a_dose_of_its_own_is_typed_beside_the_usual_ones(desk: Desk, visit: int) -> None:
    desk.done(visit, "monitoring", **{"dose-other": "42,5"})
    assert [line[:2] for line in lines(desk)] == [("dose", 42.5)]
    assert "Dose 42.5 mg" in printed(desk, visit, "summary")


def test_the_form_can_be_finished_after_the_patient_has_gone(desk: Desk) -> None:
    gone = {"state": VisitState.DISCHARGED.value, "left_at": desk.clock()}
    visit = a_nasal_visit(desk, **gone)
    desk.done(visit, "monitoring", dose="84")
    assert len(lines(desk)) == 1


def test_before_the_dose_there_is_nothing_to_write(desk: Desk) -> None:
    visit = a_nasal_visit(desk, state=VisitState.ARRIVED.value, started_at=None, ended_at=None)
    assert "Save the form" not in desk.page(visit)
    assert desk.act(visit, "monitoring", dose="84").status_code == 409


def test_a_protocol_without_the_form_has_neither_its_fields_nor_its_door(desk: Desk) -> None:
    with desk.inside() as clinic:
        visit = a_visit_at_the_door(a_patient(clinic)).id
    assert "Monitoring form" not in desk.page(visit)
    assert desk.act(visit, "monitoring", dose="84").status_code == 404


def test_the_front_desk_reads_the_paper_and_writes_nothing(
    desk: Desk, visit: int, client: Visitor
) -> None:
    front = Desk(client, desk.clock, desk.clinic_id, StaffRole.FRONT_DESK)
    assert "Save the form" not in front.page(visit)
    assert front.act(visit, "monitoring", dose="84").status_code == 403
    assert "Monitoring form" in printed(front, visit, "summary")


def test_the_patient_finds_it_in_their_own_copy(desk: Desk, visit: int, client: Visitor) -> None:
    desk.done(visit, "monitoring", **{"dose": "56", "serious-event": "yes"} | FAINTED)
    with desk.inside():
        patient = db.session.get_one(Visit, visit).patient
        phone = client.application.test_client()
        assert isinstance(phone, Visitor)
        signed_in(phone, Face.PATIENT, patient)
    paper = " ".join(unescape(phone.get("/me/data/all").text).split())
    assert "Dose: 56 mg" in paper
    assert "Serious event: yes: Fainted for a minute" in paper
    kept = phone.submit("/me/data", to="/me/data/file").get_json()["observation"]
    assert [(row["item"], row["mg"], row["words"]) for row in kept] == [
        ("dose", 56, ""),
        ("serious-event", None, "Fainted for a minute"),
    ]
