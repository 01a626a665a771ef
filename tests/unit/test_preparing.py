"""What was done for a visit counts for the time that the visit has now."""

from hypothesis import given
from hypothesis import strategies as st

from recovery.domain.preparing import still_answered, still_done, time_of
from recovery.domain.protocol.timing import Anchor
from recovery.domain.visit import VisitFacts
from tests.builders_protocol import changed, ketamine
from tests.visits import DAYS, MINUTES, any_visit, at, booked

LAST_DAY = "changed"


def test_what_was_said_of_the_last_day_counts_from_its_time_on() -> None:
    begins = time_of(next(s for s in ketamine().preparation.steps if s.id == LAST_DAY), booked())
    assert begins == at(22, 11, 30)
    assert still_done([(LAST_DAY, begins)], booked()) == {LAST_DAY}
    assert still_done([(LAST_DAY, begins - MINUTES)], booked()) == frozenset()


def test_what_was_said_of_health_counts_however_early_it_was_said() -> None:
    early = [("health", at(10, 9)), ("read", at(10, 9))]
    assert still_done(early, booked()) == {"health", "read"}


def test_answers_go_with_their_step() -> None:
    given = [("changed-health", at(10, 9)), ("apnoea", at(10, 9)), ("gate-chest", at(10, 9))]
    assert set(still_answered(given, booked())) == {"apnoea", "gate-chest"}


@given(any_visit(), st.integers(1, 20))
def test_a_visit_moved_to_a_later_day_asks_about_its_last_day_again(
    visit: VisitFacts, days: int
) -> None:
    step = next(s for s in visit.protocol.preparation.steps if s.id == LAST_DAY)
    before = time_of(step, visit)
    assert before is not None
    moved = booked(protocol=visit.protocol, zone=visit.zone, start=visit.start + days * DAYS)
    assert still_done([(LAST_DAY, before)], visit) == {LAST_DAY}
    assert still_done([(LAST_DAY, before)], moved) == frozenset()


def test_a_step_whose_time_is_not_known_yet_has_none() -> None:
    protocol = changed(ketamine(), {"preparation.steps.read.when": {"after": Anchor.ARRIVED.value}})
    assert time_of(protocol.preparation.steps[0], booked(protocol=protocol)) is None
