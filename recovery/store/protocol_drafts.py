"""Protocols that are being written; a published one is a version and never changes."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from recovery.store.database import Base


class ProtocolDraft(Base):
    """The next version of one protocol, at one clinic: there is one draft at a time."""

    __tablename__ = "protocol_draft"
    __table_args__ = (UniqueConstraint("clinic_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    slug: Mapped[str]
    #: What it was copied from.
    version_id: Mapped[int] = mapped_column(ForeignKey("protocol_version.id"))
    #: The whole protocol as JSON; always one that could be published.
    body: Mapped[str] = mapped_column(Text)
    #: Counts changes, so that two people do not overwrite each other's.
    revision: Mapped[int] = mapped_column(default=1)
    changed_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    changed_at: Mapped[datetime]
