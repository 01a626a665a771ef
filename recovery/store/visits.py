"""Visits, and what is known of them before and on the day."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recovery.domain.visit import VisitState
from recovery.store.clinics import Clinic, ProtocolVersion
from recovery.store.database import Base
from recovery.store.patients import Patient


class Visit(Base):
    """One infusion appointment. Times are UTC; None = has not happened."""

    __tablename__ = "visit"
    __table_args__ = (
        Index("ix_visit_clinic_start", "clinic_id", "start_at"),
        Index("ix_visit_series", "patient_id", "series"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    protocol_version_id: Mapped[int] = mapped_column(ForeignKey("protocol_version.id"))
    state: Mapped[str] = mapped_column(default=VisitState.BOOKED.value)
    start_at: Mapped[datetime]
    booked_at: Mapped[datetime]
    #: The key of the form that booked it with others; the same for all visits of one series.
    series: Mapped[str | None]
    moved_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    stopped_early: Mapped[bool] = mapped_column(default=False)
    last_sedative_at: Mapped[datetime | None]
    ready_at: Mapped[datetime | None]
    #: Discharge, leaving or transfer, whichever way the patient went.
    left_at: Mapped[datetime | None]
    #: When staff last reached the driver before the start; None = not reached.
    driver_reached_at: Mapped[datetime | None]
    #: A clinician let the visit go on without a driver, and why.
    exempt_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    exempt_why: Mapped[str] = mapped_column(default="")
    #: A clinician decided to start although holds stood open, and why.
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_why: Mapped[str] = mapped_column(default="")
    #: Ids of the flags that were decided on.
    decided_flags: Mapped[list[Any]] = mapped_column(JSON, default=list)
    #: The wait's minimum in seconds where staff changed it; None = the protocol's.
    wait_minimum_s: Mapped[int | None]
    wait_extended_until: Mapped[datetime | None]
    wait_closed_at: Mapped[datetime | None]
    #: SpO2 is below the limit but as it was before the infusion.
    spo2_as_before: Mapped[bool] = mapped_column(default=False)
    #: Who took the patient home when it was not a driver's code, and why.
    handed_to: Mapped[str] = mapped_column(default="")
    handover_why: Mapped[str] = mapped_column(default="")
    handed_over_at: Mapped[datetime | None]

    clinic: Mapped[Clinic] = relationship()
    patient: Mapped[Patient] = relationship()
    protocol_version: Mapped[ProtocolVersion] = relationship()


class StepDone(Base):
    """The patient finished one step of the preparation."""

    __tablename__ = "step_done"
    __table_args__ = (UniqueConstraint("visit_id", "step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    step: Mapped[str]
    at: Mapped[datetime]


class Answer(Base):
    """The newest answer to one question about one visit, by patient or staff."""

    __tablename__ = "answer"
    __table_args__ = (UniqueConstraint("visit_id", "question"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    question: Mapped[str]
    choice: Mapped[str]
    at: Mapped[datetime]
    #: When it was given, if it waited on a phone; an answer given later is never undone by it.
    said_at: Mapped[datetime | None]
    #: `patient` or `staff`.
    by: Mapped[str]


class LastTaken(Base):
    """When the patient last ate or drank something of one fasting rule."""

    __tablename__ = "last_taken"
    __table_args__ = (UniqueConstraint("visit_id", "rule"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    rule: Mapped[str]
    at: Mapped[datetime]


class Vital(Base):
    """One measurement; units as in `recovery.domain.protocol.day.Measure`."""

    __tablename__ = "vital"

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    measure: Mapped[str]
    value: Mapped[float]
    at: Mapped[datetime]


class ScoreReading(Base):
    """One scoring for the discharge: item id → 2, 1 or 0."""

    __tablename__ = "score_reading"

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    at: Mapped[datetime]
    points: Mapped[dict[str, Any]] = mapped_column(JSON)


class CheckDone(Base):
    """One line of the discharge checklist was found true."""

    __tablename__ = "check_done"
    __table_args__ = (UniqueConstraint("visit_id", "check"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    check: Mapped[str]
    at: Mapped[datetime]


class Observation(Base):
    """One item of the monitoring form as it was written; rows are added, never changed.

    The newest of an item counts. Which fields an item has: `recovery.domain.monitoring.Noted`.
    """

    __tablename__ = "observation"

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    #: `dose`, `serious-event`, or an effect by its name in the protocol.
    item: Mapped[str]
    #: Milligrams; of a dose.
    mg: Mapped[float | None]
    #: Whether it came; None = of a dose.
    seen: Mapped[bool | None]
    since_at: Mapped[datetime | None]
    over_at: Mapped[datetime | None]
    words: Mapped[str] = mapped_column(default="")
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    #: When it was written down.
    at: Mapped[datetime]


class CheckInAnswer(Base):
    """One check-in as it was sent (`Said` sees to it that it is here once)."""

    __tablename__ = "check_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    check_in: Mapped[str]
    #: Which of a repeated check-in this answers: the local date, or empty.
    occasion: Mapped[str] = mapped_column(default="")
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: When the server recorded it.
    at: Mapped[datetime]
    #: When it was given, as far as a phone's clock lets us know (`domain.said`); None = `at`.
    said_at: Mapped[datetime | None]
    slept: Mapped[bool | None]
    #: Reported symptoms; [] = all denied; None = not known.
    symptoms: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    sedative_at: Mapped[datetime | None]
    drove: Mapped[bool] = mapped_column(default=False)
