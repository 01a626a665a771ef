"""A notice's line: everything that happened to it, in its order, and what is only ahead."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from recovery.domain.ladder import Rung
from recovery.services.timeline import Told
from recovery.store.notices import Attempt, Notice
from recovery.web.timeline_drawing import BEFORE, DUE, END, Line, line_of, scale
from tests.builders import NOW

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def told(attempts: list[Attempt] | None = None, **values: Any) -> Told:
    """A notice that was owed an hour before it was due, at `NOW`."""
    usual = {"state": "owed", "due_at": NOW, "created_at": NOW - HOUR, "not_after": NOW + HOUR}
    return Told(Notice(**(usual | values)), "Rosa", attempts or [])


def a_try(after: timedelta, outcome: str, reported: str = "") -> Attempt:
    at = NOW + after
    return Attempt(at=at, ended_at=at + SECOND, outcome=outcome, reported=reported, reported_at=at)


def shapes(line: Line) -> list[str]:
    return [mark.what for mark in line.marks]


def at(span: timedelta) -> datetime:
    return NOW + span


def test_what_is_only_owed_is_one_mark_before_the_line() -> None:
    line = line_of(told(), NOW - MINUTE)
    assert [(mark.what, mark.x) for mark in line.marks] == [("owed", BEFORE)]
    assert line.until == line.ahead_until == BEFORE


def test_each_step_has_its_mark_in_the_order_of_time() -> None:
    tries = [a_try(SECOND, "again"), a_try(9 * SECOND, "sent")]
    seen = {"shown_at": at(MINUTE), "opened_at": at(HOUR), "acknowledged_at": at(2 * HOUR)}
    line = line_of(told(tries, state="acknowledged", **seen), at(3 * HOUR))
    assert shapes(line) == ["owed", "tried", "tried", "accepted", "shown", "opened", "confirmed"]
    places = [mark.x for mark in line.marks]
    assert places == sorted(places)
    assert places[0] == BEFORE < DUE < places[1] < places[-1] < END
    assert line.until == places[-1]


@pytest.mark.parametrize(
    ("attempt", "wanted"),
    [
        (a_try(SECOND, "gone"), "refused"),
        (a_try(SECOND, "broken"), "refused"),
        (a_try(SECOND, "sent", "undelivered"), "refused"),
        (a_try(SECOND, "sent", "delivered"), "accepted"),
    ],
)
def test_a_try_ends_as_its_carrier_said(attempt: Attempt, wanted: str) -> None:
    assert shapes(line_of(told([attempt], state="sending"), at(MINUTE))) == [
        "owed",
        "tried",
        wanted,
    ]


def test_a_try_whose_outcome_nobody_knows_ends_in_nothing() -> None:
    assert shapes(line_of(told([a_try(SECOND, "")]), at(MINUTE))) == ["owed", "tried"]


@pytest.mark.parametrize(
    ("state", "what", "when"),
    [("missed", "lost", at(HOUR)), ("failed", "lost", at(HOUR)), ("withdrawn", "withdrawn", NOW)],
)
def test_a_notice_that_is_over_says_how_and_when(state: str, what: str, when: datetime) -> None:
    last = line_of(told(state=state), at(2 * HOUR)).marks[-1]
    assert (last.what, last.at) == (what, when)


def test_rungs_ahead_lie_beyond_what_has_happened() -> None:
    sent = told([a_try(SECOND, "sent")], state="sent")
    ahead = [(Rung.MESSAGE, at(12 * MINUTE)), (Rung.STAFF, at(24 * MINUTE))]
    line = line_of(Told(sent.notice, sent.to, sent.attempts, ahead), at(5 * MINUTE))
    assert shapes(line)[-2:] == ["ahead", "ahead"]
    assert [mark.rung for mark in line.marks[-2:]] == [Rung.MESSAGE, Rung.STAFF]
    assert line.marks[-3].x < line.until < line.marks[-2].x < line.ahead_until


def test_the_scale_grows_ever_closer_and_ends_where_lines_end() -> None:
    places = [x for x, _span in scale()]
    assert places == sorted(places)
    assert places[-1] == END
    far = line_of(told(state="opened", opened_at=at(timedelta(days=9))), at(timedelta(days=10)))
    assert far.marks[-1].x == END
