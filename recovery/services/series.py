"""A series of visits, looked at first and then booked in one go, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from sqlalchemy import select

from recovery.domain.series import MOST_VISITS, REFUSED, Doubt, doubts
from recovery.domain.times import instant_at
from recovery.domain.visit import NOT_HAPPENING
from recovery.services.audit import Actor, record
from recovery.services.booking import must_be_possible
from recovery.services.patients import own_patient
from recovery.services.planning import replan
from recovery.services.protocols import own_version
from recovery.services.refusals import Conflict, Refused, sentence
from recovery.services.said_once import KEY
from recovery.services.visit_moves import reason_for
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.visits import Visit


class NotAllFree(Refused):
    """Some visit of a series cannot be booked as it is; the preview says which and why."""

    def __init__(self) -> None:
        super().__init__(
            sentence("Nothing is booked yet. Please correct the dates that are marked.")
        )


class DatesChanged(Conflict):
    """What would be booked or moved is not what the page showed."""

    def __init__(self) -> None:
        super().__init__(
            sentence("The dates are not those that you saw. Please look at them once more.")
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """One visit as it would be: its start (UTC) and what to look at first."""

    start: datetime
    doubts: tuple[Doubt, ...]

    @property
    def is_refused(self) -> bool:
        """Whether it cannot be booked like this."""
        return not REFUSED.isdisjoint(self.doubts)


def preview(patient: Patient, walls: Sequence[datetime], now: datetime) -> list[Planned]:
    """Return each visit of a series as it would be booked; `walls`: the clinic's clock."""
    zone = ZoneInfo(patient.clinic.zone)
    starts = [instant_at(wall.date(), wall.time(), zone) for wall in walls]
    taken = starts_of(patient.id)
    return [
        Planned(
            start,
            doubts(wall, zone, [*taken, *starts[:place], *starts[place + 1 :]], now),
        )
        for place, (wall, start) in enumerate(zip(walls, starts, strict=True))
    ]


def mark_of(starts: Sequence[datetime]) -> str:
    """Return a short mark of the dates that a page shows, which is another for other dates."""
    return sha256(repr([start.isoformat() for start in starts]).encode()).hexdigest()[:32]


def book_series(
    staff: Staff,
    patient_id: int,
    version_id: int,
    walls: Sequence[datetime],
    key: str,
    now: datetime,
) -> Sequence[Visit]:
    """Book all visits of a series, or none. `walls`: what the clinic's clock shows at each start.

    `key` is made by the page: the same form sent twice books once. Raises `NotAllFree` when one
    cannot be booked, `Conflict` when the key has booked other dates.
    """
    patient = own_patient(staff, patient_id, lock=True)
    version = own_version(staff, version_id)
    if not KEY.fullmatch(key):
        raise Refused("Please open this page anew.")
    planned = preview(patient, walls, now)
    wanted = [visit.start for visit in planned]
    before = of_series(patient.id, key)
    if before:
        if sorted(visit.start_at for visit in before) != sorted(wanted):
            raise Conflict("These visits were booked already. Change them on their own pages.")
        return before
    if not 0 < len(walls) <= MOST_VISITS or any(visit.is_refused for visit in planned):
        raise NotAllFree
    for start in wanted:
        must_be_possible(start, now)
    visits = [
        Visit(
            clinic_id=staff.clinic_id,
            patient_id=patient.id,
            protocol_version_id=version.id,
            start_at=start,
            booked_at=now,
            series=key,
        )
        for start in sorted(wanted)
    ]
    db.session.add_all(visits)
    settle_all(staff, visits, "booked", now)
    return visits


def settle_all(
    staff: Staff, visits: Sequence[Visit], verb: str, now: datetime, why: str = ""
) -> None:
    """End an act on several visits of a patient: replan once, one row of the trail each, commit."""
    db.session.flush()
    replan(visits[0].patient_id, now)
    for visit in visits:
        facts = {}
        if why:
            facts["reason"] = reason_for(staff, visit.patient_id, visit.id, why, now)
        record(visit.clinic_id, Actor("staff", staff.id), verb, visit, now, visit.id, **facts)
    db.session.commit()


def of_series(patient_id: int, key: str) -> Sequence[Visit]:
    """Return all visits of one of a patient's series, by start."""
    return db.session.scalars(
        select(Visit)
        .where(Visit.patient_id == patient_id, Visit.series == key)
        .order_by(Visit.start_at, Visit.id)
    ).all()


def starts_of(patient_id: int, but: frozenset[int] | set[int] = frozenset()) -> list[datetime]:
    """Return the starts (UTC) of a patient's visits that take place, without those in `but`."""
    rows = db.session.execute(
        select(Visit.id, Visit.start_at).where(
            Visit.patient_id == patient_id,
            Visit.state.not_in([state.value for state in NOT_HAPPENING]),
        )
    )
    return [start for visit_id, start in rows if visit_id not in but]
