"""Secret addresses at which a staff person's calendar reads the clinic's visits."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recovery.store.clinics import Staff
from recovery.store.database import Base


class StaffCalendar(Base):
    """One address. It opens as long as it is not ended and its person may see the visits."""

    __tablename__ = "staff_calendar"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    #: SHA-256 of the token in the address, which is shown once.
    token_hash: Mapped[str] = mapped_column(unique=True)
    #: What the person calls it: "my phone".
    label: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    #: When a calendar last asked, up to an hour behind; None = never.
    seen_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    #: What ended it when its person did not: an `EndedBy`, else empty.
    ended_by: Mapped[str] = mapped_column(default="")

    staff: Mapped[Staff] = relationship()
