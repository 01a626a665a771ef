"""The sheet that says what to do at home: whom it was sent to and how, and sending it again.

The notices that protocols owe after the leaving lead to it by themselves; staff may send it once
more at any time after that, to one person at a time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from recovery.domain.notice import NoticeState
from recovery.domain.protocol import Protocol
from recovery.domain.protocol.after import Audience
from recovery.domain.ride import RideFacts, Role
from recovery.domain.visit import GONE, VisitFacts, VisitState
from recovery.services.asked import asked_for
from recovery.services.planning import SHEET, hold
from recovery.services.refusals import NotFound, Refused
from recovery.services.sign_in import count_try
from recovery.services.visit_moves import already_done, facts_now, locked_visit, settle
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.notices import Attempt, Notice
from recovery.store.rides import Ride
from recovery.store.visits import Visit

USEFUL_FOR: Final = timedelta(hours=24)
#: Taps this close together send one sheet.
TOGETHER: Final = timedelta(seconds=5)
#: Sheets to one person within `WINDOW`.
MOST: Final = 6
WINDOW: Final = timedelta(hours=1)
#: Who was taken to another place of care is told there what to do.
WENT_HOME: Final = GONE - {VisitState.TRANSFERRED}
SENT: Final = "sent-sheet"


@dataclass(frozen=True, slots=True)
class SentSheet:
    """One notice that leads to the sheet, and by what it was last tried ("" = not yet)."""

    notice: Notice
    channel: str


@dataclass(frozen=True, slots=True)
class SheetReader:
    """Somebody the sheet is for. `to`: how the page names them; `name`: "" = the patient."""

    to: str
    role: Audience
    recipient_id: int
    name: str
    sent: Sequence[SentSheet]


def sheet_kinds(protocol: Protocol) -> frozenset[str]:
    """Return the kinds of notices that lead to the sheet."""
    return frozenset({SHEET, *(rule.id for rule in protocol.notices if rule.is_for_home)})


def looks_after(visit: VisitFacts, ride_id: int) -> bool:
    """Whether this ride's person is with the patient at home: the driver, or who stays."""
    return visit.state in WENT_HOME and any(ride.id == ride_id for ride in _near(visit))


def sheet_readers(visit: Visit, facts: VisitFacts) -> list[SheetReader]:
    """Return whom the sheet is for, with the notices that brought it; none before the leaving."""
    if facts.state not in WENT_HOME:
        return []
    sent = list(_sent(visit.id, sheet_kinds(facts.protocol)))
    people = [("patient", Audience.PATIENT, visit.patient_id, "")]
    names = _names([ride.id for ride in _near(facts)])
    people += [(f"ride-{r.id}", _audience(r), r.id, names[r.id]) for r in _near(facts)]
    return [
        SheetReader(to, role, number, name, _of(sent, role, number))
        for to, role, number, name in people
    ]


def send_sheet(staff: Staff, visit_id: int, to: str, now: datetime) -> Visit:
    """Owe one person a notice that leads to the sheet; the ladder brings it. Commits.

    `to`: as `SheetReader.to`. Raises `AlreadyDone` when the patient has not gone home, `NotFound`
    for anybody else, `Refused` when the person gets no notices any more, `TooManyTries`.
    """
    visit = locked_visit(staff, visit_id)
    facts = facts_now(visit)
    if facts.state not in WENT_HOME:
        raise already_done(visit)
    reader = next((one for one in sheet_readers(visit, facts) if one.to == to), None)
    if reader is None:
        raise NotFound
    if reader.role is Audience.PATIENT and visit.patient.halted_at is not None:
        raise Refused("All notices to this patient are stopped.")
    newest = max((one.notice.created_at for one in reader.sent if _by_hand(one)), default=None)
    if newest is not None and now - newest < TOGETHER:
        return visit
    count_try(f"sheet:{visit.id}:{to}", MOST, WINDOW, now)
    to_whom = (reader.role, reader.recipient_id)
    db.session.add(asked_for(SHEET, visit, to_whom, USEFUL_FOR, now))
    settle(staff, visit, SENT, now, to=reader.role.value)
    return visit


def take_sheets_back(visit: Visit) -> None:
    """Send no sheet of a visit any more, since the patient is here again. Does not commit."""
    hold(visit.patient_id)
    rows = db.session.scalars(
        select(Notice)
        .where(Notice.visit_id == visit.id, Notice.kind == SHEET)
        .order_by(Notice.id)
        .with_for_update(of=Notice, key_share=True)
        .execution_options(populate_existing=True)
    )
    for row in rows:
        row.next_at = row.lease_until = None
        row.fence += 1
        if row.state in {NoticeState.OWED, NoticeState.SENDING}:
            row.state, row.why = NoticeState.WITHDRAWN.value, "no-longer-true"


def _by_hand(sent: SentSheet) -> bool:
    return sent.notice.kind == SHEET


def _near(visit: VisitFacts) -> list[RideFacts]:
    """Who may be told and is with the patient; whoever is halted is not told."""
    return [
        ride
        for ride in visit.rides
        if ride.counts and not ride.halted and (ride == visit.driver or ride.role is Role.COMPANION)
    ]


def _audience(ride: RideFacts) -> Audience:
    return Audience.COMPANION if ride.role is Role.COMPANION else Audience.DRIVER


def _names(rides: Sequence[int]) -> dict[int, str]:
    found = db.session.scalars(select(Ride).where(Ride.id.in_(rides)))
    return {ride.id: ride.contact.name for ride in found}


def _of(sent: Sequence[SentSheet], role: Audience, number: int) -> list[SentSheet]:
    """The first that the protocol owes, then what staff sent; the later reminders say less."""
    own = [one for one in sent if (one.notice.role, one.notice.recipient_id) == (role, number)]
    owed = [one for one in own if not _by_hand(one)]
    return owed[:1] + [one for one in own if _by_hand(one)]


def _sent(visit_id: int, kinds: frozenset[str]) -> Iterator[SentSheet]:
    rows = db.session.scalars(
        select(Notice)
        .where(
            Notice.visit_id == visit_id,
            Notice.kind.in_(kinds),
            Notice.state != NoticeState.WITHDRAWN.value,
        )
        .order_by(Notice.due_at, Notice.id)
    ).all()
    tried = select(Attempt.notice_id, Attempt.channel).order_by(Attempt.id)
    of = tried.where(Attempt.notice_id.in_([row.id for row in rows]))
    channels = dict(db.session.execute(of).all())
    for row in rows:
        yield SentSheet(row, channels.get(row.id, ""))
