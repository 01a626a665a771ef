"""Red flags: what must not wait, said by the patient or by whoever is with them."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from recovery.domain.protocol.after import RedFlag
from recovery.domain.triage import red_flag_counts
from recovery.domain.visit import NEEDED_NOW
from recovery.services.alerts import raise_alert
from recovery.services.audit import Actor
from recovery.services.facts import facts_of, protocol_of
from recovery.services.planning import replan
from recovery.services.refusals import NotFound
from recovery.services.said_once import Sending, keep_said, outcome_before
from recovery.services.within_reach import visit_for
from recovery.store.alerts import Alert, AlertLevel
from recovery.store.database import db
from recovery.store.visits import Visit

#: A report that took longer than this to arrive says when it was given.
WORTH_SAYING: Final = timedelta(minutes=2)


def report_red_flag(
    visit_id: int, flag_id: str, actor: Actor, now: datetime, sending: Sending | None = None
) -> RedFlag:
    """Tell staff of a red flag of the visit's protocol and return it, so that its page is shown.

    The actor must be the visit's patient, a driver or companion who counts, or staff of the
    clinic; `NotFound` otherwise, and for a flag that the protocol does not know. Said twice, it
    is one alert. `sending`: from a patient's phone, where it may have waited; the same one again
    changes nothing, also when staff have settled it since. Commits.
    """
    visit = visit_for(actor, visit_id)
    flag = protocol_of(visit.protocol_version).red_flag(flag_id)
    if flag is None or (actor.kind == "driver" and not flag.asked_of_others):
        raise NotFound
    what = f"red-flag:{flag.id}"
    if sending is not None and outcome_before(visit, sending, what, {}) is not None:
        return flag
    raise_red_flag(visit, flag, actor, now, sending.said_at if sending else None)
    if sending is not None:
        keep_said(visit, sending, what, {}, {}, now)
    replan(visit.patient_id, now)
    db.session.commit()
    return flag


def raise_red_flag(
    visit: Visit, flag: RedFlag, actor: Actor, now: datetime, said_at: datetime | None = None
) -> Alert:
    """Raise the alert or task of a red flag, which keeps the wait until staff settle it.

    A symptom that is expected so soon (`only_after`) does not keep the wait, but whoever
    pressed the button wants an answer: it is a task. It counts as it arrives, and staff read
    when it was said if it waited on a phone. Neither plans nor commits.
    """
    counts = red_flag_counts(facts_of([visit])[0], flag, now)
    now_needed = counts and flag.urgency in NEEDED_NOW
    late = said_at is not None and now - said_at >= WORTH_SAYING
    waited = {"said_at": said_at.isoformat()} if said_at is not None and late else {}
    return raise_alert(
        visit,
        flag.id,
        now,
        level=AlertLevel.ALERT if now_needed else AlertLevel.TASK,
        key=f"{'red-flag' if counts else 'expected'}:{visit.id}:{flag.id}",
        red_flag=flag.id if counts else None,
        actor=actor,
        said_by=actor.kind,
        **waited,
    )


def told_flags(visit_id: int) -> set[str]:
    """Return which red flags the clinic has been told of at this visit, settled or not."""
    return set(db.session.scalars(select(Alert.kind).where(Alert.visit_id == visit_id)))
