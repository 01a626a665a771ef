"""Patients and the people who drive them or stay with them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recovery.store.clinics import Clinic
from recovery.store.database import Base


class Wording(StrEnum):
    """How much a notice says on a lock screen. `discreet` says nothing at all."""

    CLEAR = "clear"
    DISCREET = "discreet"


class Patient(Base):
    """A person who has visits. Signs in with a welcome link and date of birth, no password."""

    __tablename__ = "patient"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    name: Mapped[str]
    born: Mapped[date]
    #: E.164, or empty.
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="en")
    wording: Mapped[str] = mapped_column(default=Wording.CLEAR.value)
    #: The patient chose language and wording.
    settled_at: Mapped[datetime | None]
    #: All notices stopped at once by staff (hospital, death, wrong number).
    halted_at: Mapped[datetime | None]
    #: The patient ended the account: signed out everywhere, and nothing is sent.
    ended_at: Mapped[datetime | None]
    #: What was personal is gone: the clinic's time was over, or by hand after the account's end.
    erased_at: Mapped[datetime | None]
    #: SHA-256 of the newest welcome token; a new link replaces the last.
    welcome_hash: Mapped[str | None] = mapped_column(unique=True)
    welcome_ends_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    clinic: Mapped[Clinic] = relationship()


class Contact(Base):
    """Somebody a patient named: driver, backup or companion. Has no account."""

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    name: Mapped[str]
    #: E.164.
    phone: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")
    halted_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    clinic: Mapped[Clinic] = relationship()
    patient: Mapped[Patient] = relationship()


class Consent(Base):
    """A patient's leave to tell one contact about one visit; withdrawn, not deleted."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    ride_id: Mapped[int] = mapped_column(ForeignKey("ride.id"), index=True)
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
