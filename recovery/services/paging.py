"""An alert in hours in which nobody watches: the person on call is told by text and e-mail, and
told again until somebody takes it."""

from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

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

#: By then somebody is at the clinic again, or the alert was taken.
USEFUL_FOR: Final = timedelta(hours=16)


def owe_page(alert: Alert, visit_id: int, now: datetime) -> None:
    """Owe the person on call a page about an alert that cannot wait. Does not commit.

    At once when nobody watches; else at the end of the hours, should nobody have taken it by
    then: the worker looks at the alert before it sends. What was still owed about the same alert,
    ended and raised again, is owed no more: one chain of pages at a time.
    """
    pending = update(Notice).where(
        Notice.clinic_id == alert.clinic_id,
        Notice.kind == ON_CALL,
        Notice.occasion.startswith(f"{alert.id}/"),
        Notice.state == NoticeState.OWED.value,
    )
    withdrawn = {"state": NoticeState.WITHDRAWN.value, "why": "no-longer-true"}
    db.session.execute(
        pending.values(next_at=None, lease_until=None, fence=Notice.fence + 1, **withdrawn)
    )
    clinic = db.session.get_one(Clinic, alert.clinic_id)
    # An alert that was ended and raised again, however quickly, is another occasion.
    chain = f"{alert.id}/{token_hex(8)}"
    db.session.add(_page(clinic, visit_id, chain, {"alert": str(alert.id)}, now, now))


def owe_next_page(row: Notice, visit: Visit, now: datetime) -> None:
    """Owe the page that follows one that is being sent, as the protocol says. Does not commit.

    In the transaction of the attempt: a worker that is killed afterwards breaks no chain. It is
    told only in hours in which nobody watches, and only if nobody has taken the alert by then.
    """
    rule, says = _rule_of(visit), row.parts[0]["says"]
    number = int(says.get("page", "1")) + 1
    occasion = f"{'/'.join(row.occasion.split('/')[:2])}/{number}"
    there = select(Notice.id).where(
        Notice.visit_id == row.visit_id, Notice.kind == ON_CALL, Notice.occasion == occasion
    )
    if number <= rule.pages and db.session.scalar(there) is None:
        said = {"alert": says["alert"], "page": str(number)}
        db.session.add(_page(visit.clinic, visit.id, occasion, said, now + rule.again, now))


def _rule_of(visit: Visit) -> OnCall:
    try:
        return protocol_of(visit.protocol_version).on_call
    except ValueError:
        return USUAL_ON_CALL


def _page(
    clinic: Clinic,
    visit_id: int,
    occasion: str,
    says: dict[str, str],
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
        parts=[{"visit_id": visit_id, "kind": ON_CALL, "occasion": occasion, "says": says}],
        safety=True,
        no_driving=False,
        due_at=due,
        not_after=due + USEFUL_FOR,
        next_at=due,
        rung=Rung.MESSAGE.value,
        topic=hashed(f"{ON_CALL}/{says['alert']}")[:32],
        created_at=now,
    )
