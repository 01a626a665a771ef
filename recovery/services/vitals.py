"""Vital signs: what was measured, when; slips of the finger are refused."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select

from recovery.domain.monitoring import Measured
from recovery.domain.protocol.day import Measure
from recovery.domain.visit import IN_THE_CHAIR
from recovery.services.refusals import Refused
from recovery.services.visit_moves import locked_visit, must_be, settle
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.visits import Visit, Vital

#: Outside these no monitor reads a living person: it is a typing slip, not a finding.
POSSIBLE: Final[Mapping[Measure, tuple[float, float]]] = {
    Measure.SYSTOLIC: (40, 300),
    Measure.DIASTOLIC: (20, 200),
    Measure.PULSE: (20, 250),
    Measure.SPO2: (50, 100),
    Measure.TEMPERATURE: (30, 43),
}


def record_vitals(
    staff: Staff, visit_id: int, vitals: Mapping[Measure, float], now: datetime
) -> Visit:
    """Keep vital signs measured now, for instance the second blood pressure."""
    visit = locked_visit(staff, visit_id)
    must_be(visit, *IN_THE_CHAIR)
    if not vitals:
        raise Refused("Please enter at least one measurement.", Measure.SYSTOLIC.value)
    keep_vitals(visit, vitals, now)
    settle(staff, visit, "measured", now, measures=sorted(vitals))
    return visit


def keep_vitals(visit: Visit, vitals: Mapping[Measure, float], now: datetime) -> None:
    """Add measurements to a visit. Does not commit."""
    for measure, value in vitals.items():
        least, most = POSSIBLE[measure]
        if not least <= value <= most:
            raise Refused("Please check this number.", measure.value)
        db.session.add(Vital(visit_id=visit.id, measure=measure.value, value=value, at=now))
    upper, lower = vitals.get(Measure.SYSTOLIC), vitals.get(Measure.DIASTOLIC)
    if upper is not None and lower is not None and lower >= upper:
        raise Refused("The second number of a blood pressure is the lower one.", "diastolic")


def measured(visit_ids: Iterable[int]) -> defaultdict[int, list[Measured]]:
    """Return what was measured at visits, a moment at a time, the oldest first."""
    rows = db.session.scalars(
        select(Vital).where(Vital.visit_id.in_(visit_ids)).order_by(Vital.at, Vital.id)
    )
    moments: dict[tuple[int, datetime], dict[str, float]] = defaultdict(dict)
    for row in rows:
        moments[row.visit_id, row.at][row.measure] = row.value
    found: defaultdict[int, list[Measured]] = defaultdict(list)
    for (visit_id, at), values in moments.items():
        found[visit_id].append(Measured(at, values))
    return found


def newest_vitals(
    visit: Visit, since: datetime | None, until: datetime | None = None
) -> dict[Measure, float]:
    """Return the newest value of each measure taken from `since` to `until`."""
    chosen = select(Vital).where(Vital.visit_id == visit.id).order_by(Vital.at, Vital.id)
    if since is not None:
        chosen = chosen.where(Vital.at >= since)
    if until is not None:
        chosen = chosen.where(Vital.at <= until)
    return {Measure(row.measure): row.value for row in db.session.scalars(chosen)}
