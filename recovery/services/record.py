"""A patient's whole record as people read it: visits, answers, measurements, people, notices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from recovery.domain.visit import VisitFacts
from recovery.services.facts import course_of
from recovery.services.observing import Line, lines_of
from recovery.services.of_patient import belongs
from recovery.store.database import db
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.store.rides import Ride
from recovery.store.visits import CheckInAnswer, Vital


@dataclass(frozen=True, slots=True)
class Record:
    """All of it, each in the order of time; `noted`: on monitoring forms, by visit.

    `notices`: those to the patient that went out.
    """

    visits: Sequence[VisitFacts]
    rides: Sequence[Ride]
    check_ins: Sequence[CheckInAnswer]
    vitals: Sequence[Vital]
    noted: Mapping[int, Sequence[Line]]
    notices: Sequence[Notice]


def record_of(patient: Patient) -> Record:
    """Return a patient's whole record."""
    mine = belongs(patient.id)
    sent = select(Notice).where(mine[Notice], Notice.role == "patient", Notice.sent_at.is_not(None))
    visits = course_of(patient.id)
    return Record(
        visits=visits,
        noted={visit.id: lines_of(visit.id) for visit in visits},
        rides=db.session.scalars(select(Ride).where(mine[Ride]).order_by(Ride.id)).all(),
        check_ins=db.session.scalars(
            select(CheckInAnswer).where(mine[CheckInAnswer]).order_by(CheckInAnswer.at)
        ).all(),
        vitals=db.session.scalars(select(Vital).where(mine[Vital]).order_by(Vital.at)).all(),
        notices=db.session.scalars(sent.order_by(Notice.sent_at)).all(),
    )
