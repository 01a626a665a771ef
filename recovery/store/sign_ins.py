"""Sign-ins are rows, so that ending one ends it at once; and what limits guessing."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from recovery.store.database import Base


class Face(StrEnum):
    """Which of the three faces somebody signed in to; each has a cookie of its own."""

    STAFF = "staff"
    PATIENT = "patient"
    DRIVER = "driver"


class SignIn(Base):
    """One signed-in browser. The cookie holds the token, the row its SHA-256."""

    __tablename__ = "sign_in"
    __table_args__ = (Index("ix_sign_in_subject", "face", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    face: Mapped[str]
    #: Staff, patient or contact id, by face.
    subject_id: Mapped[int]
    token_hash: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    #: Ends when idle this long (moved by use), and at `ends_at` whatever happens.
    idle_ends_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInCode(Base):
    """A short code that carries a patient into the installed app or to another phone."""

    __tablename__ = "sign_in_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    code_hash: Mapped[str] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Throttle(Base):
    """Counts tries of one kind from one source or at one target, across processes."""

    __tablename__ = "throttle"

    #: What is counted, hashed where it is personal: "welcome:<token hash>".
    key: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int] = mapped_column(default=0)
    #: The count starts anew after this.
    resets_at: Mapped[datetime]
