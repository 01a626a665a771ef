"""Devices: one push subscription of one browser profile, owned by one signed-in person."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from recovery.store.database import Base


class Device(Base):
    """Where push reaches somebody. Retired, not deleted, when the push service forgets it."""

    __tablename__ = "device"
    __table_args__ = (Index("ix_device_owner", "role", "owner_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    #: `patient` or `contact`.
    role: Mapped[str]
    owner_id: Mapped[int]
    #: The sign-in of the browser that subscribed; the device ends with it.
    sign_in_id: Mapped[int] = mapped_column(ForeignKey("sign_in.id"), index=True)
    #: Exactly as the browser gave it; never logged.
    endpoint: Mapped[str]
    #: SHA-256 of the endpoint: one row an endpoint, whoever owns it now.
    endpoint_hash: Mapped[str] = mapped_column(unique=True)
    p256dh: Mapped[str]
    auth: Mapped[str]
    #: Our public key that the browser subscribed under; rotation keeps the old one for a while.
    server_key: Mapped[str]
    #: A few words by which a person knows the device ("Firefox, Android").
    label: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    last_receipt_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    retired_why: Mapped[str] = mapped_column(default="")
