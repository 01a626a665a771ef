"""An alert in hours in which nobody watches: the person on call is told by text and e-mail."""

from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final
from zoneinfo import ZoneInfo

from recovery.domain.hours import unwatched_from
from recovery.domain.ladder import Rung
from recovery.domain.protocol.after import Audience
from recovery.services.planning import ON_CALL
from recovery.services.sign_in import hashed
from recovery.store.alerts import Alert
from recovery.store.clinics import Clinic
from recovery.store.database import db
from recovery.store.notices import Notice

#: By then somebody is at the clinic again, or the alert was taken.
USEFUL_FOR: Final = timedelta(hours=16)


def owe_page(alert: Alert, visit_id: int, now: datetime) -> None:
    """Owe the person on call a page about an alert that cannot wait. Does not commit.

    At once when nobody watches; else at the end of the hours, should nobody have taken it by
    then: the worker looks at the alert before it sends.
    """
    clinic = db.session.get_one(Clinic, alert.clinic_id)
    due = unwatched_from(clinic.watched, ZoneInfo(clinic.zone), now)
    # An alert that was ended and raised again, however quickly, is another occasion.
    occasion = f"{alert.id}/{token_hex(8)}"
    db.session.add(
        Notice(
            clinic_id=clinic.id,
            visit_id=visit_id,
            kind=ON_CALL,
            occasion=occasion,
            role=Audience.STAFF.value,
            recipient_id=clinic.id,
            parts=[
                {
                    "visit_id": visit_id,
                    "kind": ON_CALL,
                    "occasion": occasion,
                    "says": {"alert": str(alert.id)},
                }
            ],
            safety=True,
            no_driving=False,
            due_at=due,
            not_after=due + USEFUL_FOR,
            next_at=due,
            rung=Rung.MESSAGE.value,
            topic=hashed(f"{ON_CALL}/{alert.id}")[:32],
            created_at=now,
        )
    )
