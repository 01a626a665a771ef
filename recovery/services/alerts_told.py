"""When the person on call was told of an alert, by what way, and whether it went out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from recovery.services.planning import ON_CALL
from recovery.store.addresses import Channel
from recovery.store.alerts import Alert
from recovery.store.database import db
from recovery.store.notices import Attempt, Notice

#: What a carrier reports of a text that reached nobody.
LOST = frozenset({"undelivered", "failed", "canceled"})


@dataclass(frozen=True, slots=True)
class ToldOnCall:
    """One try (UTC). `went_out`: a carrier took it and has not said that it was lost."""

    at: datetime
    channel: Channel
    went_out: bool


def told_about(alerts: Sequence[Alert]) -> Mapping[int, Sequence[ToldOnCall]]:
    """Return by alert each time that the person on call was told since it was raised."""
    raised = {alert.id: alert.raised_at for alert in alerts if alert.visit_id is not None}
    if not raised:
        return {}
    found: defaultdict[int, list[ToldOnCall]] = defaultdict(list)
    rows = db.session.execute(
        select(Notice.parts, Attempt.at, Attempt.channel, Attempt.outcome, Attempt.reported)
        .join(Attempt, Attempt.notice_id == Notice.id)
        .where(
            Notice.kind == ON_CALL,
            Notice.clinic_id.in_({alert.clinic_id for alert in alerts}),
            Attempt.at >= min(raised.values()),
        )
        .order_by(Attempt.id)
    )
    for parts, at, channel, outcome, reported in rows:
        went_out = outcome == "sent" and reported not in LOST
        for alert_id in (int(part["says"]["alert"]) for part in parts):
            if alert_id in raised and at >= raised[alert_id]:
                found[alert_id].append(ToldOnCall(at, Channel(channel), went_out))
    return found
