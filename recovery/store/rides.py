"""Rides: one driver, backup or companion for one visit, and what they said yes to."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recovery.domain.ride import RideState
from recovery.store.database import Base
from recovery.store.patients import Contact
from recovery.store.visits import Visit


class Ride(Base):
    """Asked by a personal link, accepted by a button, ended at home."""

    __tablename__ = "ride"
    __table_args__ = (UniqueConstraint("visit_id", "contact_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    #: driver, backup or companion.
    role: Mapped[str]
    state: Mapped[str] = mapped_column(default=RideState.NAMED.value)
    #: SHA-256 of the link's token; None once revoked.
    link_hash: Mapped[str | None] = mapped_column(unique=True)
    link_ends_at: Mapped[datetime | None]
    #: Somebody confirmed through the link: it opens for that browser only.
    link_used_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    took_at: Mapped[datetime | None]
    home_at: Mapped[datetime | None]
    #: Who said so: this ride, or that of a backup who was asked. None for one from before.
    home_said_by: Mapped[int | None] = mapped_column(ForeignKey("ride.id"))
    #: “Yes, I am coming”, on the day or after the visit moved; the last time it was said.
    coming_at: Mapped[datetime | None]
    #: “I am on my way” to the clinic, and “I am here”.
    set_out_at: Mapped[datetime | None]
    here_at: Mapped[datetime | None]
    #: Last looked in on the patient, who was awake and could talk.
    looked_in_at: Mapped[datetime | None]
    #: Six digits shown on the driver's page, asked by staff at the door; one visit, same day.
    code: Mapped[str] = mapped_column(default="")
    #: Wrong tries of the code; after five only an override with a reason.
    code_tries: Mapped[int] = mapped_column(default=0)

    visit: Mapped[Visit] = relationship()
    contact: Mapped[Contact] = relationship()


class EndedLink(Base):
    """A link that a newer one replaced: it opens nothing, but still says whom to call."""

    __tablename__ = "ended_link"

    #: SHA-256 of the link's token.
    link_hash: Mapped[str] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))


class Promise(Base):
    """What somebody read and said yes to, kept word for word whatever is asked of others later.

    A second yes (in another browser, or to another time) is a second row.
    """

    __tablename__ = "promise"

    id: Mapped[int] = mapped_column(primary_key=True)
    ride_id: Mapped[int] = mapped_column(ForeignKey("ride.id"), index=True)
    at: Mapped[datetime]
    #: The language in which the lines were shown.
    language: Mapped[str]
    protocol_version_id: Mapped[int] = mapped_column(ForeignKey("protocol_version.id"))
    lines: Mapped[list[Any]] = mapped_column(JSON)
    #: Start of the visit and expected pick-up as they were shown.
    start_at: Mapped[datetime]
    pickup_at: Mapped[datetime]
