"""Addresses: where texts and e-mail reach who agreed to them, and numbers that said STOP."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from recovery.store.database import Base


class Channel(StrEnum):
    """By what a notice travels, as attempts name it. `board` and `driver` need no network."""

    PUSH = "push"
    EMAIL = "email"
    TEXT = "sms"
    DRIVER = "driver"
    BOARD = "board"


#: Channels that an address of a person's own belongs to.
WRITTEN = frozenset({Channel.EMAIL, Channel.TEXT})


class Address(Base):
    """One phone number or e-mail address of one person; retired, not deleted.

    Nothing but its own code is sent there before it is proved.
    """

    __tablename__ = "address"
    __table_args__ = (Index("ix_address_owner", "role", "owner_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    #: `patient` or `contact`.
    role: Mapped[str]
    owner_id: Mapped[int]
    #: `sms` or `email`.
    channel: Mapped[str]
    #: E.164, or an e-mail address in lower case; never logged.
    to: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime]
    #: The owner typed the code that was sent there, or said yes to this very number.
    proved_at: Mapped[datetime | None]
    #: SHA-256 of the code on its way, and until when it counts.
    code_hash: Mapped[str] = mapped_column(default="")
    code_ends_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    #: `gone` (no such mailbox or number), `stopped` (by its owner), `replaced`, `not-wanted`,
    #: `corrected` (by staff: it was not the patient's).
    retired_why: Mapped[str] = mapped_column(default="")


class TextStop(Base):
    """A phone number whose owner answered STOP: nobody here texts it, whoever's it is.

    Asked of the number and not of a person, so that it holds for every record it stands in.
    """

    __tablename__ = "text_stop"

    #: Stands for the number (E.164) by a key that is not in the database, so that a STOP outlives
    #: the erasing of a person and their number does not (`services.stopped_numbers`).
    number_hash: Mapped[str] = mapped_column(primary_key=True)
    stopped_at: Mapped[datetime]
