"""Alerts (staff needed now) and tasks (staff needed today)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from recovery.store.database import Base


class AlertLevel(StrEnum):
    """How soon a person must look."""

    ALERT = "alert"
    TASK = "task"


class Alert(Base):
    """Something a person at the clinic must look at; raised once for each `key`."""

    __tablename__ = "alert"
    __table_args__ = (UniqueConstraint("clinic_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    #: Names the cause, so that the same cause raises one alert: "notice:17", "red-flag:4:chest".
    key: Mapped[str]
    #: What happened, in a word the presenter knows, or a red flag's id.
    kind: Mapped[str]
    level: Mapped[str]
    #: Ids and names of rules for the presenter; no free text of patients.
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: A red flag keeps the wait until it is resolved.
    red_flag: Mapped[str | None]
    raised_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    resolution: Mapped[str] = mapped_column(default="")
