"""What patients' phones sent, each once."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from recovery.store.database import Base


class Said(Base):
    """One thing that a patient said on a page: `key` is made by the page and unique.

    Whatever comes again under the key gets `outcome`, the answer that the first one got.
    """

    __tablename__ = "said"
    __table_args__ = (UniqueConstraint("patient_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    key: Mapped[str]
    #: Which page it answers: `check-in:morning`, `step:fasting`, `red-flag:chest-pain`.
    what: Mapped[str]
    #: The answers as they were sent: ids of questions and choices.
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: When it was given, as far as a phone's clock lets us know (`domain.said`).
    said_at: Mapped[datetime]
    #: When the server recorded it.
    at: Mapped[datetime]
