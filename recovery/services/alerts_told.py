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
    raised = {alert.id: alert.raised_at for alert in alerts}
    visits = {alert.visit_id for alert in alerts if alert.visit_id is not None}
    if not visits:
        return {}
    found: defaultdict[int, list[ToldOnCall]] = defaultdict(list)
    rows = db.session.execute(
        select(Notice.occasion, Attempt.at, Attempt.channel, Attempt.outcome, Attempt.reported)
        .join(Attempt, Attempt.notice_id == Notice.id)
        .where(Notice.kind == ON_CALL, Notice.visit_id.in_(visits))
        .order_by(Attempt.id)
    )
    for occasion, at, channel, outcome, reported in rows:
        alert_id = int(occasion.partition("/")[0])
        if alert_id in raised and at >= raised[alert_id]:
            went_out = outcome == "sent" and reported not in LOST
            found[alert_id].append(ToldOnCall(at, Channel(channel), went_out))
    return found
