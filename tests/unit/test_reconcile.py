"""The ledger follows the plan, whatever was sent meanwhile."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from recovery.domain.notice import LOST, PENDING, TOLD, NoticeState, Recipient
from recovery.domain.notices import Existing, plan, reconcile
from recovery.domain.protocol.after import Audience
from tests.visits import HOURS, MINUTES, any_discharged, any_visit, at, booked, discharged, spans


class Ledger:
    """The rows of the notice table, as plain values."""

    def __init__(self):
        self.rows = {}

    def follow(self, visits, now):
        changes = reconcile(plan(visits), list(self.rows.values()), now)
        for row_id in changes.withdraw:
            self.rows[row_id] = replace(self.rows[row_id], state=NoticeState.WITHDRAWN)
        for row_id, owed in changes.move.items():
            self.rows[row_id] = replace(self.rows[row_id], owed=owed)
        for new in changes.add:
            row_id = len(self.rows) + 1
            self.rows[row_id] = Existing(row_id, new.revision, NoticeState.OWED, new.owed)
        return changes

    def send_due(self, now, state=NoticeState.SHOWN):
        for row_id, row in self.rows.items():
            if row.state in PENDING and row.owed.due_at <= now:
                late = row.owed.not_after < now
                self.rows[row_id] = replace(row, state=NoticeState.MISSED if late else state)

    def of(self, kind, *states):
        return [
            row
            for row in self.rows.values()
            if row.state in states and kind in [part.kind for part in row.owed.parts]
        ]

    def pending(self):
        return sorted(
            (r.owed for r in self.rows.values() if r.state in PENDING), key=lambda o: repr(o)
        )


PATIENT = Recipient(Audience.PATIENT, 1)


def test_what_is_new_is_added_once():
    ledger = Ledger()
    assert ledger.follow([booked()], at(10, 9)).add
    again = ledger.follow([booked()], at(10, 10))
    assert (again.add, again.move, again.withdraw) == ((), {}, ())


def test_a_moved_visit_moves_what_nobody_has_seen():
    ledger = Ledger()
    ledger.follow([booked()], at(10, 9))
    moved = booked(start=at(25, 9), moved_at=at(11, 9), known_since=at(11, 9))
    changes = ledger.follow([moved], at(11, 9))
    assert any(part.kind == "food" for owed in changes.move.values() for part in owed.parts)
    assert not [new for new in changes.add if new.correction]


def test_a_delivered_notice_whose_time_changed_is_followed_by_a_correction_at_once():
    ledger = Ledger()
    ledger.follow([booked()], at(10, 9))
    ledger.send_due(at(22, 20))
    moved = booked(start=at(23, 14), moved_at=at(22, 21), known_since=at(22, 21))
    changes = ledger.follow([moved], at(22, 21))
    (food,) = [n for n in changes.add if "food" in [p.kind for p in n.owed.parts]]
    assert food.correction
    assert food.owed.due_at == at(22, 21)


def test_a_pending_correction_is_not_put_off_by_planning_again():
    ledger = Ledger()
    ledger.follow([booked()], at(10, 9))
    ledger.send_due(at(22, 20))
    moved = booked(start=at(23, 14), moved_at=at(22, 21), known_since=at(22, 21))
    ledger.follow([moved], at(22, 21))
    again = ledger.follow([moved], at(22, 22))
    assert (again.add, again.move, again.withdraw) == ((), {}, ())


def test_a_discharge_taken_back_withdraws_what_it_owed():
    ledger = Ledger()
    home = discharged()
    ledger.follow([home], at(23, 13, 30))
    back = replace(home, state=booked().state.READY, left_at=None, rides=booked().rides)
    ledger.follow([back], at(23, 13, 35))
    assert not ledger.of("rest", NoticeState.OWED)
    ledger.follow([home], at(23, 13, 40))
    assert ledger.of("rest", NoticeState.OWED)


def test_what_was_missed_is_not_owed_again():
    ledger = Ledger()
    ledger.follow([discharged()], at(23, 13, 30))
    ledger.send_due(at(24, 7))
    assert ledger.of("rest", NoticeState.MISSED)
    changes = ledger.follow([discharged()], at(24, 7))
    assert changes.add == ()


def test_what_failed_is_not_tried_again_by_planning():
    ledger = Ledger()
    ledger.follow([discharged()], at(23, 13, 30))
    ledger.send_due(at(23, 14, 20), NoticeState.FAILED)
    assert ledger.follow([discharged()], at(23, 14, 21)).add == ()


def test_what_staff_were_told_and_is_no_longer_so_is_moot():
    ledger = Ledger()
    alone = booked(rides=())
    ledger.follow([alone], at(10, 9))
    ledger.send_due(at(22, 12), NoticeState.SENT)
    told = ledger.of("staff-no-driver", NoticeState.SENT)
    assert told
    assert ledger.follow([alone], at(22, 12)).moot == ()
    assert ledger.follow([booked()], at(22, 13)).moot == tuple(row.id for row in told)


@given(st.one_of(any_visit(), any_discharged()))
def test_planning_twice_changes_nothing(visit):
    ledger, now = Ledger(), visit.known_since
    ledger.follow([visit], now)
    again = ledger.follow([visit], now + 5 * MINUTES)
    assert (again.add, again.move, again.withdraw) == ((), {}, ())


@given(any_discharged(), spans(-2 * HOURS, 2 * HOURS), spans(0 * HOURS, 30 * HOURS))
def test_a_corrected_time_leads_to_the_same_plan_as_if_entered_right_at_first(visit, off, later):
    wrong = replace(visit, left_at=max(visit.left_at + off, visit.ended_at))
    ledger, right = Ledger(), Ledger()
    ledger.follow([wrong], visit.left_at)
    ledger.follow([visit], visit.left_at)
    right.follow([visit], visit.left_at)
    assert ledger.pending() == right.pending()


@given(any_discharged(), spans(-2 * HOURS, 2 * HOURS), spans(0 * HOURS, 30 * HOURS))
def test_after_a_correction_everyone_was_or_will_be_told_what_is_true(visit, off, later):
    wrong = replace(visit, left_at=max(visit.left_at + off, visit.ended_at))
    ledger, now = Ledger(), visit.left_at + later
    ledger.follow([wrong], visit.left_at)
    ledger.send_due(now)
    ledger.follow([visit], now)
    said = {}
    for row in sorted(ledger.rows.values(), key=lambda row: (row.revision, row.id)):
        if row.state in TOLD | LOST | PENDING:
            for part in row.owed.parts:
                said[(row.owed.recipient, part.key)] = part.says
    for owed in plan([visit]):
        for part in owed.parts:
            assert said[(owed.recipient, part.key)] == part.says
