"""A visit as it was: what was measured, decided and found, and by whom, for a printed page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from recovery.domain.discharge import DischargeFacts
from recovery.domain.monitoring import Measured, Three, three_pressures
from recovery.domain.visit import VisitFacts
from recovery.domain.wait import Wait, wait_at
from recovery.services.discharge import discharge_facts
from recovery.services.observing import Line, lines_of
from recovery.services.visit_moves import facts_now
from recovery.services.vitals import measured
from recovery.store.alerts import Alert
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.visits import Visit


@dataclass(frozen=True, slots=True)
class VisitSummary:
    """`noted`: lines of the monitoring form. `people`: names of the staff who decided, by id.

    `events`: red flags raised by the visit.
    """

    facts: VisitFacts
    door: DischargeFacts
    measured: Sequence[Measured]
    three: Three
    noted: Sequence[Line]
    people: Mapping[int, str]
    events: Sequence[Alert]
    wait: Wait | None


def summary_of(visit: Visit, now: datetime) -> VisitSummary:
    """Return what a visit's summary says at `now`."""
    facts, taken = facts_now(visit), measured([visit.id])[visit.id]
    return VisitSummary(
        facts=facts,
        door=discharge_facts(visit),
        measured=taken,
        three=three_pressures(taken, visit.started_at, facts.protocol.stay.recheck, visit.left_at),
        noted=lines_of(visit.id),
        people=_names({visit.exempt_by, visit.decided_by}),
        events=db.session.scalars(
            select(Alert)
            .where(Alert.visit_id == visit.id, Alert.red_flag.is_not(None))
            .order_by(Alert.raised_at)
        ).all(),
        wait=wait_at(facts, now),
    )


def _names(ids: set[int | None]) -> dict[int, str]:
    rows = db.session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(ids - {None})))
    return dict(rows.all())
