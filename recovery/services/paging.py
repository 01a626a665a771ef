"""Alerts in hours in which nobody watches: the person on call is told by text and e-mail, and told
again until somebody takes them; one page at a time, of however many."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from recovery.domain.hours import unwatched_from
from recovery.domain.ladder import Rung
from recovery.domain.notice import NoticeState
from recovery.domain.protocol.after import Audience
from recovery.domain.protocol.timing import USUAL_ON_CALL, OnCall
from recovery.services.facts import protocol_of
from recovery.services.planning import ON_CALL
from recovery.services.sign_in import hashed
from recovery.store.alerts import Alert
from recovery.store.clinics import Clinic
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.visits import Visit

#: Why a page is owed no more: a later one tells of its alert as well.
TOLD_TOGETHER: Final = "told-together"
#: By then somebody is at the clinic again, or the alert was taken.
USEFUL_FOR: Final = timedelta(hours=16)


def owe_page(alert: Alert, visit_id: int, now: datetime) -> None:
    """Owe the person on call a page about an alert that cannot wait. Does not commit.

    At once when nobody watches; else at the end of the hours, should nobody have taken it by
    then: the worker looks at the alert before it sends. What is still owed about other alerts of
    the clinic, or about this one, is told by this page too and owed no more by itself: one chain
    of pages at a time, however many alerts wait.
    """
    # An alert that was ended and raised again, however quickly, is another occasion.
    chain = f"{alert.id}/{token_hex(8)}"
    about = [str(alert.id)]
    for row in _owed(alert.clinic_id):
        about += [one for one in _alerts(row) if one not in about]
        row.state, row.why = NoticeState.WITHDRAWN.value, TOLD_TOGETHER
        row.next_at = row.lease_until = None
        row.fence += 1
    clinic = db.session.get_one(Clinic, alert.clinic_id)
    db.session.add(_page(clinic, visit_id, chain, about, 1, now, now))


def owe_next_page(row: Notice, visit: Visit, now: datetime) -> None:
    """Owe the page that follows one that is being sent, as the protocol says. Does not commit.

    In the transaction of the attempt: a worker that is killed afterwards breaks no chain. It is
    told only in hours in which nobody watches, and only if somebody is needed still. A page that
    is owed already, of an alert that came in between, tells of these alerts too.
    """
    rule, number = _rule_of(visit), _number(row) + 1
    occasion = f"{'/'.join(row.occasion.split('/')[:2])}/{number}"
    there = select(Notice.id).where(
        Notice.visit_id == row.visit_id, Notice.kind == ON_CALL, Notice.occasion == occasion
    )
    if number > rule.pages or db.session.scalar(there) is not None:
        return
    later = [one for one in _owed(row.clinic_id) if one.id != row.id and one.due_at > now]
    if later:
        next_one = later[0]
        about = [*_alerts(next_one), *_alerts(row)]
        earliest = min(number, _number(next_one))
        next_one.parts = _parts(next_one.visit_id, next_one.occasion, about, earliest)
        return
    about = _alerts(row)
    db.session.add(_page(visit.clinic, visit.id, occasion, about, number, now + rule.again, now))


def still_waiting(row: Notice) -> int:
    """Return how many of the alerts of a page nobody has taken or ended."""
    return len(open_among([row])[row.id])


def open_among(rows: Collection[Notice]) -> dict[int, set[int]]:
    """Return by page the ids of its alerts that nobody has taken or ended. One query."""
    about = {row.id: {int(one) for one in _alerts(row)} for row in rows}
    waiting = set(
        db.session.scalars(
            select(Alert.id).where(
                Alert.id.in_({one for ids in about.values() for one in ids}),
                Alert.taken_at.is_(None),
                Alert.resolved_at.is_(None),
            )
        )
    )
    return {row_id: ids & waiting for row_id, ids in about.items()}


def _owed(clinic_id: int) -> Sequence[Notice]:
    """Lock the pages that a clinic still owes, in the order in which everybody locks them."""
    return db.session.scalars(
        select(Notice)
        .where(
            Notice.clinic_id == clinic_id,
            Notice.kind == ON_CALL,
            Notice.state == NoticeState.OWED.value,
        )
        .order_by(Notice.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def _alerts(row: Notice) -> list[str]:
    return [str(part["says"]["alert"]) for part in row.parts]


def _number(row: Notice) -> int:
    return int(row.parts[0]["says"].get("page", "1"))


def _parts(
    visit_id: int, occasion: str, about: Sequence[str], number: int
) -> list[dict[str, object]]:
    page = {} if number == 1 else {"page": str(number)}
    return [
        {
            "visit_id": visit_id,
            "kind": ON_CALL,
            "occasion": occasion,
            "says": {"alert": alert, **page},
        }
        for alert in dict.fromkeys(about)
    ]


def _rule_of(visit: Visit) -> OnCall:
    try:
        return protocol_of(visit.protocol_version).on_call
    except ValueError:
        return USUAL_ON_CALL


def _page(
    clinic: Clinic,
    visit_id: int,
    occasion: str,
    about: Sequence[str],
    number: int,
    earliest: datetime,
    now: datetime,
) -> Notice:
    due = unwatched_from(clinic.watched, ZoneInfo(clinic.zone), earliest)
    return Notice(
        clinic_id=clinic.id,
        visit_id=visit_id,
        kind=ON_CALL,
        occasion=occasion,
        role=Audience.STAFF.value,
        recipient_id=clinic.id,
        parts=_parts(visit_id, occasion, about, number),
        safety=True,
        no_driving=False,
        due_at=due,
        not_after=due + USEFUL_FOR,
        next_at=due,
        rung=Rung.MESSAGE.value,
        topic=hashed(f"{ON_CALL}/{about[0]}")[:32],
        created_at=now,
    )
