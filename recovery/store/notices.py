"""The ledger of notices: what is owed, each attempt to send it, each receipt. It is the queue."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from recovery.domain.notice import NoticeState
from recovery.store.database import Base


class Notice(Base):
    """A message owed to somebody. The row that is owed is the row that is sent.

    `next_at` is when the worker must look at it next, whatever its state (to send, to try
    again, to climb the ladder); None = nothing more to do. Claims read only its index.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("visit_id", "kind", "occasion", "role", "recipient_id", "revision"),
        Index(
            "ix_notice_next_at",
            "next_at",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    kind: Mapped[str]
    #: Which of a repeated kind this is: the local date, or empty.
    occasion: Mapped[str] = mapped_column(default="")
    #: `patient`, `driver`, `companion` or `staff`.
    role: Mapped[str]
    #: Patient id, ride id or clinic id, by role.
    recipient_id: Mapped[int]
    #: 1 for the first; a correction of something already seen has a higher one.
    revision: Mapped[int] = mapped_column(default=1)
    correction: Mapped[bool] = mapped_column(default=False)
    #: What it tells: [{visit, kind, occasion, says: {...}}], the principal part first.
    parts: Mapped[list[Any]] = mapped_column(JSON)
    safety: Mapped[bool]
    no_driving: Mapped[bool]
    state: Mapped[str] = mapped_column(default=NoticeState.OWED.value)
    due_at: Mapped[datetime]
    #: After this it is no longer true or useful, and is never sent.
    not_after: Mapped[datetime]
    next_at: Mapped[datetime | None]
    #: On which `domain.ladder.Rung` it stands.
    rung: Mapped[int] = mapped_column(default=0)
    #: On this rung: when it was first tried, and when a carrier first took it.
    tried_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    #: A claim: who looks after it until when. The fence grows with every claim.
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    #: Opaque; same for every revision, so that a correction replaces what is queued or shown.
    topic: Mapped[str]
    created_at: Mapped[datetime]
    #: When others were asked to look in, because nobody had proved it.
    asked_at: Mapped[datetime | None]
    #: When a carrier first took it, on whatever rung.
    sent_at: Mapped[datetime | None]
    shown_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    #: Why it was missed, withdrawn or failed, in a word.
    why: Mapped[str] = mapped_column(default="")


class Attempt(Base):
    """One try to send one notice to one device or address, committed before the network is
    touched."""

    __tablename__ = "attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), index=True)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"), index=True)
    address_id: Mapped[int | None] = mapped_column(ForeignKey("address.id"), index=True)
    #: `push`, `email`, `sms`, `driver` or `board`.
    channel: Mapped[str]
    #: The `domain.ladder.Rung` that it was made on.
    rung: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int]
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: sent, again, gone; empty = the outcome is unknown.
    outcome: Mapped[str] = mapped_column(default="")
    detail: Mapped[str] = mapped_column(default="")
    #: What the carrier reported later (`delivered`, `undelivered` …), and when. That a handset
    #: took it proves nothing about its owner.
    reported: Mapped[str] = mapped_column(default="")
    reported_at: Mapped[datetime | None]
    #: SHA-256 of the token with which the phone proves what it showed, or of a message's link.
    receipt_hash: Mapped[str | None] = mapped_column(unique=True)


class Receipt(Base):
    """The phone's own word that a notice was shown, opened or acknowledged; once each."""

    __tablename__ = "receipt"
    __table_args__ = (UniqueConstraint("attempt_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    #: shown, opened or acknowledged.
    kind: Mapped[str]
    at: Mapped[datetime]
