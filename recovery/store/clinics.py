"""A clinic, its staff, and the protocol versions it uses."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recovery.domain.rights import Right, StaffRole, may
from recovery.store.database import Base


class Clinic(Base):
    """Everything belongs to a clinic; nothing crosses."""

    __tablename__ = "clinic"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The clinic's own name: on pages only, never in a notice, SMS or address.
    name: Mapped[str]
    #: The neutral name that notices carry.
    neutral_name: Mapped[str]
    zone: Mapped[str]
    country: Mapped[str]
    phone: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    parking: Mapped[str] = mapped_column(default="")
    #: How to find the door, for somebody who has never been here.
    entrance: Mapped[str] = mapped_column(default="")
    on_call_name: Mapped[str]
    #: Texted, too, when an alert comes in hours in which nobody watches.
    on_call_phone: Mapped[str]
    on_call_email: Mapped[str] = mapped_column(default="")
    #: Hours in which somebody reads answers, in the clinic's zone: "Mon-Fri 08:00-17:00".
    watched: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")
    #: The clinic's own colours on light and on dim pages, "#rrggbb"; "" = ours.
    accent: Mapped[str] = mapped_column(default="")
    accent_dim: Mapped[str] = mapped_column(default="")
    #: Names the row in `clinic_logo` that pages show: half of the picture's SHA-256; "" = none.
    logo: Mapped[str] = mapped_column(default="")
    #: A demo clinic may use an unsigned protocol and says so on every page.
    is_demo: Mapped[bool] = mapped_column(default=False)
    #: Nothing is sent since then, until a person releases it; `restored` or `by-hand`.
    paused_at: Mapped[datetime | None]
    paused_why: Mapped[str] = mapped_column(default="")
    #: The last moment that the backup knew of to which the database was put back.
    restored_as_of: Mapped[datetime | None]
    #: Days after a patient's last visit until what is personal is erased; None = never by itself.
    keep_days: Mapped[int | None]
    keep_set_at: Mapped[datetime | None]


class ClinicLogo(Base):
    """A clinic's logo as a PNG; apart from the clinic, which every page reads."""

    __tablename__ = "clinic_logo"

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), primary_key=True)
    #: As `Clinic.logo`.
    name: Mapped[str] = mapped_column(index=True)
    picture: Mapped[bytes]


class Staff(Base):
    """A person who works at the clinic and signs in with e-mail and password."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    #: Lower case; one person, one address in the whole installation.
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    #: Empty until the person has chosen one.
    password_hash: Mapped[str]
    #: What an authenticator app counts with (base32); empty when the person uses none.
    totp_secret: Mapped[str] = mapped_column(default="")
    #: The last 30-second step whose code was taken: a code works once.
    totp_step: Mapped[int] = mapped_column(default=0)
    #: SHA-256 of the newest link by which the person chooses a password; a new one replaces it.
    invite_hash: Mapped[str | None] = mapped_column(unique=True)
    invite_ends_at: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(default="en")
    disabled_at: Mapped[datetime | None]

    clinic: Mapped[Clinic] = relationship()

    def may(self, right: Right) -> bool:
        """Whether this person may do this."""
        return may(StaffRole(self.role), right)


class ProtocolVersion(Base):
    """A protocol as one clinic uses it; a visit is pinned to one version."""

    __tablename__ = "protocol_version"
    __table_args__ = (UniqueConstraint("clinic_id", "slug", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    slug: Mapped[str]
    version: Mapped[int]
    #: The whole protocol as JSON (`Protocol.model_dump_json`).
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
