"""Times entered late, wrong or twice: validated, corrected, taken back."""

from datetime import timedelta

from sqlalchemy import select

from recovery.domain.visit import VisitState
from recovery.domain.wait import earliest_of
from recovery.services.facts import facts_of
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.reasons import Reason
from recovery.store.rides import Ride
from recovery.store.visits import Visit
from tests.front_desk import Desk


def earliest(desk: Desk, visit: int) -> object:
    with desk.inside():
        row = db.session.get(Visit, visit)
        assert row is not None
        return earliest_of(facts_of([row])[0])


def owed(desk: Desk) -> set[tuple[str, str, object]]:
    with desk.inside():
        rows = db.session.scalars(select(Notice).where(Notice.state == "owed"))
        return {(row.kind, row.role, row.due_at) for row in rows}


def discharged(desk: Desk) -> int:
    visit = desk.visit()
    desk.infuse(visit)
    desk.get_ready_to_go(visit)
    desk.done(visit, "code", code="482913")
    desk.done(visit, "discharge")
    return visit


def test_an_end_to_come_is_refused(desk: Desk) -> None:
    visit = desk.visit()
    desk.infuse(visit)
    answer = desk.act(visit, "end", ended_at=desk.local(timedelta(minutes=1)))
    assert answer.status_code == 422
    assert "still to come" in answer.text
    assert desk.row(visit).ended_at is None


def test_an_end_may_be_entered_late_but_not_before_the_start(desk: Desk) -> None:
    visit = desk.visit()
    desk.infuse(visit)
    desk.wait(60)
    assert desk.act(visit, "end", ended_at=desk.local(-timedelta(hours=2))).status_code == 422
    desk.done(visit, "end", ended_at=desk.local(-timedelta(minutes=15)), stopped_early="yes")
    row = desk.row(visit)
    assert row.ended_at == desk.clock() - timedelta(minutes=15)
    assert row.stopped_early


def test_a_time_within_the_minute_of_the_arrival_is_not_before_it(desk: Desk) -> None:
    desk.clock.move(by=timedelta(seconds=40))
    visit = desk.visit()
    desk.pass_the_gate(visit)
    desk.decide(visit)
    assert desk.start(visit, started_at=desk.local()).status_code == 303
    row = desk.row(visit)
    assert row.started_at == row.arrived_at


def test_a_corrected_end_moves_the_wait_as_if_it_had_been_right_at_first(desk: Desk) -> None:
    visit = discharged(desk)
    before = earliest(desk, visit)
    desk.wait(5)
    sooner = desk.local(-timedelta(minutes=10))
    refused = desk.act(visit, "correct", left_at=sooner, correct_why="")
    assert refused.status_code == 422
    desk.done(visit, "correct", left_at=sooner, correct_why="Clock read wrong.")
    assert earliest(desk, visit) != before
    assert any(due == earliest(desk, visit) for _kind, _role, due in owed(desk))


def test_corrected_times_keep_their_order(desk: Desk) -> None:
    visit = discharged(desk)
    early = desk.local(-timedelta(hours=5))
    answer = desk.act(visit, "correct", ended_at=early, correct_why="Typo.")
    assert answer.status_code == 422


def test_undo_restores_what_a_wrong_tap_changed(desk: Desk) -> None:
    visit = desk.visit()
    before = owed(desk)
    desk.done(visit, "arrive")
    desk.done(visit, "undo", wrong="arrived", undo_why="Wrong patient.")
    row = desk.row(visit)
    assert (row.state, row.arrived_at) == (VisitState.BOOKED, None)
    again = owed(desk)
    assert before <= again


def test_undo_of_a_discharge_brings_patient_and_driver_back(desk: Desk) -> None:
    visit = discharged(desk)
    desk.done(visit, "undo", wrong="discharged", undo_why="Still in the room.")
    row = desk.row(visit)
    assert (row.state, row.left_at, row.handed_over_at) == (VisitState.RECOVERING, None, None)
    assert earliest(desk, visit) is None
    with desk.inside():
        ride = db.session.scalars(select(Ride)).one()
        assert (ride.state, ride.took_at) == ("accepted", None)
    desk.done(visit, "code", code="482913")
    desk.done(visit, "discharge")


def test_undo_needs_a_reason_which_the_timeline_shows(desk: Desk) -> None:
    visit = desk.visit()
    desk.done(visit, "arrive")
    assert desk.act(visit, "undo", wrong="arrived", undo_why="").status_code == 422
    assert desk.row(visit).state == VisitState.ARRIVED
    desk.done(visit, "undo", wrong="arrived", undo_why="Wrong patient.")
    assert "Wrong patient." in desk.client.get(f"/staff/visits/{visit}/timeline").text
    with desk.inside():
        assert db.session.scalars(select(Reason.words)).all() == ["Wrong patient."]


def test_an_undo_of_what_somebody_else_changed_is_refused(desk: Desk, nurse: Desk) -> None:
    visit = desk.visit()
    desk.done(visit, "arrive")
    nurse.done(visit, "undo", wrong="arrived", undo_why="Wrong patient.")
    assert desk.act(visit, "undo", wrong="arrived", undo_why="Wrong patient.").status_code == 409


def test_a_second_tap_is_told_who_was_first(desk: Desk, nurse: Desk) -> None:
    visit = desk.visit()
    nurse.done(visit, "arrive")
    answer = desk.act(visit, "arrive")
    assert answer.status_code == 409
    assert "Nurse Weiss was first: The patient arrived, 9:00" in answer.text


def test_a_cancelled_visit_can_be_brought_back(desk: Desk) -> None:
    visit = desk.visit()
    desk.done(visit, "move", start=desk.local(timedelta(days=3)))
    before = owed(desk)
    desk.done(visit, "cancel", cancel_why="The patient rang.")
    assert not owed(desk) & before
    desk.done(visit, "undo", wrong="cancelled", undo_why="Wrong visit.")
    assert desk.row(visit).state == VisitState.BOOKED
    assert before <= owed(desk)


def test_a_no_show_is_refused_before_the_time(desk: Desk) -> None:
    visit = desk.visit()
    assert desk.act(visit, "no-show").status_code == 422
    desk.wait(90)
    desk.done(visit, "no-show")


def test_another_sedative_moves_the_anchor_of_the_wait(desk: Desk) -> None:
    visit = desk.visit()
    desk.infuse(visit)
    desk.wait(20)
    desk.done(visit, "given")
    assert desk.row(visit).last_sedative_at == desk.clock()
