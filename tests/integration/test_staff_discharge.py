"""The discharge: what is missing is said, the handover is checked, the wait follows."""

from datetime import timedelta

from sqlalchemy import select

from recovery.domain.visit import VisitState
from recovery.store.alerts import Alert
from recovery.store.database import db
from tests.front_desk import Desk


def at_the_door(desk: Desk, *, driver: bool = True) -> int:
    """A visit that lacks the handover only."""
    visit = desk.visit(driver=driver)
    if not driver:
        desk.done(visit, "exempt", exempt_why="Lives next door, neighbour waits.")
    desk.infuse(visit)
    desk.get_ready_to_go(visit)
    return visit


def gone(desk: Desk) -> int:
    visit = at_the_door(desk)
    desk.done(visit, "handover", handed_to="Sam, to the car", handover_why="Phone was empty.")
    desk.done(visit, "discharge")
    return visit


def test_what_is_missing_is_said_in_plain_words(desk: Desk) -> None:
    visit = desk.visit()
    desk.infuse(visit)
    desk.wait(40)
    desk.done(visit, "end")
    page = desk.page(visit)
    assert "The stay lasts until 10:40" in page
    assert "No score yet. 2 are needed." in page
    assert desk.act(visit, "discharge").status_code == 422


def test_two_scores_that_are_too_close_do_not_count(desk: Desk) -> None:
    visit = desk.visit()
    desk.infuse(visit)
    desk.wait(10)
    desk.done(visit, "end")
    rule = desk.protocol().discharge
    points = {f"points-{item.id}": "2" for item in rule.items}
    desk.wait(65)
    desk.done(visit, "score", **points)
    desk.wait(5)
    desk.done(visit, "score", **points)
    assert "The scores are too close. Score again from 10:35" in desk.page(visit)


def test_a_score_with_a_line_left_out_is_refused(desk: Desk) -> None:
    visit = desk.visit()
    desk.infuse(visit)
    desk.done(visit, "end")
    item = desk.protocol().discharge.items[0]
    assert desk.act(visit, "score", **{f"points-{item.id}": "2"}).status_code == 422


def test_five_wrong_codes_leave_the_handover_by_name_and_reason(desk: Desk) -> None:
    visit = at_the_door(desk)
    for _try in range(5):
        assert desk.act(visit, "code", code="000000").status_code == 422
    assert desk.act(visit, "code", code="482913").status_code == 429
    assert desk.act(visit, "handover", handed_to="Sam", handover_why="").status_code == 422
    desk.done(visit, "handover", handed_to="Sam Rivera", handover_why="Code page did not load.")
    desk.done(visit, "discharge")
    row = desk.row(visit)
    assert (row.handed_to, row.handover_why) == ("Sam Rivera", "Code page did not load.")


def test_an_exempt_patient_stays_longer_and_needs_no_handover(desk: Desk) -> None:
    visit = at_the_door(desk, driver=False)
    page = desk.page(visit)
    assert "The stay lasts until" in page
    assert "The handover:" not in page
    assert desk.act(visit, "discharge").status_code == 422
    desk.wait(60)
    desk.done(visit, "discharge")


def test_leaving_before_the_discharge_is_an_alert_until_it_is_taken_back(desk: Desk) -> None:
    visit = desk.visit()
    desk.infuse(visit)
    assert desk.act(visit, "left", gone_why="").status_code == 422
    desk.done(visit, "left", gone_why="Walked out, coat is gone.")
    assert "Left before discharge. Find and call the patient." in desk.client.get("/staff/").text
    desk.done(visit, "undo", wrong="left", undo_why="Was in the bathroom.")
    assert desk.row(visit).state == VisitState.INFUSING
    with desk.inside():
        assert db.session.scalars(select(Alert.resolved_at)).one() is not None


def test_a_transfer_begins_the_wait_too(desk: Desk) -> None:
    visit = desk.visit()
    desk.infuse(visit)
    desk.done(visit, "transferred", gone_why="Mercy Hospital, by ambulance.")
    assert "The wait goes on" in desk.page(visit)


def test_a_wait_can_be_made_longer_and_never_shorter_than_the_floor(desk: Desk) -> None:
    visit = gone(desk)
    until = desk.local(timedelta(days=3))
    assert desk.act(visit, "wait/extend", until=until, extend_why="").status_code == 422
    desk.done(visit, "wait/extend", until=until, extend_why="Took a sleeping pill.")
    floor = desk.protocol().wait.floor.total_seconds() / 3600
    answer = desk.act(visit, "wait/minimum", hours=f"{floor - 1:g}", shorten_why="Feels well.")
    assert answer.status_code == 422
    assert "no less than" in answer.text
    desk.done(visit, "wait/minimum", hours=f"{floor:g}", shorten_why="Feels well.")
    assert desk.row(visit).wait_minimum_s == int(floor * 3600)


def test_only_a_clinician_who_spoke_to_the_patient_ends_a_wait(desk: Desk, nurse: Desk) -> None:
    visit = gone(desk)
    reason = {"close_why": "Slept, clear, nothing left."}
    assert nurse.act(visit, "wait/close", spoke="yes", **reason).status_code == 403
    assert desk.act(visit, "wait/close", **reason).status_code == 422
    assert desk.act(visit, "wait/close", spoke="yes", close_why="").status_code == 422
    desk.done(visit, "wait/close", spoke="yes", **reason)
    assert "Ended by a clinician" in desk.page(visit)
