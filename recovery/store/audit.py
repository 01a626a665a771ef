"""The audit trail: append-only rows chained with a key; ids, never personal texts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from recovery.store.database import Base


class AuditRow(Base):
    """Who did what to what, and when. `hash` covers the row and the one before it."""

    __tablename__ = "audit"
    __table_args__ = (
        UniqueConstraint("clinic_id", "number"),
        Index("ix_audit_about", "clinic_id", "subject", "subject_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    #: Counts 1, 2, 3 … within the clinic; a gap means that a row was removed.
    number: Mapped[int]
    at: Mapped[datetime]
    #: staff, patient, driver or system.
    actor: Mapped[str]
    actor_id: Mapped[int | None]
    verb: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[int]
    visit_id: Mapped[int | None] = mapped_column(index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous: Mapped[str]
    #: Names the key of `hash`; empty: a plain SHA-256, from before there were keys.
    key: Mapped[str] = mapped_column(default="")
    hash: Mapped[str]
