"""Red flags: what must not wait, said by the patient or by whoever is with them."""

from datetime import datetime

from recovery.domain.protocol.after import RedFlag
from recovery.domain.triage import red_flag_counts
from recovery.domain.visit import NEEDED_NOW
from recovery.services.alerts import raise_alert
from recovery.services.audit import Actor
from recovery.services.facts import facts_of, protocol_of
from recovery.services.planning import replan
from recovery.services.refusals import NotFound
from recovery.services.within_reach import visit_for
from recovery.store.alerts import Alert, AlertLevel
from recovery.store.database import db
from recovery.store.visits import Visit


def report_red_flag(visit_id: int, flag_id: str, actor: Actor, now: datetime) -> RedFlag:
    """Tell staff of a red flag of the visit's protocol and return it, so that its page is shown.

    The actor must be the visit's patient, a driver or companion who counts, or staff of the
    clinic; `NotFound` otherwise, and for a flag that the protocol does not know. Said twice, it
    is one alert. Commits.
    """
    visit = visit_for(actor, visit_id)
    flag = protocol_of(visit.protocol_version).red_flag(flag_id)
    if flag is None or (actor.kind == "driver" and not flag.asked_of_others):
        raise NotFound
    raise_red_flag(visit, flag, actor, now)
    replan(visit.patient_id, now)
    db.session.commit()
    return flag


def raise_red_flag(visit: Visit, flag: RedFlag, actor: Actor, now: datetime) -> Alert:
    """Raise the alert or task of a red flag, which keeps the wait until staff settle it.

    A symptom that is expected so soon (`only_after`) does not keep the wait, but whoever
    pressed the button wants an answer: it is a task. Neither plans nor commits.
    """
    counts = red_flag_counts(facts_of([visit])[0], flag, now)
    now_needed = counts and flag.urgency in NEEDED_NOW
    return raise_alert(
        visit,
        flag.id,
        now,
        level=AlertLevel.ALERT if now_needed else AlertLevel.TASK,
        key=f"{'red-flag' if counts else 'expected'}:{visit.id}:{flag.id}",
        red_flag=flag.id if counts else None,
        actor=actor,
        said_by=actor.kind,
    )
