"""Alerts whose cause is gone close by themselves, so that the board says what is true."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from recovery.services.audit import SYSTEM, record
from recovery.store.alerts import Alert
from recovery.store.database import db
from recovery.store.notices import Notice

#: What the board shows as the resolution; nobody resolved it.
BY_ITSELF = "no-longer-true"
#: In the facts of an alert that somebody has taken: when its cause was gone (ISO, UTC).
MOOT_SINCE = "moot_since"


def board_key(notice: Notice) -> str:
    """Return the key of the alert that a notice for staff raises."""
    of_occasion = f":{notice.occasion}" if notice.occasion else ""
    return f"visit:{notice.visit_id}:{notice.kind}{of_occasion}"


def unseen_key(notice_id: int) -> str:
    """Return the key of the alert that a notice was not seen, or could not be sent."""
    return f"notice:{notice_id}"


def no_device_key(who: str, who_id: int) -> str:
    """Return the key of the one alert that somebody (a patient, a contact) has no phone for
    notices, whichever notice met it first."""
    return f"no-device:{who}:{who_id}"


def settle_moot(clinic_id: int, keys: Collection[str], now: datetime) -> None:
    """Close these alerts; one that a person has taken is theirs to end, and says since when it
    is no longer so.

    A red flag never closes by itself. Does not commit.
    """
    if not keys:
        return
    rows = db.session.scalars(
        select(Alert)
        .where(
            Alert.clinic_id == clinic_id,
            Alert.key.in_(keys),
            Alert.resolved_at.is_(None),
            Alert.red_flag.is_(None),
        )
        .with_for_update(key_share=True)
    )
    for alert in rows:
        if alert.taken_at is not None:
            alert.facts = {MOOT_SINCE: now.isoformat()} | alert.facts
            continue
        alert.resolved_at, alert.resolution = now, BY_ITSELF
        record(clinic_id, SYSTEM, "settled-itself", alert, now, alert.visit_id)
